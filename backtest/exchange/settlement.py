"""Pay the scheduled cash of positions when it falls due.

Knows no schedule of its own: `cash` has them.
"""

from heapq import heapify, heappop, heappush
from math import isnan

from backtest.exchange.blotter import Blotter
from backtest.exchange.cash import CashModel, Clearing
from backtest.exchange.holding import Holding
from backtest.exchange.market import Market
from engine.errors import ValueRefused
from engine.model.decimals import round_15
from engine.model.zones import NEVER

_ANY_TIME = -NEVER


class Settlement:
    """Keep the next due time of every cash model of every market, the earliest first.

    The first call to `pay` only starts the schedules: what was due before is nobody's.
    """

    __slots__ = ("_blotter", "_dues", "_waiting", "next_due")

    def __init__(self, blotter: Blotter) -> None:
        self._blotter = blotter
        self._dues: list[tuple[int, int, Market, CashModel]] = []
        self._waiting: list[tuple[Market, CashModel]] = []
        self.next_due = NEVER

    def add(self, market: Market) -> None:
        """Watch over a market's cash models."""
        self._waiting += [(market, model) for model in market.models.cash]
        if self._waiting:
            self.next_due = _ANY_TIME

    def pay(self, ts: int) -> None:
        """Report, in order of time, what every position gains or loses by what is due at `ts`."""
        dues = self._dues
        for market, model in self._waiting:
            dues.append((model.due_after(ts), len(dues), market, model))
        heapify(dues)
        self._waiting.clear()
        while dues and dues[0][0] <= ts:
            due, number, market, model = heappop(dues)
            self._blotter.ts_event, self._blotter.ts_recv = due, ts
            for holding in market.holdings.values():
                if holding.position:
                    self._pay(market, model, holding)
            heappush(dues, (model.due_after(due), number, market, model))
        self.next_due = dues[0][0] if dues else NEVER

    def _pay(self, market: Market, model: CashModel, holding: Holding) -> None:
        price, instrument = holding.price(), market.instrument
        if isinstance(model, Clearing):
            if isnan(price):
                return  # nothing is lost: the next clearing settles the same profit
            amount, settled = holding.clear(price)
        else:
            due = self._blotter.ts_event
            amount = model.amount(holding.size, price, instrument.point_value, due)
            settled = None
            if isnan(amount):
                raise ValueRefused(f"{instrument.id} has no price to reckon funding with")
        amount = round_15(amount)
        account = market.accounts.get(holding.account)
        if account is not None and settled is None:
            account.adjust(amount, instrument.currency)
        self._blotter.cash_moved(holding, amount, type(model).__name__.lower(), settled)
