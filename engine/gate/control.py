"""What a person or the engine does to trading as a whole: states of scopes, overrides, flatten.

Judges no order: it chooses which rules each route has, anew whenever a state changes.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.gate.compose import Named, RouteRules, Rulebook
from engine.gate.exits import UnknownExits, is_exit, opening
from engine.gate.latches import Latches, covers, rule_of
from engine.gate.limits import UNLIMITED
from engine.gate.rules.hedged import names_position
from engine.gate.rules.references import BrokenFeed
from engine.gate.trips import Trips
from engine.gate.verdict import Rule
from engine.model.connection import FeedChanged, FeedState
from engine.model.reports import DenialReason, OrderFilled
from engine.model.risk import (
    SEVERITY,
    BaselineSet,
    CancelAll,
    Cause,
    Flatten,
    LatchCleared,
    LatchSet,
    OverrideEnded,
    OverrideGranted,
    RiskScope,
    RiskState,
    RiskStateChanged,
    ScopeLevel,
)
from engine.model.subscription import DataKind
from engine.orders.life import Life
from engine.orders.order import Order
from engine.orders.route import Route
from engine.timers import Phase

if TYPE_CHECKING:
    from engine.kernel import Kernel
    from engine.strategy.host import Host


class RiskControl:
    """Keep the states of scopes and bind the rules of routes to them.

    `steps` takes each event of `engine.model.risk` that a person or an edge sends. Every change is
    a decision of the kernel: whoever keeps latches over restarts reads them there.
    """

    def __init__(self, kernel: "Kernel") -> None:
        self.latches = Latches()
        self._kernel = kernel
        self._routes: list[tuple[Route, RouteRules]] = []
        self._overrides: dict[tuple[RiskScope, DenialReason], OverrideGranted] = {}
        self._closing: list[Route] = []
        self._broken: dict[str, dict[DataKind, None]] = {}
        self.rulebook = Rulebook(kernel)
        self._unknown = UnknownExits(kernel.orders.orders.values)
        self._trips = Trips(kernel, self, self.rulebook)
        self.steps: dict[type, Callable[[Any], None]] = {
            LatchSet: self._on_set,
            LatchCleared: self._on_cleared,
            OverrideGranted: self._on_override,
            Flatten: self._on_flatten,
            CancelAll: self._on_cancel_all,
            BaselineSet: self._on_baseline,
            FeedChanged: self._on_feed,
        }

    def bind(self, route: Route) -> None:
        """Choose the rules that can deny on a route: those whose limits or states are set there."""
        rules = self.rulebook.compose(route)
        self._trips.set_up()
        if self.rulebook.watches or self.rulebook.throttles or _has_position_limit(route):
            self._listen()
        self._routes.append((route, rules))
        self._choose(route, rules)
        if route.exposure.position.quantity:
            self._trips.check_position(route)

    def rebind(self, scope: RiskScope) -> None:
        """Choose the rules of every route in a scope anew."""
        for route, rules in self._routes:
            if covers(scope, route):
                self._choose(route, rules)

    def latch(self, latch: LatchSet) -> None:
        """Set a latch, record it, and take back the orders that it does not let stand."""
        self._kernel.decisions.append(latch)
        before = self.latches.state(latch.scope)
        self.latches.set(latch)
        self.rebind(latch.scope)
        after = self._record(latch.scope, before, latch.cause)
        if SEVERITY[after] > SEVERITY[before]:
            self._take_back(latch.scope, after)

    def clear(self, cleared: LatchCleared) -> None:
        """Clear a latch, if it is set, and record it."""
        before = self.latches.state(cleared.scope)
        if self.latches.clear(cleared.scope, cleared.cause) is None:
            return
        self._kernel.decisions.append(cleared)
        self.rebind(cleared.scope)
        self._record(cleared.scope, before, cleared.cause)
        self._trips.cleared(cleared)

    def _on_set(self, event: LatchSet) -> None:
        self._pass_time(event.ts_recv)
        self.latch(event)

    def _on_cleared(self, event: LatchCleared) -> None:
        self._pass_time(event.ts_recv)
        self.clear(event)

    @property
    def overrides(self) -> tuple[OverrideGranted, ...]:
        """Return the overrides that have not ended, in the order in which they were granted."""
        return tuple(self._overrides.values())

    def allow(self, granted: OverrideGranted) -> None:
        """Let a scope pass a rule until the override's time is over."""
        key = granted.scope, granted.rule
        self._overrides[key] = granted
        self.rebind(granted.scope)
        until = max(granted.until, self._kernel.clock.now)
        self._kernel.timers.schedule(until, Phase.OPERATOR, lambda ts: self._end(key, ts))
        if self._closing:
            self._close_out()

    def _on_override(self, event: OverrideGranted) -> None:
        self._pass_time(event.ts_recv)
        self._kernel.decisions.append(event)
        self.allow(event)

    def _end(self, key: tuple[RiskScope, DenialReason], ts: int) -> None:
        """End an override, unless it has been granted for longer meanwhile."""
        granted = self._overrides.get(key)
        if granted is not None and granted.until <= ts:
            del self._overrides[key]
            self._kernel.decisions.append(OverrideEnded(*key, ts))
            self.rebind(key[0])

    def _on_flatten(self, event: Flatten) -> None:
        self._pass_time(event.ts_recv)
        self._kernel.decisions.append(event)
        state = RiskState.REDUCING
        why = event.by, event.reason, event.ts_recv
        if self.latches.find(event.scope, Cause.PAUSED) is None:
            self.latch(LatchSet(event.scope, Cause.PAUSED, state, *why))
        self._take_back(event.scope, RiskState.HALTED)
        self._closing = [route for route, _ in self._routes if covers(event.scope, route)]
        self._listen()
        self._close_out()

    def _on_cancel_all(self, event: CancelAll) -> None:
        self._pass_time(event.ts_recv)
        self._kernel.decisions.append(event)
        self._take_back(event.scope, RiskState.HALTED)

    def _listen(self) -> None:
        """Hear of fills and closed orders from now on; until somebody needs it, nobody pays."""
        if self not in self._kernel.observers:
            self._kernel.observers.append(self)

    def on_fill(self, order: Order, fill: OrderFilled, profit: float) -> None:
        """Look at what an execution has tripped."""
        self._trips.filled(order.route)

    def observe(self) -> None:
        """Look at losses after something but the market has moved money or positions."""
        self._trips.observe()

    def moved(self, account: str, instrument: str) -> None:
        """Look at what a fill of nobody's order, or an adjustment, has tripped."""
        self._trips.observe()
        for route, _ in self._routes:
            if route.account.id == account and route.name == instrument:
                self._trips.check_position(route)
                return

    def on_closed(self, order: Order) -> None:
        """Go on with flattening, which waits for the orders that it cancels."""
        if self._closing:
            self._close_out()

    def _close_out(self) -> None:
        """Close each position that is to be flat once no order of its strategy works there."""
        for route in self._closing[:]:
            host = self._kernel.hosts[route.strategy]
            if any(self._awaits(route, order) for order in host.open_orders.values()):
                continue
            self._closing.remove(route)
            self._act(host, _close(route))

    def _awaits(self, route: Route, order: Order) -> bool:
        """Say whether a position is not closed yet because of an order; a person may look past."""
        if order.route is not route:
            return False
        passes = any(
            rule is DenialReason.EXIT_UNKNOWN and covers(scope, route)
            for scope, rule in self._overrides
        )
        return not (passes and order.leg is not None and order.leg.life is Life.UNKNOWN)

    def _on_baseline(self, event: BaselineSet) -> None:
        self._kernel.decisions.append(event)
        self._trips.keep(event)

    def _on_feed(self, event: FeedChanged) -> None:
        self._pass_time(event.ts_recv)
        broken = self._broken.setdefault(event.instrument, {})
        if event.state is FeedState.BROKEN:
            broken[event.kind] = None
        else:
            broken.pop(event.kind, None)
        self.rebind(RiskScope(ScopeLevel.INSTRUMENT, event.instrument))

    def _choose(self, route: Route, rules: RouteRules) -> None:
        held = self.latches.holding(route)
        first: tuple[Rule, ...] = () if held is None else (rule_of(held, self._unknown),)
        passed = [reason for scope, reason in self._overrides if covers(scope, route)]
        always = (*first, *_asked(rules.always, passed))
        kinds = self._broken.get(route.name)
        broken = (BrokenFeed(route.name, tuple(kinds)).judge,) if kinds else ()
        worth = rules.worth.without(passed).judge
        route.entry_rules = (*always, *broken, *_asked(rules.entry, passed), worth)
        route.exit_rules = (*always, *_asked(rules.exit, passed))
        route.notes = rules.notes
        if route.account.hedging:
            route.is_exit = names_position
        else:
            overridden = DenialReason.EXIT_UNKNOWN in passed
            route.is_exit = self._unknown.is_exit if overridden else is_exit

    def _record(self, scope: RiskScope, before: RiskState, cause: Cause) -> RiskState:
        after, now = self.latches.state(scope), self._kernel.clock.now
        if after != before:
            self._kernel.decisions.append(RiskStateChanged(scope, before, after, cause, now))
        return after

    def _take_back(self, scope: RiskScope, state: RiskState) -> None:
        """Cancel what a state does not let stand: opening orders, and all of them when HALTED."""
        orders = [
            order
            for host in self._kernel.hosts.values()
            for order in host.open_orders.values()
            if covers(scope, order.route)
        ]
        for order in orders if state == RiskState.HALTED else list(opening(orders)):
            self._act(self._kernel.hosts[order.route.strategy], _cancel(order))

    def _act(self, host: "Host", action: Callable[["Host"], object]) -> None:
        """Ask for something in a strategy's name and gate it at once."""

        def callback(_event: object) -> None:
            action(host)

        self._kernel.call(host, callback, None)

    def _pass_time(self, ts: int) -> None:
        self._kernel.clock.now = max(self._kernel.clock.now, ts)


def _has_position_limit(route: Route) -> bool:
    firm = route.limits.firm
    return min(route.limits.position, UNLIMITED if firm is None else firm.position) < UNLIMITED


def _asked(rules: tuple[Named, ...], passed: list[DenialReason]) -> tuple[Rule, ...]:
    return tuple(
        each.rule
        for each in rules
        if each.reason not in passed and not (each.is_idle and each.is_idle())
    )


def _cancel(order: Order) -> Callable[["Host"], object]:
    return lambda host: host.cancel(order)


def _close(route: Route) -> Callable[["Host"], object]:
    return lambda host: host.close_out(route)
