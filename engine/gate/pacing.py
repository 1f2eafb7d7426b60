"""Ask the limits on how often venues may be asked, and let commands wait for their turn.

Reads no clock and sends nothing: what waited is judged again by every rule before it is sent.
"""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from engine.gate.rates.limiter import RateLimits, RateSnapshot
from engine.gate.rates.outcome import Admitted, Annulled, Dropped, DropReason, Offer, Waits
from engine.gate.rates.path import RatePath
from engine.gate.rates.queue import WaitQueue
from engine.gate.rates.rule import BudgetUsed, CommandKind, RateLimited, Traffic
from engine.gate.rates.setup import NO_RATES, RateSetup
from engine.gate.verdict import WAITING, Change, Denial, Waiting
from engine.model.reports import DenialReason
from engine.model.risk import FIRM, RiskScope, ScopeLevel
from engine.model.zones import NEVER
from engine.orders.order import Order
from engine.orders.route import Route
from engine.timers import Phase

if TYPE_CHECKING:
    from engine.kernel import Kernel

__all__ = ["NO_RATES", "IntentWaiting", "Pace", "Pacing", "RateEvent", "RateSetup"]

Asked = int | Denial | Waiting
"""The last moment to leave, or why it may not be sent, or that it waits."""

_Payload = tuple[Order, Change | None]
_REASONS = {
    DropReason.RATE_LIMIT: DenialReason.RATE_LIMIT,
    DropReason.DEADLINE: DenialReason.RATE_DEADLINE,
    DropReason.QUEUE_FULL: DenialReason.RATE_QUEUE_FULL,
    DropReason.TOO_MANY_ORDERS: DenialReason.RATE_LIMIT,
}
_OPENING = (CommandKind.SUBMIT, CommandKind.CLOSE, CommandKind.PROTECT)
_ALWAYS = 1 << 61
"""The deadline of what is still right when it is sent late: cancels, and exits of the engine."""


