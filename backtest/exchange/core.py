"""The simulated exchange: it routes commands to the markets of its instruments.

Owns no time: rows, commands and expiries come in the order in which the caller brings them.
"""

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush

from backtest.exchange.bar_market import BarMarket
from backtest.exchange.blotter import Blotter
from backtest.exchange.market import Market
from backtest.exchange.models import ExchangeModels
from backtest.exchange.order import Order
from backtest.exchange.quote_market import QuoteMarket
from engine.errors import ValueRefused
from engine.model.commands import CancelOrder, ReplaceOrder, SubmitOrder, TimeInForce
from engine.model.instrument import Instrument
from engine.model.reports import OrderReport
from engine.model.zones import NEVER

_DAY = TimeInForce.DAY
_GTD = TimeInForce.GTD


class Exchange:
    """Match orders in any number of instruments, with no latency of its own.

    The caller feeds rows to the markets, calls `expire` when `next_expiry` is reached and hands in
    commands; at one time rows come first, then expiries, then commands. What happened is appended
    to `reports`: take it out and `clear()` the list, which is the same one for ever. Reports of a
    row carry its times, those of a command carry the `ts` it came with.

    `by_instrument` gives single instruments models of their own. Raises ValueRefused when it names
    an instrument that is not there.
    """

    def __init__(
        self,
        instruments: Iterable[Instrument],
        models: ExchangeModels,
        by_instrument: Mapping[str, ExchangeModels] | None = None,
    ) -> None:
        self._blotter = Blotter()
        self.reports: list[OrderReport] = self._blotter.reports
        self.next_expiry = NEVER
        self._expiries: list[tuple[int, int, Order, Market]] = []
        own = dict(by_instrument or {})
        self._markets: dict[str, Market] = {}
        for instrument in instruments:
            chosen = own.pop(instrument.id, models)
            kind = QuoteMarket if chosen.fills == "quotes" else BarMarket
            self._markets[instrument.id] = kind(instrument, chosen, self._blotter)
        if own:
            raise ValueRefused(
                f"models name unknown instrument {next(iter(own))!r}; correct its id"
            )

    def market(self, instrument: str) -> Market:
        """Return an instrument's market, whose entry points stay the same for the whole run.

        Raises ValueRefused for an instrument that the exchange does not list.
        """
        found = self._markets.get(instrument)
        if found is None:
            raise ValueRefused(f"the exchange does not list {instrument!r}; give it the instrument")
        return found

    def submit(self, command: SubmitOrder, ts: int) -> None:
        """Take a new order at `ts`: it is accepted and matched, or rejected with a reason."""
        market = self._markets.get(command.instrument)
        if market is None:
            self._blotter.ts_event = self._blotter.ts_recv = ts
            self._blotter.rejected(command, "unknown instrument")
            return
        order = market.submit(command, ts)
        if order is not None and command.time_in_force in (_DAY, _GTD):
            self._watch_expiry(order, market, ts)

    def replace(self, command: ReplaceOrder, ts: int) -> None:
        """Change a working order in place at `ts`, or refuse; see `Market.replace`."""
        market = self._markets.get(command.instrument)
        if market is None:
            self._refuse(command, ts)
        else:
            market.replace(command, ts)

    def cancel(self, command: CancelOrder, ts: int) -> None:
        """Take a working order out at `ts`, or refuse when it does not work."""
        market = self._markets.get(command.instrument)
        if market is None:
            self._refuse(command, ts)
        else:
            market.cancel(command, ts)

    def expire(self, ts: int) -> None:
        """End every DAY and GTD order whose time is up at `ts`, in the order of those times.

        An order still takes part in rows at the very time it expires: they come before this call.
        """
        expiries = self._expiries
        while expiries and expiries[0][0] <= ts:
            _, _, order, market = heappop(expiries)
            if market.orders.get(order.id) is order:
                market.expire(order, ts)
        self.next_expiry = expiries[0][0] if expiries else NEVER

    def _watch_expiry(self, order: Order, market: Market, ts: int) -> None:
        command = order.command
        if command.time_in_force is _DAY:
            due = market.instrument.calendar.session_end(ts)
        else:
            due = command.expire_ts or ts
        heappush(self._expiries, (due, order.number, order, market))
        self.next_expiry = self._expiries[0][0]

    def _refuse(self, command: ReplaceOrder | CancelOrder, ts: int) -> None:
        self._blotter.ts_event = self._blotter.ts_recv = ts
        self._blotter.refused(command, "unknown instrument")
