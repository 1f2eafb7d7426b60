"""The limits that one kind of command of one strategy draws on, put together once at start.

Keeps no state of its own: the counts belong to `RateLimits` and are shared between paths.
"""

from collections import deque
from collections.abc import Callable

from engine.gate.rates.count import RateCount, RollingCount
from engine.gate.rates.rule import Traffic

Draw = tuple[str, RateCount, int]
"""A rule's name, its count, and the units that one command draws."""

_Read = tuple[RateCount, deque[int], int, int]
"""A count, its send times, and the index and reach of the one that must have aged."""


class RatePath:
    """Decide and count the commands that draw on the same limits.

    `lane` names whose commands they are: those of one lane wait in one line.
    """

    __slots__ = ("_reads", "_writes", "draws", "lane", "leave_within_ns")

    def __init__(self, lane: str, draws: tuple[Draw, ...], leave_within_ns: int) -> None:
        self.lane = lane
        self.draws = draws
        self.leave_within_ns = leave_within_ns
        self._reads = tuple(_reads(draws, traffic) for traffic in Traffic)
        self._writes: tuple[Callable[[int], None], ...] = tuple(
            count.times.append
            for _, count, units in draws
            if isinstance(count, RollingCount)
            for _ in range(units)
        )

    def admit(self, traffic: Traffic, now: int, orders: int = 1) -> bool:
        """Count `orders` commands as sent at `now` and return True; when one limit is short, False.

        All are counted or none. What is admitted must leave within `leave_within_ns` or not at
        all: that is the jitter the limits are proven for. `now` does not go back.
        """
        reads = self._reads[traffic]
        if reads is None or orders != 1:
            return self._admit(traffic, now, orders)
        for count, times, slot, reach_ns in reads:
            if times[slot] + reach_ns > now or count.slowed_until > now:
                return self._admit(traffic, now, orders)
        for write in self._writes:
            write(now)
        return True

    def ready(self, traffic: Traffic, now: int, orders: int = 1) -> int:
        """Return the first moment from `now` at which it fits, if nothing else is sent before.

        `NEVER` for more orders than a limit ever admits at once.
        """
        ts = now
        for _, count, units in self.draws:
            ts = max(ts, count.ready(traffic, units * orders, now))
        return ts

    def short(self, traffic: Traffic, now: int, orders: int = 1) -> tuple[Draw, ...]:
        """Return the draws that do not fit at `now`, the one that takes longest first."""
        waits = [
            (-count.ready(traffic, units * orders, now), number)
            for number, (_, count, units) in enumerate(self.draws)
        ]
        return tuple(self.draws[number] for ts, number in sorted(waits) if -ts > now)

    def _admit(self, traffic: Traffic, now: int, orders: int) -> bool:
        for _, count, units in self.draws:
            if count.ready(traffic, units * orders, now) > now:
                return False
        for _, count, units in self.draws:
            count.take(units * orders, now)
        return True


def _reads(draws: tuple[Draw, ...], traffic: Traffic) -> tuple[_Read, ...] | None:
    """Lay out what one command reads, so that deciding it calls nothing; None where that fails."""
    reads: list[_Read] = []
    for _, count, units in draws:
        if not isinstance(count, RollingCount) or units > count.allowed[traffic]:
            return None
        reads.append((count, count.times, count.slot(traffic, units), count.reach_ns))
    return tuple(reads)
