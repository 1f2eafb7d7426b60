"""The risk gate: decides each intent by the state it is given; only it makes what can be sent.

Reads no clock and keeps no state of its own, so that the same journal gives the same verdicts. Rate
rules, collars and loss limits are not here yet.
"""

from collections.abc import Callable

from engine.gate.approved import Approved
from engine.gate.limits import UNLIMITED
from engine.ledger.portfolio import Portfolio
from engine.model.commands import CancelOrder, ReplaceOrder, SubmitOrder
from engine.model.reports import DenialReason
from engine.orders.exposure import Exposure
from engine.orders.life import CLOSED, Life, Request
from engine.orders.order import Order, VenueOrder
from engine.orders.route import Route

Denial = tuple[DenialReason, str]
Rule = Callable[[Order, int, int, float], Denial | None]
"""Judges an order of a total quantity, the units it adds to the worst case, and its price."""

_WORKING = Life.WORKING
_CANCELS = (Request.CANCEL, Request.CANCEL_UNSURE)
_INFINITY = float("inf")


class RiskGate:
    """Approve or deny intents.

    An order is weighed at its limit, else its trigger, else the reference price. Every method
    returns an `Approved` command, or the denial `(reason, message)`.
    """

    __slots__ = ("_portfolio",)

    def __init__(self, portfolio: Portfolio) -> None:
        self._portfolio = portfolio

    def bind(self, route: Route) -> None:
        """Choose the rules that can deny on a route: those whose limits are set there."""
        limits, ours, own = route.limits, route.exposure, route.held
        route.rules = _chosen(
            (_price, limits.bounds_price),
            (_own_position(limits.own_position, own), limits.own_position < UNLIMITED),
        )
        route.entry_rules = _chosen(
            (_open_orders(limits.open_orders, ours), limits.open_orders < UNLIMITED),
            (_open_orders(limits.own_open_orders, own), limits.own_open_orders < UNLIMITED),
            (self._value, limits.order_value < _INFINITY),
            (_position(limits.position, ours), limits.position < UNLIMITED),
            (self._worth, True),
        )

    def submit(self, order: Order, now: int) -> Approved[SubmitOrder] | Denial:
        """Decide a new order; without a price it is weighed at its `arrival_price`."""
        units, route, terms = order.units, order.route, order.terms
        bound = order.price
        if bound is None:
            bound = order.arrival_price if order.stop is None else order.stop
        denial = self._judge(order, units, units, bound)
        if denial is not None:
            return denial
        return Approved(
            SubmitOrder(
                order.id,
                route.strategy,
                route.account.id,
                route.name,
                now,
                order.side,
                order.type,
                order.quantity,
                order.price,
                order.stop,
                order.trail,
                terms.time_in_force,
                terms.expire_ts,
                terms.post_only,
                terms.reduce_only,
            )
        )

    def replace(
        self,
        order: Order,
        leg: VenueOrder,
        change: tuple[float, float | None, float | None],
        now: int,
    ) -> Approved[ReplaceOrder] | Denial:
        """Decide a change of a working order; limits weigh only what it adds to the worst case.

        `change` is the new (quantity, price, stop).
        """
        if leg.life is not _WORKING or leg.request:
            return _not_ready(order, leg)
        quantity, price, stop = change
        route = order.route
        units = round(quantity * route.quantity_scale)
        if units <= leg.filled:
            return (
                DenialReason.QUANTITY_TOO_SMALL,
                f"quantity {quantity:g} is not above the {order.filled:g} filled",
            )
        added = max(0, units - leg.filled - leg.reserved)
        bound = price
        if bound is None:
            bound = route.market.mark() if stop is None else stop
        denial = self._judge(order, units, added, bound)
        if denial is not None:
            return denial
        leg.requests += 1
        account = route.account.id
        return Approved(
            ReplaceOrder(order.id, account, route.name, now, leg.requests, quantity, price, stop)
        )

    def cancel(self, order: Order, leg: VenueOrder, now: int) -> Approved[CancelOrder] | Denial:
        """Decide a cancel: only an order that is closed or already being canceled is refused.

        It overtakes a change that has no answer yet.
        """
        if CLOSED[leg.life] or leg.request in _CANCELS:
            return _not_ready(order, leg)
        leg.requests += 1
        route = order.route
        return Approved(CancelOrder(order.id, route.account.id, route.name, now, leg.requests))

    def _judge(self, order: Order, quantity: int, added: int, bound: float) -> Denial | None:
        route = order.route
        if order.problem is not None:
            return order.problem
        if not route.quantity_min <= quantity <= route.quantity_max:
            return _off_size(order, quantity)
        if order.terms.reduce_only and route.exposure.position.quantity * order.side >= 0:
            return DenialReason.NOTHING_TO_REDUCE, "the account holds nothing that this reduces"
        for rule in route.rules:
            denial = rule(order, quantity, added, bound)
            if denial is not None:
                return denial
        if is_exit(order, added):
            return None
        for rule in route.entry_rules:
            denial = rule(order, quantity, added, bound)
            if denial is not None:
                return denial
        return None

    def _value(self, order: Order, quantity: int, _added: int, price: float) -> Denial | None:
        """Deny an order worth more than its limit; an order without a price needs a reference."""
        route = order.route
        instrument, limit = route.instrument, route.limits.order_value
        if price != price:  # noqa: PLR0124 - NaN
            return DenialReason.NO_REFERENCE, f"no reference price of {route.name} yet"
        currency = route.account.currency
        rate = self._portfolio.rate(instrument.currency, currency)
        if rate is None:
            return (
                DenialReason.NO_CURRENCY_RATE,
                f"no rate from {instrument.currency} to {currency}",
            )
        value = abs(price) * quantity / route.quantity_scale * instrument.point_value * rate
        if not value <= limit:
            return DenialReason.ORDER_VALUE, f"order is worth {value:.2f}, limit {limit:.2f}"
        return None

    def _worth(self, order: Order, _quantity: int, added: int, price: float) -> Denial | None:
        """Deny what takes the account's worst case above its gross limit or its buying power."""
        if not added:
            return None
        route = order.route
        gross, margin, equity = self._portfolio.weigh(route, added * order.side, price)
        limit = route.limits.gross
        if gross <= limit and margin <= equity:
            return None
        if not (gross >= 0 and equity == equity):  # noqa: PLR0124 - NaN in either
            return DenialReason.NO_REFERENCE, f"no price or rate to weigh {route.name} with"
        if gross > limit:
            return DenialReason.GROSS_LIMIT, f"worst case is worth {gross:.2f}, limit {limit:.2f}"
        return (
            DenialReason.BUYING_POWER,
            f"needs {margin:.2f} of margin, equity is {equity:.2f}",
        )


