"""Calendars of markets that many people trade, as data to start from.

Does not follow venues: their own notices count, and an `InstrumentStatus` event overrides these.
"""

from datetime import date, timedelta

from engine.model.calendar import Calendar, Session, SpecialDay

WEEKDAYS = (0, 1, 2, 3, 4)
"""Monday to Friday."""

_FIRST_YEAR, _LAST_YEAR = 2005, 2035
_JUNETEENTH_SINCE = 2022
_EXTRAORDINARY = ("2007-01-02", "2012-10-29", "2012-10-30", "2018-12-05", "2025-01-09")
"""Days of mourning and of one hurricane on which the New York exchanges stayed closed."""

_SUNDAY = 6


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _easter(year: int) -> date:
    """Return Easter Sunday by the computus of the Gregorian reform (Clavius), in Knuth's steps."""
    golden, century = year % 19 + 1, year // 100 + 1
    lost_leaps, moon = 3 * century // 4 - 12, (8 * century + 5) // 25 - 5
    sunday = 5 * year // 4 - lost_leaps - 10
    epact = (11 * golden + 20 + moon - lost_leaps) % 30
    epact += epact == 24 or (epact == 25 and golden > 11)
    full_moon = 44 - epact + (30 if epact > 23 else 0)
    return date(year, 3, 1) + timedelta(days=full_moon + 6 - (sunday + full_moon) % 7)


def _observed(day: date) -> date:
    """Move a Saturday to the Friday before it and a Sunday to the Monday after it."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _us_holidays(year: int) -> list[date]:
    new_year = date(year, 1, 1)
    days = [
        _nth(year, 1, 0, 3),  # Martin Luther King
        _nth(year, 2, 0, 3),  # Washington
        _easter(year) - timedelta(days=2),
        _nth(year, 6, 0, 1) - timedelta(days=7),  # Memorial Day: the last Monday of May
        _observed(date(year, 7, 4)),
        _nth(year, 9, 0, 1),  # Labor Day
        _nth(year, 11, 3, 4),  # Thanksgiving
        _observed(date(year, 12, 25)),
    ]
    if new_year.weekday() != 5:  # a New Year on Saturday is not made up for
        days.append(_observed(new_year))
    if year >= _JUNETEENTH_SINCE:
        days.append(_observed(date(year, 6, 19)))
    return days


def _us_half_days(year: int) -> list[date]:
    eves = [date(year, 7, 3), date(year, 12, 24)]
    days = [eve for eve in eves if eve.weekday() in range(4)]  # on a Friday the feast is observed
    return [*days, _nth(year, 11, 3, 4) + timedelta(days=1)]


_YEARS = range(_FIRST_YEAR, _LAST_YEAR + 1)

FX_WEEK = Calendar(
    timezone="America/New_York",
    sessions=(Session((_SUNDAY, 0, 1, 2, 3), "17:00", "17:00"),),
)
"""Trade from Sunday 17:00 to Friday 17:00 New York, the trading day ending at 17:00.

Approximate: venues stop for minutes around 17:00, and at Christmas and New Year as each decides.
"""

US_EQUITIES = Calendar(
    timezone="America/New_York",
    sessions=(Session(WEEKDAYS, "09:30", "16:00"),),
    holidays=tuple(
        sorted([*_EXTRAORDINARY, *(str(day) for year in _YEARS for day in _us_holidays(year))])
    ),
    special_days=tuple(
        SpecialDay(str(day), (("09:30", "13:00"),))
        for year in _YEARS
        for day in sorted(_us_half_days(year))
    ),
)
"""Trade from 09:30 to 16:00 New York, to 13:00 on half days, by the rules of NYSE and Nasdaq.

Holidays of 2005 to 2035 follow from the exchanges' rules. Approximate: pre-market and after hours
are left out, and closures announced later than this text.
"""

MOEX_EQUITIES = Calendar(
    timezone="Europe/Moscow",
    sessions=(
        Session(WEEKDAYS, "07:00", "09:50", "morning"),
        Session(WEEKDAYS, "10:00", "18:50", "main"),
        Session(WEEKDAYS, "19:00", "23:50", "evening"),
    ),
)
"""Trade the three sessions of Moscow's share market, its closing auction (18:40) in the main one.

Approximate: holidays, working Saturdays and weekend sessions are left out, opening auctions are not
told apart, and the morning and evening sessions did not exist in all years.
"""

MOEX_DERIVATIVES = Calendar(
    timezone="Europe/Moscow",
    sessions=(
        Session(WEEKDAYS, "09:00", "14:00", "morning"),
        Session(WEEKDAYS, "14:05", "18:50", "day"),
        Session(WEEKDAYS, "19:05", "23:50", "evening"),
    ),
)
"""Trade Moscow's futures and options between the clearings of 14:00 and 18:50.

Approximate: as `MOEX_EQUITIES`; the hours fit a recording of March 2025.
"""
