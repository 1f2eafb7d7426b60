"""Check that a bot is whole again once nothing goes wrong any more.

Judges the moment before the bot is stopped.
"""

from collections.abc import Iterator

from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record

BOUND_NS = 20_000_000_000
"""How long a bot may take until it trades."""


def recovers(record: Record) -> Iterator[Breach]:
    """Demand that the last life is connected, reconciled and trading when its time is over.

    One that has only just begun is given its time.
    """
    last = record.lives[-1] if record.lives else None
    if last is None or last.exit_code is None or last.stopped - last.began < BOUND_NS:
        return
    if not last.is_ready:
        yield Breach(last.ended, f"life {last.number} was not ready: {last.state}")
