"""Times of the wire in ISO 8601, to and from nanoseconds UTC.

Reads no clock. A time without an offset is taken as UTC: venues that mean another zone convert it
first.
"""

from datetime import UTC, datetime

from engine.clock import from_datetime, to_datetime
from engine.errors import ValueRefused


def from_iso(text: str) -> int:
    """Return an ISO 8601 time as nanoseconds UTC; digits beyond the ninth are cut.

    Raises ValueRefused for what is no time.
    """
    head, point, tail = text.partition(".")
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))] if point else ""
    try:
        moment = datetime.fromisoformat(head + tail[len(digits) :])
    except ValueError:
        raise ValueRefused(
            f"{text!r} is no time in ISO 8601; the venue's answer is wrong"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return from_datetime(moment) + int(digits[:9].ljust(9, "0"))


def to_iso(ts: int) -> str:
    """Return nanoseconds UTC as `YYYY-MM-DDTHH:MM:SS.sssZ`, cut to milliseconds."""
    return to_datetime(ts).isoformat(timespec="milliseconds").replace("+00:00", "Z")