def is_exit(order: Order, added: int) -> bool:
    """Say whether `added` more units only reduce the account's position, whatever else fills.

    The venue keeps reduce-only orders from turning a position around, so each of them may be as
    large as the position, whatever others of them work beside it.
    """
    exposure = order.route.exposure
    held = -exposure.position.quantity * order.side
    if held <= 0:
        return False
    buying = order.side > 0
    working = exposure.buys if buying else exposure.sells
    if order.terms.reduce_only:
        return working + min(added, held) <= held
    return working + (exposure.reducing_buys if buying else exposure.reducing_sells) + added <= held


def _chosen(*rules: tuple[Rule, bool]) -> tuple[Rule, ...]:
    return tuple(rule for rule, can_deny in rules if can_deny)


def _off_size(order: Order, quantity: int) -> Denial:
    route = order.route
    scale = route.quantity_scale
    asked = f"asked {order.asked_quantity if order.leg is None else quantity / scale:g}"
    if quantity < route.quantity_min:
        least = f"the least is {route.quantity_min / scale:g}"
        return DenialReason.QUANTITY_TOO_SMALL, f"{asked}, {least}"
    return DenialReason.QUANTITY_TOO_LARGE, f"{asked}, the most is {route.quantity_max / scale:g}"


def _price(order: Order, _quantity: int, _added: int, bound: float) -> Denial | None:
    if order.price is not None:
        limits = order.route.limits
        units = round(bound * order.route.price_scale)
        if not limits.price_low <= units <= limits.price_high:
            return DenialReason.PRICE_INVALID, f"price {bound:g} is outside the limits"
    return None


def _open_orders(limit: int, exposure: Exposure) -> Rule:
    def rule(order: Order, _quantity: int, _added: int, _bound: float) -> Denial | None:
        if order.leg is None and exposure.open_orders >= limit:
            return DenialReason.OPEN_ORDERS, f"{exposure.open_orders} orders are open, the limit"
        return None

    return rule


def _position(limit: int, exposure: Exposure) -> Rule:
    def rule(order: Order, _quantity: int, added: int, _bound: float) -> Denial | None:
        worst = added + (exposure.highest if order.side > 0 else -exposure.lowest)
        if worst <= limit or not added:
            return None
        scale = order.route.quantity_scale
        text = f"worst case {worst / scale:g}, limit {limit / scale:g}"
        return DenialReason.POSITION_LIMIT, text

    return rule


def _own_position(limit: int, own: Exposure) -> Rule:
    """Bound what a strategy holds, also where its order is an exit of the account's position."""
    bounded = _position(limit, own)

    def rule(order: Order, quantity: int, added: int, bound: float) -> Denial | None:
        return None if order.terms.closing else bounded(order, quantity, added, bound)

    return rule


def _not_ready(order: Order, leg: VenueOrder) -> Denial:
    reason = DenialReason.ORDER_CLOSED if CLOSED[leg.life] else DenialReason.REQUEST_IN_FLIGHT
    return reason, f"order is {order.status.value}"
