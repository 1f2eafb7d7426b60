"""When an instrument trades: weekly sessions in a named time zone, holidays and special days.

Knows no venue's status messages: an `InstrumentStatus` event overrides a calendar while it lasts.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cached_property
from itertools import chain

import msgspec

from engine.errors import ValueRefused
from engine.model.zones import NEVER, instant, local_time, time_zone

Hours = tuple[tuple[int, int], ...]
"""Opening and closing seconds after a day's midnight, rising; above 86,400 the next day."""

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY_S = 86_400
_SEARCH_DAYS = (2, 8, 32, 400)
_LARGEST_CACHE = 1_024


class Session(msgspec.Struct, frozen=True):
    """Give one weekly session: the days it opens on (0 = Monday), local times `HH:MM[:SS]`.

    It covers [open, close). A close at or before the open belongs to the next day.
    """

    days: tuple[int, ...]
    open: str
    close: str
    name: str = "main"

    def __post_init__(self) -> None:
        wrong = [day for day in self.days if not 0 <= day <= 6]
        if wrong or not self.days or len(dict.fromkeys(self.days)) < len(self.days):
            msg = (
                f"session {self.name!r} opens on days {self.days}; "
                "give each day once, from 0 (Monday) to 6 (Sunday)"
            )
            raise ValueRefused(msg)
        _hours(((self.open, self.close),), f"session {self.name!r}")


class SpecialDay(msgspec.Struct, frozen=True):
    """Give the (open, close) times of the sessions that open on `date` instead of the weekly ones.

    A half day has an early close, an extra trading day falls on a weekend.
    """

    date: str
    hours: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        _date(self.date)
        _hours(self.hours, f"special day {self.date}")


