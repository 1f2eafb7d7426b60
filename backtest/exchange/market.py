"""One instrument at the simulated exchange: the life of its orders, whatever rows fill them.

Matches nothing itself: `quote_market` and `bar_market` do, against the rows they are given.
"""

from collections.abc import Mapping
from math import inf, isnan

from backtest.exchange import reasons
from backtest.exchange.account import VenueAccount
from backtest.exchange.admission import read_order
from backtest.exchange.amendment import Amendment, read_amendment
from backtest.exchange.blotter import Blotter
from backtest.exchange.cash import Clearing
from backtest.exchange.costs import Costs
from backtest.exchange.grid import Grid
from backtest.exchange.holding import Holding
from backtest.exchange.hours import Hours
from backtest.exchange.ladder import Ladder
from backtest.exchange.models import ExchangeModels
from backtest.exchange.order import NOWHERE, Order
from engine.model.calendar import ALWAYS_OPEN
from engine.model.commands import CancelOrder, ReplaceOrder, SubmitOrder, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.model.reports import Liquidity

TAKER = Liquidity.TAKER
MAKER = Liquidity.MAKER

Lines = tuple[float, float, float, float]
"""Prices between which nothing happens, themselves excluded: of bids, then of asks."""

ANYWHERE: Lines = (-inf, inf, -inf, inf)
"""Lines that no price reaches."""

_NAN = float("nan")
_GTD = TimeInForce.GTD


