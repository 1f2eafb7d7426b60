"""Cross between instants and the wall clocks of named time zones.

Reads no clock: every function takes the time it speaks of.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from engine.errors import ValueRefused

SECOND_NS = 1_000_000_000
"""Nanoseconds in a second."""

NEVER = 2**63 - 1
"""A time later than any event; what the largest 64-bit integer holds (in the year 2262)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=256)
def time_zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name such as `Europe/Moscow`, by the rules of package tzdata.

    The machine's own rules are not looked at, so that a run comes out the same everywhere. Raises
    ValueRefused when the data has no such zone.
    """
    folder, _, city = name.rpartition("/")
    place = ".".join(["tzdata", "zoneinfo", *filter(None, folder.split("/"))])
    try:
        with resources.files(place).joinpath(city).open("rb") as rules:
            return ZoneInfo.from_file(rules, key=name)
    except (OSError, ValueError, LookupError, ImportError, TypeError):
        msg = f"time zone {name!r} is unknown; give an IANA name such as America/New_York"
        raise ValueRefused(msg) from None


def local_time(ts_ns: int, zone: ZoneInfo) -> datetime:
    """Return what the wall clock of `zone` shows at an instant, cut down to the second."""
    return (_EPOCH + timedelta(seconds=ts_ns // SECOND_NS)).astimezone(zone)


def instant(day: date, second: int, zone: ZoneInfo) -> int:
    """Return the instant, in nanoseconds UTC, when the wall clock of `zone` reads that time.

    A time that the clock skips becomes the first instant after the gap; a time that it shows twice
    is the first of the two. `second` counts from midnight; 86,400 and more mean a later day.
    """
    wall = datetime(day.year, day.month, day.day) + second * _SECOND  # noqa: DTZ001 - a wall clock
    early = _epoch_second(wall, zone, fold=0)
    late = _epoch_second(wall, zone, fold=1)
    if late < early:  # in a gap the later offset lands before it and the earlier one after it
        early = _first_second_after_gap(late, early, zone)
    return early * SECOND_NS


def _epoch_second(wall: datetime, zone: ZoneInfo, fold: int) -> int:
    return (wall.replace(tzinfo=zone, fold=fold) - _EPOCH) // _SECOND


def _first_second_after_gap(before: int, after: int, zone: ZoneInfo) -> int:
    offset = _offset(before, zone)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, zone) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(second: int, zone: ZoneInfo) -> timedelta | None:
    return local_time(second * SECOND_NS, zone).utcoffset()
