"""The two kinds of values that TOML has no exact word for: moments in UTC and spans of time.

Knows no section and no layer; it only turns one written value into nanoseconds.
"""

import re
from datetime import UTC, date, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_NS = 86_400_000_000_000
SPAN_PATTERN = "([1-9][0-9]{0,8})(ms|s|m|h|d)"
"""How a span of time is written, as a regular expression."""

_UNIT_NS = {
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": _DAY_NS,
}


class Moment:
    """Hold a date (a whole UTC day) or a date and time with its offset; `text` is its one spelling.

    As a start, a date means its midnight; as an end, which is exclusive, it means the midnight
    after it, so that the whole day is included. A time without an offset is refused: nobody can
    know which clock was meant.
    """

    __slots__ = ("ns", "text", "whole_day")

    def __init__(self, written: object) -> None:
        value = _parse(written) if isinstance(written, str) else written
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError(
                    f"{value.isoformat()} has no offset; write {value.isoformat()}Z for UTC"
                )
            utc = value.astimezone(UTC)
            self.text = utc.isoformat().replace("+00:00", "Z")
        elif isinstance(value, date):
            utc = datetime(value.year, value.month, value.day, tzinfo=UTC)
            self.text = value.isoformat()
        else:
            raise ValueError(f"{written!r} is no date; write 2022-01-31 or 2022-01-31T09:30:00Z")  # noqa: TRY004
        self.whole_day = not isinstance(value, datetime)
        self.ns = (utc - _EPOCH) // timedelta(microseconds=1) * 1000

    @property
    def end_ns(self) -> int:
        """Return the exclusive end this moment stands for, in nanoseconds UTC."""
        return self.ns + _DAY_NS if self.whole_day else self.ns

    def __repr__(self) -> str:
        return f"Moment({self.text!r})"

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moment) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


def span_ns(text: str) -> int:
    """Return a length of time written as `250ms`, `30s`, `15m`, `8h` or `1d` in nanoseconds.

    Raises ValueError for anything else.
    """
    found = re.fullmatch(SPAN_PATTERN, text)
    if found is None:
        raise ValueError(f"{text!r} is no span of time; write a number and ms, s, m, h or d")
    return int(found[1]) * _UNIT_NS[found[2]]


def _parse(text: str) -> date | datetime | str:
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return text
