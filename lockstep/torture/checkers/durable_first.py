"""Check that whatever left had been written down before.

Asks the disk and not the journal.
"""

from collections.abc import Iterator

from connectors.simulation.faults import Fault
from engine.model.commands import CancelOrder
from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record

_FAILURES = (Fault.WRITE_FAILS, Fault.SYNC_FAILS, Fault.TORN_WRITE, Fault.DISK_FULL)


def durable_first(record: Record) -> Iterator[Breach]:
    """Demand that no command is carried out that the disk does not hold.

    Once the disk has failed, a cancel may: it adds no risk, and nothing could be written any more.
    """
    if record.scenario.loaded.config.live.journal.durability == "buffered":
        return
    failed = min((ts for ts, fault, _ in record.struck if fault in _FAILURES), default=None)
    for sent in record.sent:
        is_cancel = isinstance(sent.command, CancelOrder)
        if not sent.is_durable and not (is_cancel and failed is not None and failed <= sent.ts):
            yield Breach(sent.ts, f"{sent.command} left before it was on the disk")