class Calendar(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Give the sessions of a week in `timezone`; no sessions at all means around the clock.

    A session belongs to the day on which it opens: a holiday (`YYYY-MM-DD`) has none, a special day
    has its own. A local time that a change of clocks skips is the first instant after the gap, one
    that occurs twice is its first occurrence. Raises ValueRefused for what cannot be a calendar.
    """

    timezone: str = "UTC"
    sessions: tuple[Session, ...] = ()
    holidays: tuple[str, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()

    def __post_init__(self) -> None:
        time_zone(self.timezone)
        named = [_date(text) for text in self.holidays]
        named += [_date(special.date) for special in self.special_days]
        if twice := [day for day in dict.fromkeys(named) if named.count(day) > 1]:
            msg = f"calendar names {twice[0]} more than once; leave one holiday or special day"
            raise ValueRefused(msg)
        week = sorted(
            (day * _DAY_S + start, day * _DAY_S + end, session.name)
            for session in self.sessions
            for start, end in _hours(((session.open, session.close),), session.name)
            for day in session.days
        )
        for (_, end, name), (start, _, other) in zip(week, _turned(week), strict=True):
            if end > start:
                msg = f"sessions {name!r} and {other!r} overlap; end one before the other opens"
                raise ValueRefused(msg)

    def interval(self, ts_ns: int) -> tuple[bool, int, int]:
        """Return `(is_open, start_ns, end_ns)` of the longest span around a time with one state.

        The state holds on [start_ns, end_ns), so a caller may keep it until `end_ns`. Sessions that
        touch are one span. Around the clock it is -NEVER to NEVER; any other span is cut about
        400 days from `ts_ns`.
        """
        if not (self.sessions or self.holidays or self.special_days):
            return True, -NEVER, NEVER
        day = local_time(ts_ns, time_zone(self.timezone)).date()
        found = (False, ts_ns, ts_ns)
        for radius in _SEARCH_DAYS:
            low, high, changes = self._changes(day, radius)
            at = bisect_right(changes, ts_ns)
            start = max(low, changes[at - 1]) if at else low
            end = min(high, changes[at]) if at < len(changes) else high
            found = (at % 2 == 1, start, end)
            if low < start and end < high:
                break
        return found

    def is_open(self, ts_ns: int) -> bool:
        """Return whether a session covers a time."""
        return self.interval(ts_ns)[0]

    def next_change(self, ts_ns: int) -> int:
        """Return the end of `interval(ts_ns)`: when the state next changes."""
        return self.interval(ts_ns)[2]

    def session_end(self, ts_ns: int) -> int:
        """Return the end of the session that covers a time, else of the next one.

        DAY orders end then. Around the clock a session ends at each local midnight. NEVER when
        none ends within 400 days.
        """
        day = local_time(ts_ns, time_zone(self.timezone)).date()
        for ahead in range(-1, _SEARCH_DAYS[-1]):
            for _, end in self._windows(day + timedelta(days=ahead)):
                if end > ts_ns:
                    return end
        return NEVER

    def _changes(self, day: date, radius: int) -> tuple[int, int, list[int]]:
        """Return the times between which all changes are known, and those, an opening first.

        A session that opens before the first day ends on it at the latest.
        """
        first, zone = day - timedelta(days=radius), time_zone(self.timezone)
        days = [first + timedelta(days=n) for n in range(2 * radius + 1)]
        low = instant(days[1], 0, zone)
        high = instant(days[-1], _DAY_S, zone)
        return low, high, _joined(chain.from_iterable(map(self._windows, days)))

    def _windows(self, day: date) -> tuple[tuple[int, int], ...]:
        """Return the instants of the sessions that open on a day."""
        kept = self._kept_windows
        found = kept.get(day)
        if found is None:
            if len(kept) >= _LARGEST_CACHE:
                kept.clear()
            zone, hours = time_zone(self.timezone), self._special_hours.get(day)
            if hours is None:
                hours = self._week_hours[day.weekday()]
            windows = [(instant(day, start, zone), instant(day, end, zone)) for start, end in hours]
            found = kept[day] = tuple(window for window in windows if window[0] < window[1])
        return found

    @cached_property
    def _kept_windows(self) -> dict[date, tuple[tuple[int, int], ...]]:
        return {}

    @cached_property
    def _special_hours(self) -> dict[date, Hours]:
        special: dict[date, Hours] = {_date(text): () for text in self.holidays}
        special.update({_date(day.date): _hours(day.hours, day.date) for day in self.special_days})
        return special

    @cached_property
    def _week_hours(self) -> tuple[Hours, ...]:
        if not self.sessions:
            return (((0, _DAY_S),),) * 7
        opening = [[(s.open, s.close) for s in self.sessions if day in s.days] for day in range(7)]
        return tuple(_hours(sorted(hours), "week") for hours in opening)


def _turned(week: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return for each session of a week the one that follows it, the last followed by the first."""
    after = [(start + 7 * _DAY_S, end + 7 * _DAY_S, name) for start, end, name in week[:1]]
    return week[1:] + after


def _joined(windows: Iterable[tuple[int, int]]) -> list[int]:
    """Return opening and closing times in turn; windows that touch or overlap become one."""
    changes: list[int] = []
    for start, end in windows:
        if changes and start <= changes[-1]:
            changes[-1] = max(changes[-1], end)
        else:
            changes += (start, end)
    return changes


def _hours(times: Iterable[tuple[str, str]], what: str) -> Hours:
    hours: list[tuple[int, int]] = []
    for open_text, close_text in times:
        start, end = _second(open_text, what), _second(close_text, what)
        end += _DAY_S if end <= start else 0
        if hours and start < hours[-1][1]:
            msg = f"{what}: {open_text} is before the previous close; give sessions that follow on"
            raise ValueRefused(msg)
        hours.append((start, end))
    return tuple(hours)


def _second(text: str, what: str) -> int:
    found = _TIME.fullmatch(text)
    if found is None:
        msg = f"{what}: {text!r} is no time of day; give HH:MM or HH:MM:SS from 00:00 to 23:59:59"
        raise ValueRefused(msg)
    hour, minute, second = (int(part or 0) for part in found.groups())
    return (hour * 60 + minute) * 60 + second


def _date(text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    msg = f"{text!r} in a calendar is no date; give YYYY-MM-DD"
    raise ValueRefused(msg)


ALWAYS_OPEN = Calendar()
"""Trade around the clock, every day."""
