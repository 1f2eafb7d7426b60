"""Figures of a running engine: cheap to count on the hot path, read when somebody asks.

Exports nothing by itself; `engine.telemetry.exposition` puts the figures into Prometheus' words.
"""

from bisect import bisect_left
from enum import StrEnum

import msgspec

BOUNDS_NS: tuple[int, ...] = tuple(step * 10**power for power in range(3, 10) for step in (1, 2, 5))
"""Upper bounds of a histogram's buckets, in nanoseconds: 1 µs to 5 s, three to a decade."""


class Stage(StrEnum):
    """Name the stages between a frame in the socket and an order on the wire."""

    PARSE = "parse"
    """From the read of a frame of market data to the turn of its event, waiting included."""
    KERNEL = "kernel"
    """From the event to what strategies decided on it, callbacks included, the gate left out."""
    GATE = "gate"
    """The gate's verdicts on what they decided."""
    JOURNAL = "journal"
    """From the verdicts to their durability."""
    SEND = "send"
    """From durability to the hand-over of the orders; sockets have their frames by then."""
    TOTAL = "wire_to_wire"
    """From the read of the frame, or the moment a timer was due, to the end of that hand-over."""


class Histogram:
    """Count durations in fixed buckets; `counts` has one more entry than there are bounds."""

    __slots__ = ("counts", "sum_ns")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_NS) + 1)
        self.sum_ns = 0

    def observe(self, duration_ns: int) -> None:
        """Count one duration, in nanoseconds."""
        self.counts[bisect_left(BOUNDS_NS, duration_ns)] += 1
        self.sum_ns += duration_ns

    @property
    def count(self) -> int:
        """Return how many durations were counted."""
        return sum(self.counts)

    def quantile(self, part: float) -> int:
        """Return the upper bound, in nanoseconds, of the bucket where `part` (0 to 1) is reached.

        0 when nothing was counted; durations beyond the last bound give the last bound.
        """
        wanted = part * self.count
        seen = 0
        for bound, count in zip(BOUNDS_NS, self.counts, strict=False):
            seen += count
            if seen and seen >= wanted:
                return bound
        return BOUNDS_NS[-1] if self.count else 0


class Meters(msgspec.Struct):
    """Hold every figure; whoever owns the fact writes it here.

    `feed_ns` is the engine time of the last event of an instrument, `headroom` how many commands a
    rate rule would still let through, `worth` the equity and realised profit of an account, in its
    currency. Dictionaries grow with what is configured, never with what happens.
    """

    stages: dict[Stage, Histogram] = msgspec.field(
        default_factory=lambda: {stage: Histogram() for stage in Stage}
    )
    loop_lag: Histogram = msgspec.field(default_factory=Histogram)
    events: dict[str, int] = {}
    commands: dict[str, int] = {}
    denials: dict[str, int] = {}
    coalesced: dict[str, int] = {}
    reconnects: dict[str, int] = {}
    feed_ns: dict[str, int] = {}
    headroom: dict[str, int] = {}
    worth: dict[str, tuple[float, float]] = {}
    inbox_depth: int = 0
    open_orders: int = 0
    unknown_orders: int = 0
    stalls: int = 0
    alerts_lost: int = 0


def count(figures: dict[str, int], key: str, by: int = 1) -> None:
    """Add to one of the meters' counters."""
    figures[key] = figures.get(key, 0) + by
