"""The clock of a simulated venue, which may be wrong and be set anew while it runs.

Drives nothing: waiting is by the clock of the program.
"""

from connectors.frame.timing import Clock
from connectors.simulation.faults import Fault, FaultPlan


class VenueClock:
    """Tell the venue's time: that of `clock` until a fault makes it differ.

    Unlike the program's own it may go back.
    """

    def __init__(self, clock: Clock, faults: FaultPlan) -> None:
        self._clock = clock
        self._faults = faults
        self._ahead_ns = 0

    def now(self) -> int:
        """Return nanoseconds UTC as the venue has them."""
        return self._clock.now() + self._ahead_ns

    def begin(self) -> None:
        """Take the offset of a clock that was never right, where that is so."""
        self._move(Fault.SKEW)

    def pass_event(self) -> None:
        """Let somebody set the clock, now that anything has happened."""
        self._move(Fault.CLOCK_JUMP)

    def _move(self, fault: Fault) -> None:
        if self._faults.strikes(fault, "venue"):
            sign = 1 if self._faults.share(fault) < 0.5 else -1
            self._ahead_ns += sign * self._faults.span_ns(fault)
