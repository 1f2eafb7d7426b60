"""The risk gate: decides each intent by the state it is given; only it makes what can be sent.

Reads no clock and keeps no state of its own, so that the same journal gives the same verdicts. Rate
rules, collars and loss limits are not here yet.
"""

from engine.gate.approved import Approved
from engine.ledger.portfolio import Portfolio
from engine.model.commands import CancelOrder, OrderType, ReplaceOrder, Side, SubmitOrder
from engine.model.reports import DenialReason
from engine.orders.life import Life
from engine.orders.order import Order, VenueOrder
from engine.orders.route import Route

Denial = tuple[DenialReason, str]
_NEEDS_PRICE = (OrderType.LIMIT, OrderType.STOP_LIMIT)
_NEEDS_STOP = (OrderType.STOP, OrderType.STOP_LIMIT)


class RiskGate:
    """Approve or deny intents.

    Every method returns an `Approved` command, or the denial `(reason, message)`.
    """

    __slots__ = ("_portfolio",)

    def __init__(self, portfolio: Portfolio) -> None:
        self._portfolio = portfolio

    def submit(self, order: Order, quantity: int, now: int) -> Approved[SubmitOrder] | Denial:
        """Decide a new order of `quantity` units."""
        bound = price_bound(order.route, order.price, order.stop)
        denial = self._judge(order, quantity, quantity, bound)
        if denial is not None:
            return denial
        command = SubmitOrder(
            order.id,
            order.strategy,
            order.account,
            order.instrument,
            now,
            order.side,
            order.type,
            order.quantity,
            order.price,
            order.stop,
            order.trail,
            order.time_in_force,
            order.expire_ts,
            order.post_only,
            order.reduce_only,
        )
        return Approved(command)

    def replace(
        self, leg: VenueOrder, quantity: float, price: float | None, stop: float | None, now: int
    ) -> Approved[ReplaceOrder] | Denial:
        """Decide a change of a working order; limits weigh only what it adds to the worst case."""
        order = leg.order
        if leg.life != Life.WORKING or leg.request:
            return _not_ready(leg)
        units = round(quantity * order.route.instrument.quantity_scale)
        if units <= leg.filled:
            return (
                DenialReason.QUANTITY_TOO_SMALL,
                f"quantity {quantity:g} is not above the {order.filled:g} filled",
            )
        added = max(0, units - leg.filled - leg.reserved)
        denial = self._judge(order, units, added, price_bound(order.route, price, stop))
        if denial is not None:
            return denial
        leg.requests += 1
        return Approved(
            ReplaceOrder(
                order.id, order.account, order.instrument, now, leg.requests, quantity, price, stop
            )
        )

    def cancel(self, leg: VenueOrder, now: int) -> Approved[CancelOrder] | Denial:
        """Decide a cancel: only an order that is closed or already being canceled is refused."""
        order = leg.order
        if order.is_closed or leg.request:
            return _not_ready(leg)
        leg.requests += 1
        return Approved(CancelOrder(order.id, order.account, order.instrument, now, leg.requests))

    def _judge(self, order: Order, quantity: int, added: int, bound: float) -> Denial | None:
        denial = _grid(order, bound) or _size(order, quantity)
        if denial is not None or is_exit(order, added):
            return denial
        denial = self._value(order, quantity, bound)
        if denial is not None or not added:
            return denial
        return _position(order, added) or self._worth(order, added, bound)

    def _value(self, order: Order, quantity: int, price: float) -> Denial | None:
        """Deny an order worth more than its limit; an order without a price needs a reference."""
        route = order.route
        limit = route.limits.order_value
        if limit == float("inf"):
            return None
        if price != price:  # noqa: PLR0124 - NaN
            return DenialReason.NO_REFERENCE, f"no reference price of {order.instrument} yet"
        rate = self._portfolio.rate(route.instrument.currency, route.account.currency)
        if rate is None:
            return (
                DenialReason.NO_CURRENCY_RATE,
                f"no rate from {route.instrument.currency} to {route.account.currency}",
            )
        value = (
            abs(price)
            * quantity
            / route.instrument.quantity_scale
            * route.instrument.point_value
            * rate
        )
        if not value <= limit:
            return DenialReason.ORDER_VALUE, f"order is worth {value:.2f}, limit {limit:.2f}"
        return None

    def _worth(self, order: Order, added: int, price: float) -> Denial | None:
        """Deny what takes the account's worst case above its gross limit or its buying power."""
        account = order.route.account
        gross, margin = self._portfolio.worst_case(order, added, price)
        equity = self._portfolio.equity(account)
        if not (gross >= 0 and equity == equity):  # noqa: PLR0124 - NaN in either
            return DenialReason.NO_REFERENCE, f"no price or rate to weigh {order.instrument} with"
        limit = order.route.limits.gross
        if gross > limit:
            return DenialReason.GROSS_LIMIT, f"worst case is worth {gross:.2f}, limit {limit:.2f}"
        if margin > equity:
            return (
                DenialReason.BUYING_POWER,
                f"needs {margin:.2f} of margin, equity is {equity:.2f}",
            )
        return None


