"""Hold the ratios that a comparison must keep, and judge measured medians against them.

Absolute figures are never judged here: only ratios within one run are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.contract import Result

Measure = Literal["run", "process"]


@dataclass(frozen=True, slots=True)
class Limit:
    """Bound Lockstep's figure divided by another engine's in the same work and run.

    `run` is the run's time for each event, `process` the whole process at equal rows.
    """

    work: int
    measure: Measure
    against: str
    at_most: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Give the ratio that was measured for a limit."""

    limit: Limit
    ratio: float

    @property
    def holds(self) -> bool:
        """Tell whether the ratio keeps the limit."""
        return self.ratio <= self.limit.at_most


# the targets are 1,250 ns a bar (800,000 bars/s) and 1,429 ns an event (700,000 events/s) on the
# reference machine, 1,000 ns a change of a book called on changes of the touch; the floor there is
# estimated, not measured, at 250, 320 and 200 ns (see README.md)
FLOOR_LIMITS = (
    Limit(1, "run", "floor", 5.0),
    Limit(2, "run", "floor", 4.5),
    Limit(3, "run", "floor", 5.0),
)
PEER_LIMITS = (
    Limit(1, "process", "vnpy", 1 / 3),
    Limit(1, "process", "basana", 1 / 8),
    *(
        Limit(1, "run", peer, 1.0)
        for peer in ("vnpy", "vnpy-talib", "backtesting.py", "basana", "nautilus", "backtrader")
    ),
    *(Limit(2, "run", peer, 1.0) for peer in ("nautilus", "vnpy", "hftbacktest-python")),
    *(Limit(3, "run", peer, 1.0) for peer in ("nautilus", "hftbacktest-python")),
)


def judge(work: int, medians: Mapping[str, Result]) -> list[Verdict]:
    """Return a verdict for each limit of this work whose two engines were measured."""
    ours = medians.get("lockstep")
    if ours is None:
        return []
    return [
        Verdict(limit, ratio)
        for limit in (*FLOOR_LIMITS, *PEER_LIMITS)
        if limit.work == work and limit.against in medians
        for ratio in _ratios(limit.measure, ours, medians[limit.against])
    ]


def unmeasured(work: int, medians: Mapping[str, Result]) -> list[Limit]:
    """Return the limits of this work that lack an engine's figures, or equal rows."""
    judged = [verdict.limit for verdict in judge(work, medians)]
    return [
        limit
        for limit in (*FLOOR_LIMITS, *PEER_LIMITS)
        if limit.work == work and limit not in judged
    ]


def _ratios(measure: Measure, ours: Result, other: Result) -> list[float]:
    if measure == "run":
        return [ours.ns_per_event / other.ns_per_event]
    return [ours.proc_s / other.proc_s] if ours.n == other.n else []
