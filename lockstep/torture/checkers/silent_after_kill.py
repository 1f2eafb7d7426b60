"""Check that a kill switch keeps everything but cancels from leaving.

Looks at the kill of the whole firm.
"""

from collections.abc import Iterator

from engine.journal.entries import Kind
from engine.model.commands import CancelOrder
from engine.model.risk import FIRM, Cause, LatchCleared, LatchSet
from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record


def silent_after_kill(record: Record) -> Iterator[Breach]:
    """Demand that from a kill to its end nothing but cancels leaves, over restarts too."""
    spans = list(_killed(record))
    for sent in record.sent:
        if isinstance(sent.command, CancelOrder):
            continue
        if any(begin < sent.ts <= end for begin, end in spans):
            yield Breach(sent.ts, f"{sent.command} left after a kill")


def _killed(record: Record) -> Iterator[tuple[int, int]]:
    """Yield from when to when (ns) the firm was killed."""
    began: int | None = None
    for life in record.lives:
        for entry in life.entries:
            body = entry.body
            if entry.kind is not Kind.INPUT or not isinstance(body, LatchSet | LatchCleared):
                continue
            if body.scope != FIRM or body.cause is not Cause.KILL_SWITCH:
                continue
            if isinstance(body, LatchSet):
                began = body.ts_recv if began is None else began
            elif began is not None:
                yield began, body.ts_recv
                began = None
    if began is not None:
        yield began, record.ended
