"""Which scopes are held back, why and by whom; a scope's state is its most severe latch's.

Reads no file and cancels no order; `engine.gate.latch_file` keeps latches over restarts.
"""

from engine.gate.exits import UnknownExits
from engine.gate.verdict import Denial, Rule
from engine.model.reports import DenialReason
from engine.model.risk import (
    SEVERITY,
    Cause,
    LatchSet,
    RiskScope,
    RiskState,
    ScopeLevel,
)
from engine.orders.order import Order
from engine.orders.route import Route


class Latches:
    """Keep the latches that are set, by scope and cause."""

    __slots__ = ("_set",)

    def __init__(self) -> None:
        self._set: dict[tuple[RiskScope, Cause], LatchSet] = {}

    def __bool__(self) -> bool:
        """Say whether any latch is set."""
        return bool(self._set)

    def set(self, latch: LatchSet) -> None:
        """Set a latch, in place of one of the same scope and cause."""
        self._set[latch.scope, latch.cause] = latch

    def clear(self, scope: RiskScope, cause: Cause) -> LatchSet | None:
        """Clear one latch and return it; None when there was none."""
        return self._set.pop((scope, cause), None)

    def find(self, scope: RiskScope, cause: Cause) -> LatchSet | None:
        """Return the latch of a scope and cause, if it is set."""
        return self._set.get((scope, cause))

    def all(self) -> tuple[LatchSet, ...]:
        """Return every latch, the oldest first."""
        return tuple(self._set.values())

    def state(self, scope: RiskScope) -> RiskState:
        """Return the state of a scope by its own latches alone."""
        own = [latch.state for latch in self._set.values() if latch.scope == scope]
        return max(own, key=SEVERITY.__getitem__, default=RiskState.ACTIVE)

    def holding(self, route: Route) -> LatchSet | None:
        """Return the most severe latch over a route, the oldest of equals; None when it is free."""
        found = [latch for latch in self._set.values() if covers(latch.scope, route)]
        return max(found, key=lambda latch: SEVERITY[latch.state], default=None)


def covers(scope: RiskScope, route: Route) -> bool:
    """Say whether a route's orders fall under a scope."""
    if scope.level == ScopeLevel.FIRM:
        return True
    if scope.level == ScopeLevel.ACCOUNT:
        return scope.name == route.account.id
    return scope.name == (route.strategy if scope.level == ScopeLevel.STRATEGY else route.name)


class Held:
    """Deny what a latch does not let pass: everything when HALTED, all but exits when REDUCING."""

    __slots__ = ("_denial", "_unknown")

    def __init__(self, latch: LatchSet, unknown: UnknownExits) -> None:
        self._unknown = unknown
        text = f"{latch.scope} is {latch.state} since {latch.by} said: {latch.reason}"
        self._denial: Denial = (DenialReason(latch.cause.value), text)

    def halted(self, _order: Order, _quantity: int, _added: int, _price: float) -> Denial | None:
        """Deny every order and change."""
        return self._denial

    def reducing(self, order: Order, _quantity: int, added: int, _price: float) -> Denial | None:
        """Deny every order and change that is no exit: a flat account has none."""
        if order.route.is_exit(order, added):
            return None
        unknown = self._unknown.blocking(order, added)
        if unknown is None:
            return self._denial
        return DenialReason.EXIT_UNKNOWN, f"exit {unknown.id} may still fill; nobody knows its fate"


def rule_of(latch: LatchSet, unknown: UnknownExits) -> Rule:
    """Return the rule that a latch puts before all others."""
    held = Held(latch, unknown)
    return held.halted if latch.state == RiskState.HALTED else held.reducing