def is_exit(order: Order, added: int) -> bool:
    """Say whether `added` more units only reduce the account's position, whatever else fills."""
    exposure = order.route.exposure
    held = exposure.position.quantity
    if order.side > 0:
        return held < 0 and exposure.buys + added <= -held
    return held > 0 and exposure.sells + added <= held


def price_bound(route: Route, price: float | None, stop: float | None) -> float:
    """Return the price an order is weighed at: its limit, else its trigger, else the reference.

    NaN when it has none and the market gives none.
    """
    if price is not None:
        return price
    return route.market.mark() if stop is None else stop


def _grid(order: Order, bound: float) -> Denial | None:
    if order.problem is not None:
        return DenialReason(order.problem[0]), order.problem[1]
    kind = order.type
    if (order.price is None) is (kind in _NEEDS_PRICE) or (order.stop is None) is (
        kind in _NEEDS_STOP
    ):
        return (
            DenialReason.ORDER_INVALID,
            f"a {kind.value} order has the wrong prices: {order.price}, {order.stop}",
        )
    limits = order.route.limits
    if order.price is not None and limits.bounds_price:
        units = round(bound * order.route.instrument.price_scale)
        if not limits.price_low <= units <= limits.price_high:
            return DenialReason.PRICE_INVALID, f"price {bound:g} is outside the limits"
    return None


def _size(order: Order, quantity: int) -> Denial | None:
    route = order.route
    instrument = route.instrument
    if quantity < instrument.quantity_min:
        least = f"the least is {instrument.quantity_min / instrument.quantity_scale:g}"
        return DenialReason.QUANTITY_TOO_SMALL, f"{_asked(order, quantity)}, {least}"
    most = route.limits.order_quantity
    if instrument.quantity_max is not None and instrument.quantity_max < most:
        most = instrument.quantity_max
    if quantity > most:
        limit = f"the most is {most / instrument.quantity_scale:g}"
        return DenialReason.QUANTITY_TOO_LARGE, f"{_asked(order, quantity)}, {limit}"
    if order.reduce_only and route.exposure.position.quantity * order.side >= 0:
        return DenialReason.NOTHING_TO_REDUCE, "the account holds nothing that this order reduces"
    if order.leg is None and route.exposure.open_orders >= route.limits.open_orders:
        return DenialReason.OPEN_ORDERS, f"{route.exposure.open_orders} orders are open, the limit"
    return None


def _asked(order: Order, quantity: int) -> str:
    scale = order.route.instrument.quantity_scale
    return f"asked {order.asked_quantity if order.leg is None else quantity / scale:g}"


def _position(order: Order, added: int) -> Denial | None:
    limit = order.route.limits.position
    exposure = order.route.exposure
    worst = (
        exposure.highest + added
        if order.side == Side.BUY
        else exposure.sells + added - exposure.position.quantity
    )
    if worst <= limit:
        return None
    scale = order.route.instrument.quantity_scale
    return DenialReason.POSITION_LIMIT, f"worst case {worst / scale:g}, limit {limit / scale:g}"


def _not_ready(leg: VenueOrder) -> Denial:
    order = leg.order
    if order.is_closed:
        return DenialReason.ORDER_CLOSED, f"order is {order.status.value}"
    return DenialReason.REQUEST_IN_FLIGHT, f"order is {order.status.value}"
