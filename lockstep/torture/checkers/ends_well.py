"""Check that a run ended as it was asked to.

Says nothing about what it did until then.
"""

from collections.abc import Iterator

from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record


def ends_well(record: Record) -> Iterator[Breach]:
    """Demand that nothing crashes, nothing waits for ever, and every life ends in order."""
    if record.crash:
        yield Breach(record.ended, record.crash)
    for life in record.lives:
        if life.exit_code not in (None, 0):
            yield Breach(life.ended, f"life {life.number} ended with exit code {life.exit_code}")
