"""The live clock: nanoseconds UTC, anchored once to a clock that never goes back.

Reads no clock by itself: whoever makes it hands in the machine's, or those of a seeded loop.
"""

from collections.abc import Callable


class AnchoredClock:
    """Tell UTC by a monotonic clock.

    Steps of the wall clock after the start are not followed, so that time neither jumps nor goes
    back; a drift stays until the next start.
    """

    __slots__ = ("_monotonic_ns", "_offset_ns")

    def __init__(self, wall_ns: Callable[[], int], monotonic_ns: Callable[[], int]) -> None:
        self._monotonic_ns = monotonic_ns
        self._offset_ns = wall_ns() - monotonic_ns()

    def now(self) -> int:
        """Return nanoseconds UTC; never less than before."""
        return self._offset_ns + self._monotonic_ns()
