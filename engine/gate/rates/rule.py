"""What limits the rate of requests: rules, what they count, and what each class of traffic may use.

Counts nothing; `engine.gate.rates.count` does, and `engine.gate.rates.check` refuses bad rules.
"""

from enum import IntEnum, StrEnum

import msgspec


class Traffic(IntEnum):
    """Name the classes of traffic; the smaller goes first when several wait."""

    CANCEL = 0
    EXIT = 1
    ENTRY = 2
    AUTOMATIC = 3
    """What the edge sends by itself: retries of reads, resubscribes, heartbeats, token refresh."""


class CommandKind(StrEnum):
    """Name the kinds of commands, as tables of costs and weights of rules spell them."""

    SUBMIT = "submit"
    REPLACE = "replace"
    CANCEL = "cancel"
    CLOSE = "close"
    PROTECT = "protect"


class Level(StrEnum):
    """Name what has a count of its own under a rule: the whole venue, an account or a strategy."""

    VENUE = "venue"
    ACCOUNT = "account"
    STRATEGY = "strategy"


class Mark(StrEnum):
    """Say how certain a limit is: read in the venue's words, inferred, or set by the user."""

    SEEN = "seen"
    INFERRED = "inferred"
    CONFIGURED = "configured"


class SlidingWindow(msgspec.Struct, frozen=True, tag="sliding"):
    """Allow `limit` in any `window_ns` of the venue's clock, both edges included."""

    limit: int
    window_ns: int


class FixedWindow(msgspec.Struct, frozen=True, tag="fixed"):
    """Allow `limit` in each of the venue's windows, which follow one another without overlap.

    `phase_ns` is the start of any one window in nanoseconds UTC. None means that nobody knows it,
    or that the first request opens a window: then no stretch of `window_ns` may hold more than
    `limit`. A known phase needs a bound of the difference between our clock and the venue's.
    """

    limit: int
    window_ns: int
    phase_ns: int | None = None
    clock_error_ns: int = 0


class RateRule(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one limit, what draws on it, and how it is shared out.

    `weights` gives the weight of each endpoint or kind of command that draws on the rule; empty
    means every request to the venue, weight 1. Of the limit, `automatic_share` is what the edge
    may use by itself, `cancel_reserve` is for cancels alone, and `exit_reserve` for cancels and
    exits; entries have the rest. `jitter_ns` bounds how much later than others a request may
    reach the venue after its decision; `drift_ppm` how much slower than ours the venue's clock
    may run, in parts per million.
    """

    name: str
    window: SlidingWindow | FixedWindow
    per: Level = Level.VENUE
    weights: dict[str, int] = {}
    cancel_reserve: int = 0
    exit_reserve: int = 0
    automatic_share: int = 0
    jitter_ns: int = 0
    drift_ppm: int = 0
    mark: Mark = Mark.CONFIGURED
    source: str = ""

    @property
    def allowances(self) -> tuple[int, int, int]:
        """Return how many units cancels, exits and entries may find or make in a window."""
        cancels = self.window.limit - self.automatic_share
        exits = cancels - self.cancel_reserve
        return cancels, exits, exits - self.exit_reserve

    @property
    def guarded_ns(self) -> int:
        """Return the window in our clock, long enough for every jitter and drift within bounds.

        Two decisions d apart reach the venue at least `(d - jitter) * (1 - drift)` apart in its
        clock, so those more than `window / (1 - drift) + jitter` apart never share a window.
        """
        slowest = 1_000_000 - self.drift_ppm
        return -(-self.window.window_ns * 1_000_000 // slowest) + self.jitter_ns

    def weight(self, name: str, *, is_request: bool) -> int:
        """Return what one `name` draws: an endpoint (`is_request`) or a kind of command."""
        if self.weights:
            return self.weights.get(name, 0)
        return 1 if is_request else 0


class VenueRates(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a venue's limits and what each command costs there.

    `costs` gives for a kind of command the requests it makes, by endpoint (Binck: a submit is a
    preview and an order, 2). A kind without costs is not sent to this venue. An order in a list
    costs as much as one sent alone. `endpoints` names every group of requests that limits know.
    `replace_adds` says that a replace makes a new order, which may fill beside the one it replaces.
    `keeps_reduce_only` says that the venue lets no reduce-only order turn a position around,
    `keeps_protection` that it takes the exits of a position with the order that opens it.
    """

    venue: str
    endpoints: tuple[str, ...]
    costs: dict[CommandKind, dict[str, int]] = {}
    rules: tuple[RateRule, ...] = ()
    replace_adds: bool = False
    keeps_reduce_only: bool = True
    keeps_protection: bool = False

    def units(self, rule: RateRule, kind: CommandKind) -> int:
        """Return how many units of `rule` one command draws; 0 when it does not draw on it."""
        requests = sum(
            count * rule.weight(endpoint, is_request=True)
            for endpoint, count in self.costs.get(kind, {}).items()
        )
        return requests + rule.weight(kind.value, is_request=False)


class Scope(msgspec.Struct, frozen=True):
    """Name what an event of the venue or the edge is about; empty means unknown, hence all."""

    venue: str
    account: str = ""
    endpoint: str = ""
    strategy: str = ""


class BudgetUsed(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Record requests that the edge sent by itself at `ts_event`, before the kernel heard of it."""

    scope: Scope
    count: int
    ts_event: int
    ts_recv: int


class RateLimited(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Record that the venue refused a request because of its rate (HTTP 429 and its like).

    `retry_after_ns` is how long it asked to stay away, None when it did not say: then every
    allowance is halved for `slow_ns`.
    """

    scope: Scope
    ts_recv: int
    retry_after_ns: int | None = None
    slow_ns: int = 60_000_000_000
