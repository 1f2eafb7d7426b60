"""What surrounds one running strategy: its routes, orders, intents and state.

Calls no callback: the kernel does, and it alone decides when.
"""

from collections import Counter
from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from engine import intents
from engine.errors import StrategyError, ValueRefused
from engine.gate.limits import UNLIMITED
from engine.ledger.legs import Leg
from engine.market_state import MarketState
from engine.model.commands import OrderType, Side
from engine.model.instrument import Instrument, Rounding
from engine.model.reports import DenialReason
from engine.orders.life import CLOSED, Request
from engine.orders.order import PLAIN, Order, Terms
from engine.orders.route import Route
from engine.strategy.state import HostState

if TYPE_CHECKING:
    from engine.gate.verdict import Denial
    from engine.kernel import Kernel

Verb = Callable[["Kernel", "Host", Order, Any], None]
Intent = tuple[Verb, Order, Any]

# Members of an enumeration are slow to reach through their class; every order needs these.
_BUY, _SELL = Side.BUY, Side.SELL
_MARKET, _LIMIT = OrderType.MARKET, OrderType.LIMIT
_CANCELS = (Request.CANCEL, Request.CANCEL_UNSURE)
TARGET = Terms(tag="target")
_CLOSE = Terms(reduce_only=True, closing=True, tag="close")
_CLOSE_PLAIN = Terms(closing=True, tag="close")


