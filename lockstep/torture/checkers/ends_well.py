"""Check that a run ended as it was asked to.

Says nothing about what it did until then.
"""

from collections.abc import Iterator

from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record

_VENUE = 3
"""The exit code of what the venue or the login is to blame for."""


def ends_well(record: Record) -> Iterator[Breach]:
    """Demand that nothing crashes, nothing waits for ever, and every life ends in order.

    A life that a venue has ended for good says so in its exit code; another follows.
    """
    if record.crash:
        yield Breach(record.ended, record.crash)
    for life in record.lives:
        if life.exit_code not in (None, 0, _VENUE):
            yield Breach(life.ended, f"life {life.number} ended with exit code {life.exit_code}")
