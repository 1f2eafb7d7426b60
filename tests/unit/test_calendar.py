"""Calendars: sessions, breaks, holidays, half days and changes of clocks, at known instants."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from engine.errors import ValueRefused
from engine.model.calendar import ALWAYS_OPEN, Calendar, Session, SpecialDay
from engine.model.market_hours import FX_WEEK, MOEX_DERIVATIVES, MOEX_EQUITIES, US_EQUITIES
from engine.model.zones import NEVER, instant, local_time, time_zone

DAY_S = 86_400


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def daily(open_at: str, close_at: str, holidays: tuple[str, ...] = ()) -> Calendar:
    return Calendar(sessions=(Session((0, 1, 2, 3, 4), open_at, close_at),), holidays=holidays)


def test_always_open_has_no_change() -> None:
    assert ALWAYS_OPEN.interval(utc("2024-05-01")) == (True, -NEVER, NEVER)
    assert ALWAYS_OPEN.next_change(0) == NEVER
    assert ALWAYS_OPEN.is_open(-1)


def test_always_open_session_ends_at_local_midnight() -> None:
    assert ALWAYS_OPEN.session_end(utc("2024-05-01T12:00")) == utc("2024-05-02")
    assert ALWAYS_OPEN.session_end(utc("2024-05-02")) == utc("2024-05-03")
    moscow = Calendar(timezone="Europe/Moscow")
    assert moscow.session_end(utc("2024-05-01T12:00")) == utc("2024-05-01T21:00")


def test_session_covers_its_open_and_not_its_close() -> None:
    calendar = daily("10:00", "18:00")
    opening, closing = utc("2024-05-02T10:00"), utc("2024-05-02T18:00")
    assert calendar.interval(opening) == (True, opening, closing)
    assert calendar.interval(closing - 1) == (True, opening, closing)
    assert not calendar.is_open(opening - 1)
    assert calendar.interval(closing) == (False, closing, utc("2024-05-03T10:00"))


def test_closed_interval_spans_the_weekend() -> None:
    friday, monday = utc("2024-05-03T18:00"), utc("2024-05-06T10:00")
    assert daily("10:00", "18:00").interval(utc("2024-05-04T12:00")) == (False, friday, monday)


def test_session_end_is_that_of_the_session_or_of_the_next() -> None:
    calendar = daily("10:00", "18:00")
    assert calendar.session_end(utc("2024-05-02T10:00")) == utc("2024-05-02T18:00")
    assert calendar.session_end(utc("2024-05-02T18:00")) == utc("2024-05-03T18:00")
    assert calendar.session_end(utc("2024-05-04")) == utc("2024-05-06T18:00")


def test_session_over_midnight_belongs_to_the_day_it_opens_on() -> None:
    calendar = daily("22:00", "04:00", holidays=("2024-05-02",))
    assert calendar.is_open(utc("2024-05-02T03:00"))
    assert not calendar.is_open(utc("2024-05-02T23:00"))
    assert not calendar.is_open(utc("2024-05-03T03:00"))
    assert calendar.is_open(utc("2024-05-04T03:59:59"))


def test_sessions_of_a_day_are_parted_by_their_breaks() -> None:
    at = utc("2024-05-02T11:02")  # 14:02 in Moscow
    assert MOEX_DERIVATIVES.interval(at) == (
        False,
        utc("2024-05-02T11:00"),
        utc("2024-05-02T11:05"),
    )
    assert MOEX_DERIVATIVES.session_end(at) == utc("2024-05-02T15:50")
    assert MOEX_EQUITIES.interval(utc("2024-05-02T06:55")) == (
        False,
        utc("2024-05-02T06:50"),
        utc("2024-05-02T07:00"),
    )
    assert MOEX_EQUITIES.session_end(utc("2024-05-02T17:00")) == utc("2024-05-02T20:50")


def test_sessions_that_touch_are_one_interval_with_several_session_ends() -> None:
    wednesday = utc("2024-05-01T12:00")
    sunday, friday = utc("2024-04-28T21:00"), utc("2024-05-03T21:00")
    assert FX_WEEK.interval(wednesday) == (True, sunday, friday)
    assert FX_WEEK.session_end(wednesday) == utc("2024-05-01T21:00")


def test_fx_week_moves_with_daylight_saving_in_new_york() -> None:
    assert FX_WEEK.interval(utc("2024-03-09T12:00")) == (
        False,
        utc("2024-03-08T22:00"),
        utc("2024-03-10T21:00"),
    )
    assert FX_WEEK.interval(utc("2024-11-02T12:00")) == (
        False,
        utc("2024-11-01T21:00"),
        utc("2024-11-03T22:00"),
    )


def test_skipped_local_time_is_the_first_instant_after_the_gap() -> None:
    calendar = Calendar(timezone="America/New_York", sessions=(Session((6,), "02:30", "05:00"),))
    gap_end = utc("2024-03-10T07:00")
    assert calendar.interval(gap_end) == (True, gap_end, utc("2024-03-10T09:00"))
    assert not calendar.is_open(gap_end - 1)


def test_session_inside_a_gap_does_not_exist() -> None:
    calendar = Calendar(timezone="America/New_York", sessions=(Session((6,), "02:10", "02:50"),))
    start, end = utc("2024-03-03T07:50"), utc("2024-03-17T06:10")
    assert calendar.interval(utc("2024-03-10T07:00")) == (False, start, end)
    assert calendar.session_end(utc("2024-03-10T00:00")) == utc("2024-03-17T06:50")


def test_repeated_local_time_is_its_first_occurrence() -> None:
    calendar = Calendar(timezone="America/New_York", sessions=(Session((6,), "01:30", "02:00"),))
    opening, closing = utc("2024-11-03T05:30"), utc("2024-11-03T07:00")
    assert calendar.interval(opening) == (True, opening, closing)


def test_holiday_joins_the_closed_times_around_it() -> None:
    calendar = daily("10:00", "18:00", holidays=("2024-05-02",))
    closed = (False, utc("2024-05-01T18:00"), utc("2024-05-03T10:00"))
    assert calendar.interval(utc("2024-05-02T12:00")) == closed
    assert calendar.session_end(utc("2024-05-02T12:00")) == utc("2024-05-03T18:00")


def test_holiday_closes_a_calendar_that_has_no_sessions() -> None:
    calendar = Calendar(holidays=("2024-05-02",))
    closed = (False, utc("2024-05-02"), utc("2024-05-03"))
    assert calendar.interval(utc("2024-05-02T12:00")) == closed
    is_open, start, end = calendar.interval(utc("2024-05-01T12:00"))
    assert (is_open, end) == (True, utc("2024-05-02"))
    assert start < utc("2023-06-01")


def test_special_day_replaces_the_sessions_of_the_week() -> None:
    half = SpecialDay("2024-05-02", (("10:00", "13:00"),))
    saturday = SpecialDay("2024-05-04", (("10:00", "12:00"), ("12:30", "14:00")))
    calendar = Calendar(sessions=daily("10:00", "18:00").sessions, special_days=(half, saturday))
    assert calendar.interval(utc("2024-05-02T13:00")) == (
        False,
        utc("2024-05-02T13:00"),
        utc("2024-05-03T10:00"),
    )
    assert calendar.session_end(utc("2024-05-04T12:10")) == utc("2024-05-04T14:00")


def test_us_equities_close_early_after_thanksgiving() -> None:
    assert US_EQUITIES.interval(utc("2024-11-29T15:00")) == (
        True,
        utc("2024-11-29T14:30"),
        utc("2024-11-29T18:00"),
    )
    assert not US_EQUITIES.is_open(utc("2024-11-28T15:00"))


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2012, "01-02 01-16 02-20 04-06 05-28 07-04 09-03 10-29 10-30 11-22 12-25"),
        (2021, "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24"),
        (2022, "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26"),
        (2024, "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25"),
    ],
)
def test_us_equities_keep_the_holidays_of_the_exchanges(year: int, expected: str) -> None:
    listed = [day[5:] for day in US_EQUITIES.holidays if day.startswith(str(year))]
    assert listed == expected.split()


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2015, "11-27 12-24"),  # 3 July is the holiday itself
        (2019, "07-03 11-29 12-24"),
        (2021, "11-26"),
        (2022, "11-25"),
    ],
)
def test_us_equities_keep_the_half_days_of_the_exchanges(year: int, expected: str) -> None:
    listed = [day.date[5:] for day in US_EQUITIES.special_days if day.date.startswith(str(year))]
    assert listed == expected.split()


def test_calendar_keeps_a_limited_number_of_days() -> None:
    calendar = daily("10:00", "18:00")
    for day in range(0, 5_000, 3):
        calendar.is_open(day * DAY_S * 10**9)
    assert len(calendar._kept_windows) <= 1_024


@pytest.mark.parametrize("calendar", [ALWAYS_OPEN, FX_WEEK, US_EQUITIES, MOEX_EQUITIES])
def test_calendar_survives_json(calendar: Calendar) -> None:
    calendar.interval(0)  # what it keeps for itself is not written
    assert msgspec.json.decode(msgspec.json.encode(calendar), type=Calendar) == calendar


def test_bad_calendar_in_json_is_refused_with_the_reason() -> None:
    with pytest.raises(msgspec.ValidationError, match="no time of day"):
        msgspec.json.decode(
            b'{"sessions":[{"days":[0],"open":"9","close":"10:00"}]}', type=Calendar
        )


@pytest.mark.parametrize(
    ("days", "open_at", "close_at", "problem"),
    [
        ((), "10:00", "18:00", "give each day once"),
        ((7,), "10:00", "18:00", "from 0"),
        ((1, 1), "10:00", "18:00", "give each day once"),
        ((1,), "10", "18:00", "'10' is no time of day"),
        ((1,), "10:00", "24:00", "'24:00' is no time of day"),
        ((1,), "10:00", "18:60", "'18:60' is no time of day"),
    ],
)
def test_session_that_cannot_be_is_refused(
    days: tuple[int, ...], open_at: str, close_at: str, problem: str
) -> None:
    with pytest.raises(ValueRefused, match=problem):
        Session(days, open_at, close_at)


@pytest.mark.parametrize("text", ["2024-02-30", "2024-5-1", "20240501", "May 1"])
def test_date_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueRefused, match="give YYYY-MM-DD"):
        Calendar(holidays=(text,))
    with pytest.raises(ValueRefused, match="give YYYY-MM-DD"):
        SpecialDay(text, ())


def test_day_named_twice_is_refused() -> None:
    with pytest.raises(ValueRefused, match="2024-05-01 more than once"):
        Calendar(holidays=("2024-05-01",), special_days=(SpecialDay("2024-05-01", ()),))


@pytest.mark.parametrize(
    "second",
    [
        Session((0,), "17:59", "20:00", "evening"),
        Session((6,), "23:00", "10:01", "night"),
    ],
)
def test_overlapping_sessions_are_refused(second: Session) -> None:
    with pytest.raises(ValueRefused, match="overlap"):
        Calendar(sessions=(Session((0,), "10:00", "18:00"), second))


def test_overlapping_hours_of_a_special_day_are_refused() -> None:
    with pytest.raises(ValueRefused, match="before the previous close"):
        SpecialDay("2024-05-01", (("10:00", "14:00"), ("13:00", "18:00")))


def test_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueRefused, match=r"time zone 'Europe/Moskau' is unknown"):
        Calendar(timezone="Europe/Moskau")


def test_local_day_that_a_zone_left_out_begins_with_the_next_one() -> None:
    samoa = time_zone("Pacific/Apia")  # it crossed the date line on 2011-12-30
    assert instant(date(2011, 12, 30), 0, samoa) == instant(date(2011, 12, 31), 0, samoa)
    assert instant(date(2011, 12, 30), 0, samoa) == utc("2011-12-30T10:00")


def test_seconds_of_a_day_go_on_into_the_next() -> None:
    zone = time_zone("Europe/Moscow")
    assert instant(date(2024, 5, 1), DAY_S + 60, zone) == instant(date(2024, 5, 2), 60, zone)


def test_local_time_is_cut_down_to_the_second() -> None:
    assert local_time(-1, time_zone("UTC")) == datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)
