"""Read the five fields of a cron expression.

Knows no time zone: which instant a local time is, `engine.timers.Cron` decides.
"""

import re
from datetime import date

import msgspec

from engine.errors import ValueRefused

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?", re.ASCII)


class CronFields(msgspec.Struct, frozen=True):
    """Hold the values that each field names, rising; `either_day` joins the day fields by or.

    `minutes_of_day` are minutes after local midnight, `weekdays` count from 0 = Sunday.
    """

    text: str
    minutes_of_day: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    either_day: bool

    def matches(self, day: date) -> bool:
        """Return whether the expression fires on a day at all."""
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_day or by_weekday if self.either_day else by_day and by_weekday


class _Field(msgspec.Struct, frozen=True):
    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 7, _WEEKDAYS),
)


def parse_cron(text: str) -> CronFields:
    """Return the fields of an expression; raises ValueRefused naming the field that is wrong."""
    parts = text.lower().split()
    if len(parts) != len(_FIELDS):
        msg = f"cron {text!r} has {len(parts)} fields; give five: minute hour day month weekday"
        raise ValueRefused(msg)
    values = [_values(field, part, text) for field, part in zip(_FIELDS, parts, strict=True)]
    minutes, hours, days, months, weekdays = values
    either = not (parts[2].startswith("*") or parts[4].startswith("*"))
    if not either and days[0] > max(_LONGEST[month - 1] for month in months):
        msg = f"cron {text!r} never fires: no such day in these months; mend the day of month"
        raise ValueRefused(msg)
    return CronFields(
        text=" ".join(parts),
        minutes_of_day=tuple(hour * 60 + minute for hour in hours for minute in minutes),
        days=days,
        months=months,
        weekdays=tuple(sorted(dict.fromkeys(day % 7 for day in weekdays))),
        either_day=either,
    )


def _values(field: _Field, part: str, text: str) -> tuple[int, ...]:
    values: list[int] = []
    for item in part.split(","):
        numbers = _item(field, item)
        if not numbers:
            msg = (
                f"cron {text!r}: {field.name} {item!r} cannot be read; use *, "
                f"numbers from {field.low} to {field.high}, ranges a-b and steps */n or a-b/n"
            )
            raise ValueRefused(msg)
        values.extend(numbers)
    return tuple(sorted(dict.fromkeys(values)))


def _item(field: _Field, item: str) -> range:
    """Return the values of one item of a list, none when it cannot be read."""
    found = _PART.fullmatch(item)
    if found is None:
        return range(0)
    step = int(found["step"] or 1)
    first, last = _bounds(field, found["first"], found["last"])
    lone_with_step = found["first"] and not found["last"] and found["step"]
    if first < field.low or last > field.high or step < 1 or lone_with_step:
        return range(0)
    return range(first, last + 1, step)


def _bounds(field: _Field, first: str | None, last: str | None) -> tuple[int, int]:
    if first is None:
        return field.low, min(field.high, 6) if field.words is _WEEKDAYS else field.high
    low = _number(field, first)
    high = low if last is None else _number(field, last)
    if field.words is _WEEKDAYS and high == 0 < low:
        high = 7  # fri-sun: Sunday ends a range as 7
    return low, high


def _number(field: _Field, word: str) -> int:
    """Return a number or the number of a name; -1 for what is neither."""
    if word.isdecimal():
        return int(word)
    return field.words.index(word) + field.low if word in field.words else -1
