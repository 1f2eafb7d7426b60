"""Cross between the venue's times and nanoseconds UTC.

Reads no clock.
"""

from connectors.frame.iso_time import from_iso
from engine.clock import to_datetime
from engine.errors import ValueRefused

_SECOND_NS = 1_000_000_000


def time_ns(text: str | None, otherwise: int) -> int:
    """Return the nanoseconds of a time of the venue; `otherwise` where it gives none or nonsense.

    A time without a zone is UTC, as Slim writes some.
    """
    if not text:
        return otherwise
    try:
        return from_iso(text)
    except ValueRefused:
        return otherwise


def time_text(ts: int) -> str:
    """Return a time as the venue writes it: ISO 8601 with seven decimals and a Z."""
    return f"{to_datetime(ts):%Y-%m-%dT%H:%M:%S}.{ts % _SECOND_NS // 100:07d}Z"
