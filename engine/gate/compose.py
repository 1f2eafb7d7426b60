"""Put the rules of a route together, once, when it is bound.

Judges nothing: a rule whose limit is not set is left out, so that it costs nothing.
"""

from typing import TYPE_CHECKING, NamedTuple

from engine.gate.limits import UNLIMITED
from engine.gate.rules.positions import OpenOrders, OwnPosition, WorstPosition
from engine.gate.rules.prices import price_limits
from engine.gate.rules.worth import AccountWorth, OrderValue
from engine.gate.verdict import Rule
from engine.model.reports import DenialReason
from engine.orders.route import Route

if TYPE_CHECKING:
    from engine.kernel import Kernel

Named = tuple[DenialReason, Rule]
"""A rule under the reason that it mostly denies with: its name in overrides."""

_INFINITY = float("inf")


class RouteRules(NamedTuple):
    """Hold the rules that every order of a route meets, and those that exits do not."""

    always: tuple[Named, ...]
    entry: tuple[Named, ...]


def compose(route: Route, kernel: "Kernel") -> RouteRules:
    """Return the rules whose limits are set on a route, in the order in which they are asked."""
    limits, ours, own = route.limits, route.exposure, route.held
    reason = DenialReason
    always = (
        (limits.bounds_price, reason.PRICE_INVALID, price_limits),
        (
            limits.own_position < UNLIMITED,
            reason.POSITION_LIMIT,
            OwnPosition(limits.own_position, own).judge,
        ),
    )
    entry = (
        (
            limits.open_orders < UNLIMITED,
            reason.OPEN_ORDERS,
            OpenOrders(limits.open_orders, ours).judge,
        ),
        (
            limits.own_open_orders < UNLIMITED,
            reason.OPEN_ORDERS,
            OpenOrders(limits.own_open_orders, own).judge,
        ),
        (
            limits.order_value < _INFINITY,
            reason.ORDER_VALUE,
            OrderValue(limits.order_value, kernel.portfolio).judge,
        ),
        (
            limits.position < UNLIMITED,
            reason.POSITION_LIMIT,
            WorstPosition(limits.position, ours).judge,
        ),
        (True, reason.GROSS_LIMIT, AccountWorth(limits.gross, kernel.portfolio).judge),
    )
    return RouteRules(_chosen(always), _chosen(entry))


def _chosen(rules: tuple[tuple[bool, DenialReason, Rule], ...]) -> tuple[Named, ...]:
    return tuple((reason, rule) for is_set, reason, rule in rules if is_set)
