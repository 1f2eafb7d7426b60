"""A symbol's weekly schedule and holidays to a calendar.

Schedules count seconds from Sunday 00:00 of their time zone, holidays days from 1970. That a
holiday's seconds name the closed part of its day is inferred.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from connectors.ctrader.schema.reference_pb2 import ProtoOAHoliday, ProtoOASymbol
from engine.model.calendar import ALWAYS_OPEN, Calendar, Session, SpecialDay

Span = tuple[int, int]
"""First second and the second after the last."""

_DAY_S = 86_400
_WEEK_S = 7 * _DAY_S
_EPOCH = date(1970, 1, 1)


def calendar(symbol: ProtoOASymbol, today: date) -> Calendar:
    """Return when a symbol trades; without a schedule it is taken to trade around the clock.

    Holidays that recur are written out for the year of `today` and the two after it.
    """
    if not symbol.schedule:
        return ALWAYS_OPEN
    week = sorted(_pieces((each.startSecond, each.endSecond) for each in symbol.schedule))
    closed = _closures(symbol.holiday, today)
    days = sorted({day + timedelta(days=n) for day in closed for n in (-1, 0, 1)})
    special = [(day, _hours_of(day, week, closed)) for day in days]
    return Calendar(
        timezone=symbol.scheduleTimeZone or "UTC",
        sessions=tuple(
            Session((_weekday(start),), _time(start), _time(end), "main") for start, end in week
        ),
        holidays=tuple(str(day) for day, hours in special if not hours),
        special_days=tuple(
            SpecialDay(str(day), tuple((_time(start), _time(end)) for start, end in hours))
            for day, hours in special
            if hours
        ),
    )


def _pieces(spans: Iterable[Span]) -> Iterator[Span]:
    """Cut spans so that none is longer than a day."""
    for start, end in spans:
        for at in range(start, end, _DAY_S):
            yield at % _WEEK_S, at % _WEEK_S + min(_DAY_S, end - at)


def _closures(holidays: Iterable[ProtoOAHoliday], today: date) -> dict[date, list[Span]]:
    """Return the closed seconds of each day that has some."""
    closed: dict[date, list[Span]] = {}
    for holiday in holidays:
        span = (holiday.startSecond, holiday.endSecond or _DAY_S)
        for day in _dates(holiday, today):
            closed.setdefault(day, []).append(span)
    return closed


def _dates(holiday: ProtoOAHoliday, today: date) -> Iterator[date]:
    day = _EPOCH + timedelta(days=holiday.holidayDate)
    if not holiday.isRecurring:
        yield day
        return
    for year in range(today.year, today.year + 3):
        try:
            yield day.replace(year=year)
        except ValueError:  # the 29th of February of another year
            continue


def _hours_of(day: date, week: list[Span], closed: dict[date, list[Span]]) -> list[Span]:
    """Return the open spans that begin on a day, in seconds after its midnight."""
    open_spans = [
        (start - offset, end - offset)
        for offset in (0, _DAY_S)
        for start, end in _opening_on(day - timedelta(days=offset // _DAY_S), week)
    ]
    for nth in (-1, 0, 1):
        for start, end in closed.get(day + timedelta(days=nth), ()):
            shut = (start + nth * _DAY_S, end + nth * _DAY_S)
            open_spans = [piece for span in open_spans for piece in _without(span, shut)]
    return sorted(span for span in open_spans if 0 <= span[0] < _DAY_S)


def _opening_on(day: date, week: list[Span]) -> Iterator[Span]:
    for start, end in week:
        if _weekday(start) == day.weekday():
            yield start % _DAY_S, start % _DAY_S + end - start


def _without(span: Span, shut: Span) -> Iterator[Span]:
    start, end = span
    for piece in ((start, min(end, shut[0])), (max(start, shut[1]), end)):
        if piece[0] < piece[1]:
            yield piece


def _weekday(second: int) -> int:
    """Return 0 for Monday; the venue's week begins on Sunday."""
    return (second // _DAY_S + 6) % 7


def _time(second: int) -> str:
    minutes, seconds = divmod(second % _DAY_S, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
