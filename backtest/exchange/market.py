"""One instrument at the simulated exchange: the life of its orders, whatever rows fill them.

Matches nothing itself: `quote_market` and `bar_market` do, against the rows they are given.
"""

from abc import ABC, abstractmethod
from math import isnan

from backtest.exchange.admission import read_order
from backtest.exchange.blotter import Blotter
from backtest.exchange.grid import Grid
from backtest.exchange.ladder import Ladder
from backtest.exchange.models import ExchangeModels
from backtest.exchange.order import NOWHERE, Order
from backtest.exchange.slippage import NoSlippage
from engine.model.commands import CancelOrder, ReplaceOrder, SubmitOrder, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.model.reports import Liquidity

TAKER = Liquidity.TAKER
MAKER = Liquidity.MAKER

_NAN = float("nan")
_GTD = TimeInForce.GTD
_NOT_WORKING = "order is not working"
_WOULD_TAKE = "post-only would take"


class Market(ABC):
    """Keep one instrument's working orders and write down what becomes of them.

    `orders` holds the working ones by client order id and `positions` the net position of each
    account in units of 10^-quantity_digits: what reduce-only orders reduce. Rows that the
    market's rule does not match against are ignored.
    """

    __slots__ = (
        "_currency",
        "_free",
        "_grid",
        "_quantity_scale",
        "_reducing",
        "_slips",
        "_strict",
        "blotter",
        "buys",
        "instrument",
        "models",
        "orders",
        "positions",
        "sells",
    )

    def __init__(self, instrument: Instrument, models: ExchangeModels, blotter: Blotter) -> None:
        self.instrument = instrument
        self.models = models
        self.blotter = blotter
        self.orders: dict[str, Order] = {}
        self.positions: dict[str, int] = {}
        self.buys = Ladder(1)
        self.sells = Ladder(-1)
        self._reducing: dict[str, Order] = {}
        self._grid = Grid(instrument)
        self._currency = instrument.currency
        self._quantity_scale = instrument.quantity_scale
        self._free = models.fees.free
        self._slips = not isinstance(models.slippage, NoSlippage)
        self._strict = models.limit_fill == "through"

    def on_quote(self, quote: QuoteTick) -> None:  # noqa: B027 - a market may match no quotes
        """Match own orders against a quote."""

    def on_trade(self, trade: TradeTick) -> None:  # noqa: B027 - a market may match no trades
        """Match own orders against a public trade."""

    def on_open(self, ts: int, price: float, volume: float = _NAN) -> None:  # noqa: B027 - a market may match no bars
        """Match own orders against the open of a bar."""

    def on_bar(self, bar: Bar) -> None:  # noqa: B027 - a market may match no bars
        """Match own orders against the rest of a bar."""

    def again_in_bar(self, bar: Bar) -> bool:
        """Match what the reports of a bar brought about; return whether that filled anything."""
        return False

    @abstractmethod
    def price(self) -> float:
        """Return the price that positions are valued at, NaN while there is none."""

    @abstractmethod
    def _watched(self, side: int) -> float:
        """Return the price that stops of a side watch now; NaN when there is none."""

    @abstractmethod
    def _would_take(self, side: int, limit: float) -> bool:
        """Return whether a limit would take liquidity if it arrived now."""

    @abstractmethod
    def _arrive(self, order: Order) -> None:
        """Match an order without a trigger (or whose trigger was reached), then keep the rest."""

    @abstractmethod
    def _draw_lines(self) -> None:
        """Work out anew at which prices a row concerns an own order."""

    def submit(self, command: SubmitOrder, ts: int) -> Order | None:
        """Accept or reject an order, match it, and return it if it still works."""
        blotter = self.blotter
        blotter.ts_event = blotter.ts_recv = ts
        order = read_order(command, self._grid, blotter.orders + 1, blotter.sequence + 1)
        if isinstance(order, str):
            blotter.rejected(command, order)
            return None
        reason = self._refusal(order, ts)
        if reason:
            blotter.rejected(command, reason)
            return None
        blotter.orders += 1
        blotter.sequence += 1
        self.orders[order.id] = order
        if order.reduce_only:
            self._reducing[order.id] = order
        blotter.accepted(order)
        self._enter(order)
        self._draw_lines()
        return order if order.id in self.orders else None

    def cancel(self, command: CancelOrder, ts: int) -> None:
        """Take an order out, or refuse when it does not work."""
        blotter = self.blotter
        blotter.ts_event = blotter.ts_recv = ts
        order = self.orders.get(command.client_order_id)
        if order is None:
            blotter.refused(command, _NOT_WORKING)
            return
        self._cancel(order, "")
        self._draw_lines()

    def replace(self, command: ReplaceOrder, ts: int) -> None:
        """Change quantity (the total), price or trigger in place; None leaves a price as it is.

        Time priority is kept when the prices stay and the quantity does not grow. A replaced order
        is matched as if it had just arrived. Refused, leaving the order as it was, when it does not
        work, a value is off the grid, the quantity is not above what is filled, or a post-only
        order would take.
        """
        blotter = self.blotter
        blotter.ts_event = blotter.ts_recv = ts
        order = self.orders.get(command.client_order_id)
        reason = _NOT_WORKING if order is None else self._replace(order, command)
        if reason:
            blotter.refused(command, reason)
        self._draw_lines()

    def expire(self, order: Order, ts: int) -> None:
        """End an order's time in force."""
        self.blotter.ts_event = self.blotter.ts_recv = ts
        self._close(order)
        self.blotter.expired(order, order.filled / self._quantity_scale)
        self._draw_lines()

    def _refusal(self, order: Order, ts: int) -> str:
        """Return why an order cannot be taken now; empty when it can."""
        command = order.command
        if order.id in self.orders:
            return "duplicate client order id"
        if command.time_in_force is _GTD and (command.expire_ts or 0) <= ts:
            return "expiry has passed"
        if order.reduce_only and not self._reducible(order):
            return "nothing to reduce"
        if command.post_only and not order.armed and self._would_take(order.side, order.limit):
            return _WOULD_TAKE
        return ""

    def _ladder(self, order: Order) -> Ladder:
        return self.buys if order.side > 0 else self.sells

    def _enter(self, order: Order) -> None:
        """Match an order that arrives, or keep it while its trigger is not reached."""
        if not order.armed:
            self._arrive(order)
            return
        ladder, price = self._ladder(order), self._watched(order.side)
        if not isnan(order.trigger):
            ladder.hold(order)
        if order.trail:
            ladder.follow(order)
            self._trail(ladder, price)
        self._trigger(ladder, price)

    def _trail(self, ladder: Ladder, price: float) -> None:
        """Move trailing stops after a price that is better than any they have seen."""
        for order in ladder.trailing:
            self._trail_order(ladder, order, price)

    def _trail_order(self, ladder: Ladder, order: Order, price: float) -> None:
        if isnan(price) or (order.best - price) * ladder.side <= 0:
            return
        order.best = price
        stop = self._grid.nearest(price) + ladder.side * order.trail
        if order.tightens(stop):
            ladder.move(order, stop, stop / self._grid.price_scale)

    def _trigger(self, ladder: Ladder, price: float) -> None:
        """Release every stop that a price has reached, nearest first."""
        while ladder.stops:
            order = ladder.stops[-1][2]
            if not (price - order.trigger) * order.side >= 0:
                break
            self._release(ladder, order)
            self._arrive(order)

    def _release(self, ladder: Ladder, order: Order) -> None:
        """Turn a stop into the order it becomes, last in time priority."""
        ladder.remove(order)
        order.armed = False
        blotter = self.blotter
        blotter.sequence += 1
        order.sequence = blotter.sequence
        order.since = max(order.since, blotter.ts_event)
        blotter.triggered(order)

    def _fill(self, order: Order, units: int, price: float, liquidity: Liquidity) -> None:
        """Book one execution, and close what it completes or leaves nothing to reduce for."""
        order.filled = filled = order.filled + units
        account = order.account
        self.positions[account] = self.positions.get(account, 0) + order.side * units
        quantity = units / self._quantity_scale
        fee = 0.0 if self._free else self._fee(order, quantity, price, liquidity)
        self.blotter.filled(order, quantity, price, fee, self._currency, liquidity)
        if filled == order.quantity:
            self._close(order)
        if self._reducing:
            self._cancel_idle_reducers(account)

    def _fee(self, order: Order, quantity: float, price: float, liquidity: Liquidity) -> float:
        fees = self.models.fees
        notional = abs(price) * quantity * self.instrument.point_value
        raw = fees.raw(liquidity, notional, quantity)
        if fees.per == "fill":
            return fees.bounded(raw)
        order.fee_raw += raw
        total = fees.bounded(order.fee_raw)
        fee = fees.rounded(total - order.fee_charged)
        order.fee_charged = total
        return fee

    def _worsened(self, order: Order, price: float) -> float:
        """Return a taker's price after slippage, never beyond his limit."""
        if not self._slips:
            return price
        side, grid = order.side, self._grid
        units = self.models.slippage.worsen(self.instrument, side, grid.nearest(price))
        slipped = units / grid.price_scale
        return min(slipped, order.limit) if side > 0 else max(slipped, order.limit)

    def _fillable(self, order: Order, units: int) -> int:
        """Return how much of `units` an order may take: its leaves, or what it still reduces."""
        leaves = order.quantity - order.filled
        if order.reduce_only:
            leaves = min(leaves, self._reducible(order))
        return min(leaves, units)

    def _reducible(self, order: Order) -> int:
        return max(0, -order.side * self.positions.get(order.account, 0))

    def _cancel_idle_reducers(self, account: str) -> None:
        for order in list(self._reducing.values()):
            if order.account == account and not self._reducible(order):
                self._cancel(order, "nothing left to reduce")

    def _cancel(self, order: Order, reason: str) -> None:
        self._close(order)
        self.blotter.canceled(order, order.filled / self._quantity_scale, reason)

    def _close(self, order: Order) -> None:
        del self.orders[order.id]
        if order.home != NOWHERE or order.trail:
            self._ladder(order).remove(order)
        if order.reduce_only:
            del self._reducing[order.id]

    def _replace(self, order: Order, command: ReplaceOrder) -> str:
        """Change an order, or return why not."""
        grid = self._grid
        quantity = grid.quantity(command.quantity)
        limit = command.price if order.priced and command.price is not None else order.limit
        trigger = command.stop if order.armed and command.stop is not None else order.trigger
        price = grid.price(limit) if order.priced else 0
        stop = grid.price(trigger) if not isnan(trigger) else 0
        if quantity is None or price is None or stop is None:
            return "value invalid"
        if quantity <= order.filled:
            return "quantity is not above what is filled"
        if order.command.post_only and not order.armed and self._would_take(order.side, limit):
            return _WOULD_TAKE
        moved = limit != order.limit or (trigger != order.trigger and not isnan(trigger))
        enters_anew = moved or quantity > order.quantity
        order.quantity = quantity
        order.revision += 1
        if enters_anew:
            self._reenter(order, command, (price, limit), (stop, trigger))
        else:
            self.blotter.replaced(order, command.request, quantity / self._quantity_scale)
        return ""

    def _reenter(
        self,
        order: Order,
        command: ReplaceOrder,
        limit: tuple[int, float],
        trigger: tuple[int, float],
    ) -> None:
        """Take an order out, change it and let it arrive again, behind those of its price."""
        if order.home != NOWHERE or order.trail:
            self._ladder(order).remove(order)
        if order.priced:
            order.set_limit(*limit)
        order.set_stop(*trigger)
        order.since = command.ts
        self.blotter.sequence += 1
        order.sequence = self.blotter.sequence
        self.blotter.replaced(order, command.request, order.quantity / self._quantity_scale)
        self._enter(order)
