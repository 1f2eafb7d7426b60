"""What narrows trading: states of scopes, and the events that set, clear and override them.

Decides nothing; `engine.gate.control` takes the events, and makes those that the engine causes.
"""

from enum import StrEnum

import msgspec

from engine.errors import ValueRefused
from engine.model.reports import DenialReason

ENGINE = "engine"
"""Who sets a latch that no person did."""


class RiskState(StrEnum):
    """Name what a scope may do: everything, only what reduces the worst case, or only cancel."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"


SEVERITY = {state: number for number, state in enumerate(RiskState)}
"""The order of the states: of several that apply to an order, the most severe holds."""


class ScopeLevel(StrEnum):
    """Name what a limit, a latch or an override may be about."""

    FIRM = "firm"
    ACCOUNT = "account"
    STRATEGY = "strategy"
    INSTRUMENT = "instrument"


class RiskScope(msgspec.Struct, frozen=True, gc=False):
    """Name one firm, account, strategy or instrument; the firm is everything and has no name."""

    level: ScopeLevel
    name: str = ""

    def __post_init__(self) -> None:
        if (self.level == ScopeLevel.FIRM) == bool(self.name):
            msg = f"scope {self.level} {self.name!r}: every level but the firm takes a name"
            raise ValueRefused(msg)

    def __str__(self) -> str:
        """Return how a person says it."""
        return f"{self.level} {self.name}".rstrip()


FIRM = RiskScope(ScopeLevel.FIRM)


class Cause(StrEnum):
    """Name why a scope is not ACTIVE; each is also the reason of the denials that follow from it.

    One scope may be latched for several causes at once, each cleared for itself.
    """

    PAUSED = "paused"
    KILL_SWITCH = "kill_switch"
    DAILY_LOSS = "daily_loss"
    DRAWDOWN = "drawdown"
    EXECUTION_THROTTLE = "execution_throttle"
    LIMIT_BREACHED = "limit_breached"
    STORAGE = "storage"


class LatchSet(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Hold a scope in a state until the same cause is cleared, over restarts too."""

    scope: RiskScope
    cause: Cause
    state: RiskState
    by: str
    reason: str
    ts_recv: int

    def __post_init__(self) -> None:
        _check_person("latch", self.by, self.reason)
        if self.state == RiskState.ACTIVE:
            msg = f"a latch cannot make {self.scope} active; clear the one that holds it"
            raise ValueRefused(msg)


class LatchCleared(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Take one cause away from a scope; a person does, and says why."""

    scope: RiskScope
    cause: Cause
    by: str
    reason: str
    ts_recv: int

    def __post_init__(self) -> None:
        _check_person("clearing", self.by, self.reason)


class RiskStateChanged(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Record that a scope went from one state to another."""

    scope: RiskScope
    before: RiskState
    after: RiskState
    cause: Cause
    ts: int


OVERRIDABLE = (
    DenialReason.ORDER_VALUE,
    DenialReason.POSITION_LIMIT,
    DenialReason.GROSS_LIMIT,
    DenialReason.OPEN_ORDERS,
    DenialReason.NET_LIMIT,
    DenialReason.OPEN_VALUE,
    DenialReason.PRICE_COLLAR,
    DenialReason.DUPLICATE_ORDER,
    DenialReason.SESSION_CLOSED,
    DenialReason.FEED_STALE,
    DenialReason.EXIT_UNKNOWN,
)
"""The rules that a person may let a scope pass for a time; a state is cleared instead."""


class OverrideGranted(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Let a scope pass one rule before `until` (ns); a person does, and says why."""

    scope: RiskScope
    rule: DenialReason
    until: int
    by: str
    reason: str
    ts_recv: int

    def __post_init__(self) -> None:
        _check_person("override", self.by, self.reason)
        if self.rule not in OVERRIDABLE:
            msg = f"{self.rule} cannot be overridden; only {', '.join(OVERRIDABLE)} can"
            raise ValueRefused(msg)


class OverrideEnded(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Record that an override's time is over."""

    scope: RiskScope
    rule: DenialReason
    ts: int


class BaselineKind(StrEnum):
    """Name what a loss is measured from: the worth at the day's start, or the highest so far."""

    DAY_START = "day_start"
    PEAK = "peak"


class BaselineSet(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Record a baseline, so that a restart measures from it; `ts_recv` is of the moment it held."""

    scope: RiskScope
    kind: BaselineKind
    worth: float
    ts_recv: int


class Flatten(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Pause a scope, cancel its orders and close what its strategies hold."""

    scope: RiskScope
    by: str
    reason: str
    ts_recv: int

    def __post_init__(self) -> None:
        _check_person("flatten", self.by, self.reason)


class CancelAll(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Cancel every order of a scope; its state stays as it is."""

    scope: RiskScope
    by: str
    reason: str
    ts_recv: int

    def __post_init__(self) -> None:
        _check_person("cancel of all", self.by, self.reason)


RiskEvent = (
    LatchSet
    | LatchCleared
    | RiskStateChanged
    | OverrideGranted
    | OverrideEnded
    | BaselineSet
    | Flatten
    | CancelAll
)


def _check_person(what: str, by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        msg = f"a {what} by {by!r} for {reason!r} is not told to anybody; say who and why"
        raise ValueRefused(msg)
