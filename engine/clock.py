"""Engine time: the moment of the event being processed, set by the kernel and by nothing else.

Reads no clock of the machine; live, the runner stamps events before they get here.
"""

from datetime import UTC, datetime

NANOSECONDS = 1_000_000_000


class Clock:
    """Hold engine time as integer nanoseconds UTC; it never goes back."""

    __slots__ = ("now",)

    def __init__(self, now: int = 0) -> None:
        self.now = now


def to_datetime(ts: int) -> datetime:
    """Return nanoseconds UTC as an aware datetime, cut to microseconds."""
    seconds, rest = divmod(ts, NANOSECONDS)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


def from_datetime(moment: datetime) -> int:
    """Return an aware datetime as nanoseconds UTC, exact to the microsecond.

    Raises ValueError for a naive one.
    """
    if moment.tzinfo is None:
        msg = f"{moment} has no time zone; give an aware datetime"
        raise ValueError(msg)
    since = moment - datetime.fromtimestamp(0, UTC)
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1000
