"""The sections that say how often requests may be sent, and what becomes of those over a limit.

Holds no venue's limits: connectors ship theirs, and what is written here is laid over them.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from engine.config.values import SPAN_PATTERN, Moment, span_ns
from engine.config.words import Count, about, spelled

Units = Annotated[int, Meta(ge=1, le=1_000_000)]
Span = Annotated[str, spelled(f"^{SPAN_PATTERN}$", "a span such as 250ms, 1s or 1m")]
Margin = Annotated[str, spelled(f"^(0|{SPAN_PATTERN})$", "0, or a span such as 250ms")]
PartsPerMillion = Annotated[int, Meta(ge=0, le=100_000)]


class RateRuleConfig(Struct, frozen=True, kw_only=True):
    """Change a shipped rule, or make one: what is absent stays as shipped, else as by default."""

    enabled: Annotated[bool, about("false removes a shipped rule")] = True
    limit: Annotated[Units | None, about("most units in one window")] = None
    window: Annotated[Span | None, about("length of the window")] = None
    shape: Annotated[
        Literal["sliding", "fixed"] | None, about("whether windows roll or follow one another")
    ] = None
    phase: Annotated[
        Moment | None, about("start of any one fixed window; absent when nobody knows")
    ] = None
    clock_error: Annotated[
        Margin | None, about("most that our clock differs from the venue's; for a known phase")
    ] = None
    per: Annotated[
        Literal["venue", "account", "strategy"] | None, about("what has a count of its own")
    ] = None
    weights: Annotated[
        dict[str, Count] | None, about("units by endpoint or kind of command; absent means all")
    ] = None
    cancel_reserve: Annotated[Count | None, about("units that only cancels may use")] = None
    exit_reserve: Annotated[Count | None, about("units that only cancels and exits may use")] = None
    automatic_share: Annotated[Count | None, about("units for what the engine sends by itself")] = (
        None
    )
    jitter: Annotated[Margin | None, about("most that one request is later than another")] = None
    drift_ppm: Annotated[
        PartsPerMillion | None, about("most that the venue's clock runs slow, in millionths")
    ] = None


class VenueRatesConfig(Struct, frozen=True, kw_only=True):
    """Change the rules of one venue, and what a command costs there."""

    costs: Annotated[
        dict[str, dict[str, Count]], about("requests by endpoint, for each kind of command")
    ] = {}
    rules: dict[str, RateRuleConfig] = {}


class RatePolicyConfig(Struct, frozen=True, kw_only=True):
    """Say what becomes of a command over a limit."""

    on_limit: Annotated[Literal["deny", "wait"], about("deny it, or let it wait for its turn")] = (
        "deny"
    )
    wait_max: Annotated[Span, about("after this long it is dropped instead of sent late")] = "1s"

    def deadline(self, now: int) -> int:
        """Return the last moment (ns) at which what is offered at `now` may be admitted."""
        return now if self.on_limit == "deny" else now + span_ns(self.wait_max)


class RatesConfig(Struct, frozen=True, kw_only=True):
    """Hold the policies by strategy and the changes to venues' limits."""

    policy: RatePolicyConfig = RatePolicyConfig()
    strategy: dict[str, RatePolicyConfig] = {}
    venue: dict[str, VenueRatesConfig] = {}
    queue_max: Annotated[Units, about("most commands of a class of traffic that wait")] = 10_000
    assume_empty: Annotated[
        bool, about("without a snapshot, trust that nothing was sent before the start")
    ] = False
