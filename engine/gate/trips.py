"""What the engine latches by itself: losses, wild executions, positions above their limit.

Sets no state: it asks whoever keeps the latches.
"""

from typing import TYPE_CHECKING, Protocol

from engine.gate.compose import Rulebook
from engine.gate.latches import Latches
from engine.gate.losses import LossWatch
from engine.gate.rules.firm import exposures_in
from engine.model.risk import (
    ENGINE,
    BaselineKind,
    BaselineSet,
    Cause,
    LatchCleared,
    LatchSet,
    RiskScope,
    RiskState,
    ScopeLevel,
)
from engine.orders.route import Route

if TYPE_CHECKING:
    from engine.kernel import Kernel


class Latching(Protocol):
    """Set and clear latches, and record both."""

    latches: Latches

    def rebind(self, scope: RiskScope) -> None:
        """Choose the rules of every route in a scope anew."""

    def latch(self, latch: LatchSet) -> None:
        """Set a latch and take back what it does not let stand."""

    def clear(self, cleared: LatchCleared) -> None:
        """Clear a latch, if it is set."""


class Trips:
    """Look at what fills, money and rows do to the limits of losses, executions and positions.

    A trip lets its scope only reduce. Losses of a day end with it, a breached position when it is
    within its limit again; all else a person clears.
    """

    def __init__(self, kernel: "Kernel", control: Latching, rulebook: Rulebook) -> None:
        self._kernel = kernel
        self._control = control
        self._watches = rulebook.watches
        self._throttles = rulebook.throttles
        self._baselines: dict[tuple[RiskScope, BaselineKind], BaselineSet] = {}
        self._known: dict[RiskScope, None] = {}
        self._breached: dict[tuple[str, str], None] = {}

    def set_up(self) -> None:
        """Begin with the losses that are watched since the last call."""
        for scope, watch in list(self._watches.items()):
            if scope not in self._known:
                self._known[scope] = None
                self._begin(watch)

    def keep(self, baseline: BaselineSet) -> None:
        """Measure from a baseline of before a restart, also where the watch comes later."""
        self._baselines[baseline.scope, baseline.kind] = baseline
        watch = self._watches.get(baseline.scope)
        if watch is not None:
            watch.restore(baseline)

    def observe(self) -> None:
        """Look at losses after something but the market has moved money or positions."""
        for watch in self._watches.values():
            watch.observe(self._kernel.clock.now)

    def filled(self, route: Route) -> None:
        """Count an execution, and look at what it did to losses and the position."""
        for throttle in self._throttles.get(route.strategy, ()):
            if throttle.count(self._kernel.clock.now):
                scope = RiskScope(ScopeLevel.STRATEGY, route.strategy)
                self._trip(scope, Cause.EXECUTION_THROTTLE, throttle.words)
        self.observe()
        self.check_position(route)

    def cleared(self, cleared: LatchCleared) -> None:
        """Measure and count anew what a person has cleared."""
        watch = self._watches.get(cleared.scope)
        if watch is not None and cleared.by != ENGINE:
            watch.rebase(cleared.cause, self._kernel.clock.now)
        if cleared.cause == Cause.EXECUTION_THROTTLE:
            for throttle in self._throttles.get(cleared.scope.name, ()):
                throttle.forget()

    def _begin(self, watch: LossWatch) -> None:
        watch.record = self._kernel.decisions.append
        watch.trip = self._trip
        watch.renew = self._renew
        watch.rebind = self._control.rebind
        for kind in BaselineKind:
            if (kept := self._baselines.get((watch.scope, kind))) is not None:
                watch.restore(kept)
        watch.observe(self._kernel.clock.now)

    def _trip(self, scope: RiskScope, cause: Cause, words: str) -> None:
        if self._control.latches.find(scope, cause) is None:
            now = self._kernel.clock.now
            latch = LatchSet(scope, cause, RiskState.REDUCING, ENGINE, words, now)
            self._control.latch(latch)

    def _renew(self, scope: RiskScope) -> None:
        """Forget the loss of the day before."""
        self._release(scope, Cause.DAILY_LOSS, "a new day")

    def _release(self, scope: RiskScope, cause: Cause, words: str) -> None:
        latch = self._control.latches.find(scope, cause)
        if latch is not None and latch.by == ENGINE:
            now = self._kernel.clock.now
            self._control.clear(LatchCleared(scope, cause, ENGINE, words, now))

    def check_position(self, route: Route) -> None:
        """Let an instrument only reduce while fills hold the account's position above its limit."""
        limit, held = route.limits.position, abs(route.exposure.position.quantity)
        firm = route.limits.firm
        if firm is not None and held <= limit:
            found = exposures_in(self._kernel.portfolio, route.name)
            limit, held = firm.position, abs(sum(each.position.quantity for each in found))
        scope, key = RiskScope(ScopeLevel.INSTRUMENT, route.name), (route.account.id, route.name)
        if held > limit:
            self._breached[key] = None
            scale = route.quantity_scale
            words = f"holds {held / scale:g}, limit {limit / scale:g}"
            self._trip(scope, Cause.LIMIT_BREACHED, words)
        elif self._control.latches:
            self._breached.pop(key, None)
            if not any(name == route.name for _, name in self._breached):
                words = "the position is within its limit"
                self._release(scope, Cause.LIMIT_BREACHED, words)
