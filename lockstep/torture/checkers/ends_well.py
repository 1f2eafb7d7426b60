"""Check that a run ended as it was asked to.

Says nothing about what it did until then.
"""

from collections.abc import Iterator

from engine.model.risk import FIRM, Cause
from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Life, Record

_VENUE, _HALTED = 3, 4
"""The exit codes of what the venue or the login is to blame for, and of trading that is killed."""


def ends_well(record: Record) -> Iterator[Breach]:
    """Demand that nothing crashes, nothing waits for ever, and every life ends in order.

    A life that a venue has ended for good says so in its exit code, and one that ended while a
    person had trading killed in its own; another follows.
    """
    if record.crash:
        yield Breach(record.ended, record.crash)
    for life in record.lives:
        if life.exit_code not in (None, 0, _VENUE, _HALTED if _is_killed(life) else None):
            yield Breach(life.ended, f"life {life.number} ended with exit code {life.exit_code}")


def _is_killed(life: Life) -> bool:
    """Say whether the kill switch was latched when a life ended."""
    kernel = life.kernel
    return kernel is not None and kernel.control.latches.find(FIRM, Cause.KILL_SWITCH) is not None