class Host:
    """Hold one strategy's runtime.

    `heard` counts the reports of its orders at the present `moment`, so that one that answers each
    of its own fills with another order is found out.
    `intents` is what the running callback has asked for so far: (verb, order, detail) in order.
    `on_order` and `on_fill` are the strategy's callbacks, or None where it has not written them,
    and `hears` says whether there is either. `calls` holds those that it has written for rarer
    kinds of events.
    `accounts` are those that it trades in, each at a venue of its own.
    """

    def __init__(self, kernel: "Kernel", name: str, accounts: tuple[str, ...]) -> None:
        self.kernel = kernel
        self.name = name
        self.accounts = accounts
        self.state = HostState.STARTING
        self.fault = ""
        self.error: BaseException | None = None
        self.intents: list[Intent] = []
        self.moment = 0
        self.heard = 0
        self.open_orders: dict[str, Order] = {}
        self.denials: Counter[str] = Counter()
        self.on_order: Callable[[Any], None] | None = None
        self.on_fill: Callable[[Any], None] | None = None
        self.hears = False
        self.calls: dict[type, Callable[[Any], None]] = {}
        self._routes: dict[str, Route] = {}
        self._markets: dict[str, MarketState] = {}

    def listen(
        self, on_order: Callable[[Any], None] | None, on_fill: Callable[[Any], None] | None
    ) -> None:
        """Set the callbacks that are told of reports; None where there is nothing to call."""
        self.on_order, self.on_fill = on_order, on_fill
        self.hears = on_order is not None or on_fill is not None

    def route(self, instrument: str) -> Route:
        """Return the way of this strategy's orders in an instrument, bound at the first call.

        Raises StrategyError for an instrument that nobody has defined, or of a venue where the
        strategy has no account.
        """
        found = self._routes.get(instrument)
        if found is None:
            venue = self._defined(instrument).instrument.venue
            account = self.account_at(venue)
            if account is None:
                raise StrategyError(self._no_account(instrument, venue))
            found = self._routes[instrument] = self.kernel.route(self.name, account, instrument)
        return found

    def market(self, instrument: str) -> MarketState:
        """Return an instrument's market, which may be of a venue where there is no account.

        Raises StrategyError for an instrument that nobody has defined.
        """
        found = self._markets.get(instrument)
        if found is None:
            found = self._markets[instrument] = self._defined(instrument)
            if self.account_at(found.instrument.venue) is not None:
                self.route(instrument)
        return found

    def account_at(self, venue: str) -> str | None:
        """Return its account at a venue, None for none.

        A strategy's only account serves venues at which the whole run has no account, as those of
        recordings.
        """
        accounts = self.kernel.portfolio.accounts
        for name in self.accounts:
            if accounts[name].venue == venue:
                return name
        if len(self.accounts) == 1 and all(each.venue != venue for each in accounts.values()):
            return self.accounts[0]
        return None

    def account_of(self, of: str) -> str:
        """Return the id of its only account, or of one that is named itself or by an instrument.

        Raises StrategyError where that is none of its accounts.
        """
        if of in self.accounts:
            return of
        if of:
            return self.route(of).account.id
        if len(self.accounts) > 1:
            raise StrategyError(
                f"strategy {self.name} has several accounts; name one of "
                f"{', '.join(self.accounts)}, or an instrument traded there"
            )
        return self.accounts[0]

    def _defined(self, instrument: str) -> MarketState:
        try:
            return self.kernel.bus.market(instrument)
        except KeyError:
            raise StrategyError(self._unknown(instrument)) from None

    def _no_account(self, instrument: str, venue: str) -> str:
        return (
            f"strategy {self.name} has no account at {venue}, where {instrument} is traded; add "
            f"one to its `accounts`, beside {', '.join(self.accounts)}"
        )

    def _unknown(self, instrument: str) -> str:
        near = get_close_matches(str(instrument), self.kernel.bus.known(), 1, 0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        return (
            f"strategy {self.name} names instrument {instrument!r}, which is not in the catalogue "
            f"or [instruments]{hint}"
        )

    def order(
        self,
        instrument: str,
        side: Side,
        quantity: float,
        price: float | None,
        stop: float | None = None,
        trail: float | None = None,
        terms: Terms = PLAIN,
        rounding: Rounding = "nearest",
    ) -> Order:
        """Make an order on the instrument's grid and queue it; what cannot be there is denied."""
        route = self._routes.get(instrument) or self.route(instrument)
        if stop is None and trail is None:
            kind = _MARKET if price is None else _LIMIT
        else:
            kind = _stop_type(price, trail)
        order = Order(
            route, self.kernel.ids.take(), side, kind, terms, quantity, price, stop, trail
        )
        _put_on_grid(order, route, rounding)
        self.open_orders[order.id] = order
        self.intents.append((intents.submit, order, None))
        return order

    def leg(
        self, entry: Order, side: Side, units: int, price: float | None, stop: float | None
    ) -> Order:
        """Submit an exit of a bracket; see `engine.orders.groups.Legs`.

        It is reduce-only where the venue keeps to that, unless other strategies trade the
        instrument in the account: there its position says nothing about what this strategy holds.
        """
        terms = Terms(reduce_only=self._reduces(entry.route), closing=True, tag=entry.tag)
        quantity = units / entry.route.quantity_scale
        return self.order(entry.instrument, side, quantity, price, stop, terms=terms)

    def cancel(self, order: Order) -> bool:
        """Queue a cancel; return False when the order is closed or being canceled already."""
        leg = order.leg
        if leg is not None and not leg.quantity:
            return False
        if order.reason if leg is None else CLOSED[leg.life] or leg.request in _CANCELS:
            return False
        for verb, asked, _ in self.intents:
            if asked is order and verb is intents.cancel:
                return False
        self.intents.append((intents.cancel, order, None))
        return True

    def replace(
        self, order: Order, quantity: float | None, price: float | None, stop: float | None
    ) -> bool:
        """Queue a change of an open order, put on the grid; return False when it is closed."""
        if not order.is_open:
            return False
        change = intents.Change.on_grid(order, quantity, price, stop)
        self.intents.append((intents.replace, order, change))
        return True

    def resize(self, order: Order, units: int) -> None:
        """Change a leg's total quantity; see `engine.orders.groups.Legs`."""
        self.replace(order, units / order.route.instrument.quantity_scale, None, None)

    def refusal(self, order: Order) -> "Denial | None":
        """Return why a strategy in this state may not send an order; None when it may."""
        if self.state == HostState.WARMING_UP:
            return DenialReason.WARMING_UP, f"strategy {self.name} is warming up"
        if self.state == HostState.STOPPED and not order.terms.closing:
            return self.stopped()
        return None

    def stopped(self) -> "Denial":
        """Return the denial of what a stopped strategy asked for."""
        return DenialReason.STRATEGY_STOPPED, f"strategy {self.name} was stopped"

    def stop(self, fault: str, error: BaseException | None = None) -> None:
        """Let no callback be called any more; brackets go on protecting what is held."""
        self.state = HostState.STOPPED
        self.fault = fault
        self.error = error
        self.listen(None, None)

    def flatten(self) -> None:
        """Queue cancels of everything open and market orders that close every position held."""
        for order in list(self.open_orders.values()):
            self.cancel(order)
        for route in self._routes.values():
            self.close_out(route)

    def close_out(self, route: Route, closing: int = 0, most: int | None = None) -> Order | None:
        """Queue what closes a route's position but for `closing` units; return the last order.

        It closes no more than `most` units, where that is given.
        """
        if not route.account.hedging:
            units = abs(route.held.position.quantity) - closing
            units = units if most is None else min(units, most)
            return self.close(route, units) if units > 0 else None
        order, left = None, UNLIMITED if most is None else most
        for leg in self.legs(route):
            if left > 0:
                units = min(left, leg.closable)
                left -= units
                order = self.close_leg(route, leg, units)
        return order

    def aim(self, route: Route, side: Side, units: int, price: float | None) -> Order | None:
        """Queue an order of a target; on a hedging account, closes of the other side before it."""
        order = None
        for leg in self.legs(route) if route.account.hedging else ():
            part = min(units, leg.closable)
            if part > 0 and leg.position.quantity * side < 0:
                order = self.close_leg(route, leg, part, price)
                units -= part
        if order is not None and units < route.quantity_min:
            return order
        return self.order(route.name, side, units / route.quantity_scale, price, terms=TARGET)

    def legs(self, route: Route) -> list[Leg]:
        """Return the strategy's positions underneath that are not being closed, oldest first."""
        legs = route.exposure.legs or ()
        return [leg for leg in legs if leg.strategy == self.name and leg.closable > 0]

    def close_leg(self, route: Route, leg: Leg, units: int, price: float | None = None) -> Order:
        """Queue the close of a position by its name, or of a part: at the market, or at a limit."""
        side = _SELL if leg.position.quantity > 0 else _BUY
        terms = Terms(reduce_only=True, closing=True, tag="close", position_id=leg.id)
        order = self.order(route.name, side, units / route.quantity_scale, price, terms=terms)
        if price is None:
            self.intents[-1] = (intents.close, order, None)
        return order

    def working(self, route: Route) -> int:
        """Return the signed units that open orders of a route aim to fill, without exits."""
        total = 0
        for order in self.open_orders.values():
            if order.route is route and (order.group is None or order.group.aims(order)):
                leg = order.leg
                total += order.side * (order.units if leg is None else leg.quantity - leg.filled)
        return total

    def close(self, route: Route, units: int) -> Order:
        """Queue a market order against the position held; reduce-only as `leg` is."""
        side = _SELL if route.held.position.quantity > 0 else _BUY
        terms = _CLOSE if self._reduces(route) else _CLOSE_PLAIN
        return self.order(route.name, side, units / route.quantity_scale, None, terms=terms)

    def _reduces(self, route: Route) -> bool:
        """Say whether what leaves a position can be sent reduce-only."""
        shared = self.kernel.portfolio.is_shared(route.account.id, route.name)
        return route.keeps_reduce_only and not shared


def _stop_type(price: float | None, trail: float | None) -> OrderType:
    if trail is not None:
        return OrderType.TRAILING_STOP
    return OrderType.STOP if price is None else OrderType.STOP_LIMIT


def _put_on_grid(order: Order, route: Route, rounding: Rounding) -> None:
    """Put an order on the grid; note a problem, for the gate to deny, where that cannot be done."""
    try:
        units = order.units = route.quantity_units(order.quantity)
        order.quantity = units / route.quantity_scale
    except (ValueRefused, TypeError, OverflowError) as error:
        order.problem = (DenialReason.ORDER_INVALID, f"quantity {order.asked_quantity!r}: {error}")
        _blank(order)
        return
    try:
        if order.price is not None:
            order.price = route.price_units(order.price, rounding) / route.price_scale
        if order.type is not _LIMIT and order.type is not _MARKET:
            _put_stop_on_grid(order, route.instrument, rounding)
    except (ValueRefused, TypeError, OverflowError) as error:
        refused = rounding == "refuse" and "off its grid" in str(error)
        reason = DenialReason.PRICE_OFF_GRID if refused else DenialReason.PRICE_INVALID
        order.problem = (reason, str(error))
        _blank(order)


def _blank(order: Order) -> None:
    """Take out what is no number, so that the records of the order are; `asked_*` keep it."""
    order.quantity = 0.0
    order.price = order.stop = order.trail = None


def _put_stop_on_grid(order: Order, instrument: Instrument, rounding: Rounding) -> None:
    if order.stop is not None:
        order.stop = instrument.price(order.stop, rounding)
    if order.trail is not None:
        order.trail = instrument.price(order.trail)
        if order.price is not None or order.stop is not None:
            text = f"a trailing stop takes no price and no stop: {order.price}, {order.stop}"
            order.problem = (DenialReason.ORDER_INVALID, text)
        elif order.trail <= 0:
            text = f"a trailing stop {order.trail:g} away follows nothing; give a tick or more"
            order.problem = (DenialReason.PRICE_INVALID, text)