class IntentWaiting(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Record that an intent waits for a limit, and that it will not be sent after `until` (ns)."""

    client_order_id: str
    kind: CommandKind
    rule: str
    until: int
    ts: int


RateEvent = BudgetUsed | RateLimited | IntentWaiting


class Pacing:
    """Keep the limits of a run and what waits for them.

    `steps` takes what the edge sent by itself and what venues say about their limits. `waits` tells
    how often something waited, by rule.
    """

    def __init__(self, kernel: "Kernel", setup: RateSetup) -> None:
        self._kernel = kernel
        self._setup = setup
        venues = (*setup.venues.values(), *setup.messages.values())
        self.limits = RateLimits(venues, setup.now, assume_empty=setup.config.assume_empty)
        self.queue: WaitQueue[_Payload] = WaitQueue(setup.config.queue_max)
        self.waits: Counter[str] = Counter()
        self.admitted: Order | None = None
        self._timer, self._due = 0, NEVER
        self.steps: dict[type, Callable[[Any], None]] = {
            BudgetUsed: self._learn,
            RateLimited: self._learn,
        }

    def pace(self, route: Route) -> "Pace | None":
        """Return what a route's commands draw on; None where nothing limits them."""
        paths = {kind: self._path(route, kind) for kind in CommandKind}
        if all(path is not None and not path.draws for path in paths.values()):
            return None
        config = self._setup.config
        policy = config.strategy.get(route.strategy, config.policy)
        return Pace(self, paths, policy.deadline)

    def replace_adds(self, venue: str) -> bool:
        """Say whether a replace makes a second order at a venue."""
        rates = self._setup.venues.get(venue)
        return rates is not None and rates.replace_adds

    def keeps_reduce_only(self, venue: str) -> bool:
        """Say whether a venue lets no reduce-only order turn a position around."""
        rates = self._setup.venues.get(venue)
        return rates is None or rates.keeps_reduce_only

    def keeps_protection(self, venue: str) -> bool:
        """Say whether a venue takes the exits of a position with the order that opens it."""
        rates = self._setup.venues.get(venue)
        return rates is None or rates.keeps_protection

    def ask(self, offer: Offer[_Payload], now: int) -> Asked:
        """Admit a command, let it wait, or say why it is not sent."""
        if self.admitted is offer.payload[0]:
            self.admitted = None
            return now + offer.path.leave_within_ns
        outcome = self.queue.offer(offer, now)
        for older in outcome.superseded:
            self._set_aside(older)
        self._reschedule()
        if isinstance(outcome, Waits):
            self.waits[outcome.rule] += 1
            waiting = IntentWaiting(offer.order, offer.kind, outcome.rule, offer.deadline, now)
            self._kernel.decisions.append(waiting)
            return WAITING
        if isinstance(outcome, Dropped):
            return _denial(outcome, now)
        return WAITING if isinstance(outcome, Annulled) else outcome.leave_by

    def withdraw(self, order: Order) -> None:
        """End an order that waits to be sent; nothing of it is sent."""
        pace = order.route.pace
        if pace is not None and any(self.queue.holds(order.id, kind) for kind in _OPENING):
            pace.cancel(order, self._kernel.clock.now)

    def snapshot(self) -> RateSnapshot:
        """Return what must survive a restart; what waits does not, for none of it was sent."""
        return self.limits.snapshot()

    def restore(self, snapshot: RateSnapshot) -> None:
        """Count what was sent before a restart; routes may be bound before or after."""
        self.limits.restore(snapshot, self._kernel.clock.now)

    def _path(self, route: Route, kind: CommandKind) -> RatePath | None:
        """Return the limits of one kind of command, None where its venue takes no such command."""
        venue, account = route.account.venue, route.account.id
        rates = self._setup.venues.get(venue)
        if rates is not None and kind not in rates.costs:
            return None
        path = self.limits.path(venue, account, route.strategy, kind)
        draws = path.draws
        for scope in (
            FIRM,
            RiskScope(ScopeLevel.ACCOUNT, account),
            RiskScope(ScopeLevel.STRATEGY, route.strategy),
            RiskScope(ScopeLevel.INSTRUMENT, route.name),
        ):
            own = self._setup.messages.get(scope)
            if own is not None:
                draws += self.limits.path(own.venue, account, route.strategy, kind).draws
        return RatePath(path.lane, draws, path.leave_within_ns)

    def _learn(self, event: BudgetUsed | RateLimited) -> None:
        self._kernel.clock.now = max(self._kernel.clock.now, event.ts_recv)
        self._kernel.decisions.append(event)
        self.limits.apply(event)
        self._reschedule()

    def _take_due(self, ts: int) -> None:
        """Judge again, and send, what fits now; tell the strategies of what was dropped."""
        self._timer, self._due = 0, NEVER
        for outcome in self.queue.take_due(ts):
            if isinstance(outcome, Admitted):
                self._resume(outcome.offer)
            else:
                self._refuse(outcome.offer, _denial(outcome, ts))
        self._reschedule()

    def _resume(self, offer: Offer[_Payload]) -> None:
        from engine import intents  # compiled, it needs a whole kernel, which needs this module

        order, change = offer.payload
        kernel, host = self._kernel, self._kernel.hosts[order.strategy]
        self.admitted = order
        if offer.kind == CommandKind.SUBMIT:
            intents.submit(kernel, host, order, None)
        elif offer.kind == CommandKind.CLOSE:
            intents.close(kernel, host, order, None)
        elif offer.kind == CommandKind.PROTECT:
            intents.protect(kernel, host, order, None)
        elif offer.kind == CommandKind.CANCEL:
            intents.cancel(kernel, host, order, None)
        elif change is not None:
            intents.replace(kernel, host, order, intents.Change(*change))
        self.admitted = None
        kernel.call(host, _nothing, None)  # gates what the strategy has asked for meanwhile

    def _set_aside(self, older: Offer[_Payload]) -> None:
        """Tell of what a newer command made pointless; two cancels of an order are one."""
        if older.kind == CommandKind.REPLACE:
            text = "a newer change or a cancel took its place"
            self._refuse(older, (DenialReason.SUPERSEDED, text))
        elif older.kind != CommandKind.CANCEL:
            self._refuse(older, (DenialReason.WITHDRAWN, "canceled before it was sent"))

    def _refuse(self, offer: Offer[_Payload], denial: Denial) -> None:
        from engine import intents  # as above

        order = offer.payload[0]
        host = self._kernel.hosts[order.strategy]
        if offer.kind in _OPENING:
            intents.deny(self._kernel, host, order, denial)
        else:
            intents.refuse(self._kernel, host, order, denial)

    def _reschedule(self) -> None:
        """Keep one timer, at the next moment at which something of the queue may be due."""
        due = self.queue.due
        if due >= _ALWAYS:
            due = NEVER
        if due == self._due:
            return
        timers = self._kernel.timers
        if self._due != NEVER:
            timers.cancel(self._timer)
        self._due = due
        if due != NEVER:
            at = max(due, self._kernel.clock.now)
            self._timer = timers.schedule(at, Phase.TIMER, self._take_due)


class Pace:
    """Ask the limits of one route."""

    __slots__ = ("_deadline", "_pacing", "_paths", "_queue", "_submits", "_waiting")

    def __init__(
        self,
        pacing: Pacing,
        paths: dict[CommandKind, RatePath | None],
        deadline: Callable[[int], int],
    ) -> None:
        self._pacing = pacing
        self._queue = pacing.queue
        self._waiting = pacing.queue.waiting
        self._paths = paths
        self._submits = paths[CommandKind.SUBMIT]
        self._deadline = deadline

    def submit(self, order: Order, traffic: Traffic, now: int) -> Asked:
        """Ask for a new order; exits of the engine wait as long as it takes."""
        path = self._submits
        if (
            path is not None
            and not (self._waiting or self._pacing.admitted)
            and path.admit(traffic, now)
        ):
            return now + path.leave_within_ns
        return self._ask(CommandKind.SUBMIT, order, None, traffic, now)

    def close(self, order: Order, now: int) -> Asked:
        """Ask for the close of a position by its name; it waits as long as it takes."""
        return self._ask(CommandKind.CLOSE, order, None, Traffic.EXIT, now)

    def protect(self, order: Order, now: int) -> Asked:
        """Ask to set the exits of a position; it waits as long as it takes."""
        return self._ask(CommandKind.PROTECT, order, None, Traffic.EXIT, now)

    def replace(self, order: Order, change: Change, traffic: Traffic, now: int) -> Asked:
        """Ask for a change; not while a cancel of the order waits."""
        if self._queue.holds(order.id, CommandKind.CANCEL):
            return DenialReason.REQUEST_IN_FLIGHT, "a cancel of the order waits to be sent"
        return self._ask(CommandKind.REPLACE, order, change, traffic, now)

    def cancel(self, order: Order, now: int) -> Asked:
        """Ask for a cancel; it waits as long as it takes."""
        return self._ask(CommandKind.CANCEL, order, None, Traffic.CANCEL, now)

    def _ask(
        self, kind: CommandKind, order: Order, change: Change | None, traffic: Traffic, now: int
    ) -> Asked:
        path = self._paths[kind]
        if path is None:
            text = f"{order.route.account.venue} takes no {kind.value}"
            return DenialReason.NOT_SUPPORTED, text
        if not (self._waiting or self._pacing.admitted) and path.admit(traffic, now):
            return now + path.leave_within_ns
        deadline = self._until(order, traffic, now)
        offer = Offer(order.id, kind, traffic, path, deadline, (order, change))
        return self._pacing.ask(offer, now)

    def _until(self, order: Order, traffic: Traffic, now: int) -> int:
        """Return the last moment at which a command may be sent."""
        terms = order.terms
        if traffic == Traffic.CANCEL or terms.closing:
            return _ALWAYS
        return self._deadline(now) if terms.wait_ns is None else now + terms.wait_ns


def _nothing(_event: object) -> None:
    """Ask for nothing."""


def _denial(dropped: Dropped[_Payload], now: int) -> Denial:
    wait = (dropped.ts - now) / 1e9
    if dropped.rule.startswith("risk "):
        reason = DenialReason.MESSAGE_RATE
    else:
        reason = _REASONS[dropped.reason]
    when = f"free in {wait:.3f} s" if 0 < wait < NEVER / 2e9 else "not free before its deadline"
    return reason, f"{dropped.rule} is used up, {when}"
