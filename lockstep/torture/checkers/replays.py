"""Check that every journal replays to the same decisions.

The replay itself is made when the run is over.
"""

from collections.abc import Iterator

from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record


def replays(record: Record) -> Iterator[Breach]:
    """Demand that a replay of each life decides what was decided."""
    for life in record.lives:
        found = life.difference
        if found is not None:
            ts = getattr(found.cause, "ts_recv", life.ended)
            told = f"{found.recorded!r} was decided, replayed {found.replayed!r}"
            yield Breach(ts, f"life {life.number}, entry {found.sequence}: {told}")
