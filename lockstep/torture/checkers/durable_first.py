"""Check that whatever left had been written down before.

Asks the disk and not the journal.
"""

from collections.abc import Iterator

from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record


def durable_first(record: Record) -> Iterator[Breach]:
    """Demand that no command is carried out that the disk does not hold."""
    if record.scenario.loaded.config.live.journal.durability == "buffered":
        return
    for sent in record.sent:
        if not sent.is_durable:
            yield Breach(sent.ts, f"{sent.command} left before it was on the disk")
