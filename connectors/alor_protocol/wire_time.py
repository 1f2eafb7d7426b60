"""Cross between the venue's times and nanoseconds UTC.

Reads no clock.
"""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_SECOND_NS = 1_000_000_000
_SECONDS_TEXT = 19


def time_ns(text: str | None, otherwise: int) -> int:
    """Return the nanoseconds of an ISO 8601 time with up to nine decimals, with or without Z.

    A time without a zone is UTC, as Slim writes some. Returns `otherwise` for what is no time.
    """
    if not text:
        return otherwise
    try:
        moment = datetime.fromisoformat(text[:_SECONDS_TEXT]).replace(tzinfo=UTC)
        decimals = text[_SECONDS_TEXT:].rstrip("Z").lstrip(".")
        fraction = int(decimals[:9].ljust(9, "0")) if decimals else 0
    except ValueError:
        return otherwise
    return (moment - _EPOCH) // _SECOND * _SECOND_NS + fraction


def time_text(ts: int) -> str:
    """Return a time as the venue writes it: ISO 8601 with seven decimals and a Z."""
    seconds, fraction = divmod(ts, _SECOND_NS)
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction // 100:07d}Z"