class Market:
    """Keep one instrument's working orders and write down what becomes of them.

    `orders` holds the working ones by client order id, `holdings` the position and the working
    sums of each account. Rows that the market's rule does not match against are ignored.
    """

    __slots__ = (
        "_at_cost",
        "_costs",
        "_drawn",
        "_grid",
        "_hours",
        "_quantity_scale",
        "_reducing",
        "_strict",
        "accounts",
        "blotter",
        "buys",
        "holdings",
        "instrument",
        "models",
        "orders",
        "sells",
    )

    def __init__(
        self,
        instrument: Instrument,
        models: ExchangeModels,
        blotter: Blotter,
        accounts: Mapping[str, VenueAccount],
    ) -> None:
        self.instrument = instrument
        self.models = models
        self.blotter = blotter
        self.accounts = accounts
        self.orders: dict[str, Order] = {}
        self.holdings: dict[str, Holding] = {}
        self.buys = Ladder(1)
        self.sells = Ladder(-1)
        self._reducing: dict[str, Order] = {}
        self._grid = Grid(instrument)
        has_hours = models.sessions and instrument.calendar != ALWAYS_OPEN
        self._hours = Hours(instrument.calendar) if has_hours else None
        self._quantity_scale = instrument.quantity_scale
        self._at_cost = bool(accounts) or any(isinstance(m, Clearing) for m in models.cash)
        self._costs = Costs(instrument, models, self._grid)
        self._strict = models.limit_fill == "through"
        self._drawn = False

    def on_quote(self, quote: QuoteTick) -> None:
        """Match own orders against a quote."""

    def on_trade(self, trade: TradeTick) -> None:
        """Match own orders against a public trade."""

    def quote_lines(self) -> Lines | None:
        """Return between which prices a quote reaches no own order; None when any may.

        They are (bid low, bid high, ask low, ask high), themselves excluded.
        """
        return None

    def trade_lines(self) -> Lines | None:
        """Return between which prices a trade reaches no own order, twice; None when any may."""
        return None

    def pass_over(self, event: object) -> None:
        """Remember a row within the lines as the last one: it does nothing else."""

    def on_open(self, ts: int, price: float, volume: float = _NAN) -> None:
        """Match orders in line against the open of a bar."""

    def on_bar(self, bar: Bar) -> None:
        """Match own orders against a bar."""

    def again_in_bar(self, bar: Bar) -> bool:
        """Match what the reports of a bar brought about; return whether anything happened."""
        return False

    @property
    def awaits_open(self) -> bool:
        """Return whether an order is in line for the next open."""
        return False

    def price(self) -> float:
        """Return the price that positions are valued at, NaN while there is none."""
        raise NotImplementedError

    def _watched(self, side: int) -> float:
        """Return the price that stops of a side watch now; NaN when there is none."""
        raise NotImplementedError

    def _would_take(self, side: int, limit: float) -> bool:
        """Return whether a limit would take liquidity if it arrived now."""
        raise NotImplementedError

    def _arrive(self, order: Order) -> None:
        """Match an order without a trigger (or whose trigger was reached), then keep the rest."""
        raise NotImplementedError

    def _draw_lines(self) -> None:
        """Work out anew at which prices a row concerns an own order; note that they are `_drawn`.

        It is called for the first row after something has changed.
        """
        raise NotImplementedError

    def submit(self, command: SubmitOrder, ts: int) -> Order | None:
        """Accept or reject an order and match it; return it if it was accepted."""
        blotter = self.blotter
        blotter.ts_event = blotter.ts_recv = ts
        name = command.position_id or command.account
        holding = self.holdings.get(name) or self._hold(name, command)
        order = read_order(command, self._grid, holding, blotter.orders + 1, blotter.sequence + 1)
        if isinstance(order, str):
            blotter.rejected(command, order)
            return None
        if reason := self._refusal(order, ts):
            blotter.rejected(command, reason)
            return None
        blotter.orders += 1
        blotter.sequence += 1
        self.orders[order.id] = order
        if order.reduce_only:
            self._reducing[order.id] = order
        elif self.accounts:
            holding.work(order.side, order.quantity)
        blotter.accepted(order)
        self._enter(order)
        self._drawn = False
        return order

    def cancel(self, command: CancelOrder, ts: int) -> None:
        """Take an order out, or refuse when it does not work."""
        blotter = self.blotter
        blotter.ts_event = blotter.ts_recv = ts
        order = self.orders.get(command.client_order_id)
        if order is None:
            blotter.refused(command, reasons.NOT_WORKING)
            return
        self._cancel(order, "")
        self._drawn = False

    def replace(self, command: ReplaceOrder, ts: int) -> None:
        """Change quantity (the total), price or trigger in place; None leaves a price as it is.

        Time priority is kept when the prices stay and the quantity does not grow; else the order
        is matched as if it had just arrived, behind those of its price. Refused, leaving it as it
        was, when it does not work, the session is closed, a value is off the grid, the quantity is
        not above what is filled, a post-only order would take, or money does not cover the growth.
        """
        blotter = self.blotter
        blotter.ts_event = blotter.ts_recv = ts
        order = self.orders.get(command.client_order_id)
        if order is None:
            blotter.refused(command, reasons.NOT_WORKING)
            return
        amendment = read_amendment(order, command, self._grid)
        reason = amendment if isinstance(amendment, str) else self._objection(order, amendment, ts)
        if reason or isinstance(amendment, str):
            blotter.refused(command, reason)
            return
        self._amend(order, amendment, command)
        self._drawn = False

    def expire(self, order: Order, ts: int) -> None:
        """End an order's time in force."""
        self.blotter.ts_event = self.blotter.ts_recv = ts
        self._close(order)
        self.blotter.expired(order, order.filled / self._quantity_scale)
        self._drawn = False

    def forget_empty(self, account: str) -> None:
        """Forget the positions of a hedging account that hold nothing and that no order moves."""
        moved = {id(order.holding) for order in self.orders.values()}
        for name, holding in list(self.holdings.items()):
            if holding.account == account and not holding.position and id(holding) not in moved:
                del self.holdings[name]
                if account in self.accounts:
                    self.accounts[account].forget(holding)

    def _hold(self, name: str, command: SubmitOrder) -> Holding:
        """Return a new holding: of an account, or of one position of a hedging account."""
        account = command.account
        holding = Holding(
            account,
            self.instrument,
            self.price,
            at_cost=self._at_cost,
            position_id=command.position_id,
        )
        self.holdings[name] = holding
        if account in self.accounts:
            self.accounts[account].holdings.append(holding)
        return holding

    def _refusal(self, order: Order, ts: int) -> str:
        """Return why an order cannot be taken now; empty when it can."""
        command = order.command
        if order.id in self.orders:
            return reasons.DUPLICATE
        if self._hours is not None and not self._hours.is_open(ts):
            return reasons.SESSION_CLOSED
        if command.time_in_force is _GTD and (command.expire_ts or 0) <= ts:
            return reasons.EXPIRED
        if order.reduce_only and not self._reducible(order):
            return reasons.NOTHING_TO_REDUCE
        if command.post_only and not order.armed and self._would_take(order.side, order.limit):
            return reasons.WOULD_TAKE
        return self._shortage(order, order.quantity) if self.accounts else ""

    def _objection(self, order: Order, amendment: Amendment, ts: int) -> str:
        """Return why a change of an order cannot be taken now; empty when it can."""
        if self._hours is not None and not self._hours.is_open(ts):
            return reasons.SESSION_CLOSED
        takes = self._would_take(order.side, amendment.limit)
        if order.command.post_only and not order.armed and amendment.moves and takes:
            return reasons.WOULD_TAKE
        grown = amendment.quantity - order.quantity
        return self._shortage(order, grown) if self.accounts and grown > 0 else ""

    def _shortage(self, order: Order, added: int) -> str:
        """Return why the order's account does not cover more units of it; empty when it does."""
        account = self.accounts.get(order.holding.account)
        if account is None:
            return reasons.UNKNOWN_ACCOUNT
        price = order.limit if order.priced else order.trigger
        if order.reduce_only or account.covers(order.holding, order.side, added, price):
            return ""
        return reasons.INSUFFICIENT_FUNDS

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
            self._trail(ladder, order, price)
        self._trigger(ladder, price)

    def _trail(self, ladder: Ladder, order: Order, price: float) -> None:
        """Move a trailing stop after a price that is better than any it has seen."""
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
        holding = order.holding
        holding.position += order.side * units
        quantity = units / self._quantity_scale
        costs = self._costs
        fee = 0.0 if costs.free else costs.fee(order, quantity, price, liquidity)
        self.blotter.filled(order, quantity, price, fee, self.instrument.currency, liquidity)
        if self._at_cost:
            self._book(order, units, price, fee)
        if filled == order.quantity:
            self._close(order)
        if self._reducing:
            self._cancel_idle_reducers(holding)

    def _book(self, order: Order, units: int, price: float, fee: float) -> None:
        """Carry the position at cost and charge the account, where somebody asks for that."""
        holding, instrument = order.holding, self.instrument
        assert holding.book is not None
        price_units = self._grid.nearest(price)
        holding.book.book(order.side * units, price_units, instrument.price_digits)
        account = self.accounts.get(holding.account)
        if account is not None:
            account.adjust(-fee, instrument.currency)
            if not order.reduce_only:
                holding.work(order.side, -units)

    def _fillable(self, order: Order, units: int) -> int:
        """Return how much of `units` an order may take: its leaves, or what it still reduces."""
        leaves = order.quantity - order.filled
        if order.reduce_only:
            leaves = min(leaves, self._reducible(order))
        return min(leaves, units)

    def _reducible(self, order: Order) -> int:
        return max(0, -order.side * order.holding.position)

    def _cancel_idle_reducers(self, holding: Holding) -> None:
        for order in list(self._reducing.values()):
            if order.holding is holding and not self._reducible(order):
                self._cancel(order, reasons.NOTHING_LEFT)

    def _cancel(self, order: Order, reason: str) -> None:
        self._close(order)
        self.blotter.canceled(order, order.filled / self._quantity_scale, reason)

    def _close(self, order: Order) -> None:
        del self.orders[order.id]
        if order.home != NOWHERE or order.trail:
            (self.buys if order.side > 0 else self.sells).remove(order)
        if order.reduce_only:
            del self._reducing[order.id]
        elif self.accounts:
            order.holding.work(order.side, order.filled - order.quantity)

    def _loses_place(self, order: Order, amendment: Amendment) -> bool:
        """Return whether a change costs an order its time priority, by the venue's rule."""
        if amendment.moves or amendment.quantity > order.quantity:
            return True
        return self.models.amend == "loses" and amendment.quantity < order.quantity

    def _amend(self, order: Order, amendment: Amendment, command: ReplaceOrder) -> None:
        """Change an order, and let it arrive again if it loses its place."""
        grown = amendment.quantity - order.quantity
        again = self._loses_place(order, amendment)
        if again and (order.home != NOWHERE or order.trail):
            self._ladder(order).remove(order)
        if self.accounts and not order.reduce_only:
            order.holding.work(order.side, grown)
        order.quantity = amendment.quantity
        order.revision += 1
        if again:
            self.blotter.sequence += 1
            order.sequence = self.blotter.sequence
            order.since = command.ts
            amendment.apply(order)
        self.blotter.replaced(order, command.request, order.quantity / self._quantity_scale)
        if again:
            self._enter(order)
