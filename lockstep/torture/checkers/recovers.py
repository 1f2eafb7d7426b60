"""Check that a bot is whole again once nothing goes wrong any more.

Judges the moment before the bot is stopped.
"""

from collections.abc import Iterator

from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record


def recovers(record: Record) -> Iterator[Breach]:
    """Demand that the last life is connected, reconciled and trading when its time is over."""
    last = record.lives[-1] if record.lives else None
    if last is not None and last.exit_code is not None and not last.is_ready:
        yield Breach(last.ended, f"life {last.number} was not ready: {last.state}")
