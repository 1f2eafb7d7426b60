"""Calendars agree with themselves at any time, and with wall clocks that nobody changes."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from engine.errors import ValueRefused
from engine.model.calendar import Calendar, Session, SpecialDay
from engine.model.market_hours import FX_WEEK, MOEX_DERIVATIVES, MOEX_EQUITIES, US_EQUITIES

SECOND = 10**9
FIRST, LAST = 1_577_836_800, 1_735_689_600  # 2020 to 2024
TIMES = st.integers(FIRST * SECOND, LAST * SECOND)
CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
DAYS = st.lists(st.integers(0, 6), min_size=1, unique=True).map(lambda days: tuple(sorted(days)))
DATES = st.dates(datetime(2020, 1, 1).date(), datetime(2024, 12, 31).date()).map(str)  # noqa: DTZ001
ZONES = ["UTC", "Europe/Moscow", "America/New_York", "Europe/London", "Australia/Lord_Howe"]


@st.composite
def calendars(draw: st.DrawFn, zones: list[str] = ZONES) -> Calendar:
    sessions = draw(st.lists(st.builds(Session, DAYS, CLOCK, CLOCK), max_size=3))
    dates = draw(st.lists(DATES, max_size=4, unique=True))
    hours = st.one_of(st.just(()), st.tuples(st.tuples(CLOCK, CLOCK)))
    special = [SpecialDay(day, draw(hours)) for day in dates[:2]]
    try:
        return Calendar(
            timezone=draw(st.sampled_from(zones)),
            sessions=tuple(sessions),
            holidays=tuple(dates[2:]),
            special_days=tuple(special),
        )
    except ValueRefused:
        assume(condition=False)
        raise


READY = st.sampled_from([FX_WEEK, US_EQUITIES, MOEX_EQUITIES, MOEX_DERIVATIVES])


@given(st.one_of(READY, calendars()), TIMES)
def test_interval_is_the_same_from_every_time_in_it(calendar: Calendar, ts: int) -> None:
    is_open, start, end = calendar.interval(ts)
    assert start <= ts < end
    if end - start < 300 * 86_400 * SECOND:  # longer ones may be cut
        for inside in (start, end - 1, (start + end) // 2):
            assert calendar.interval(inside) == (is_open, start, end)


@given(st.one_of(READY, calendars()), TIMES)
def test_state_changes_at_both_ends_of_an_interval(calendar: Calendar, ts: int) -> None:
    is_open, start, end = calendar.interval(ts)
    if end - start < 300 * 86_400 * SECOND:
        assert calendar.is_open(end) is not is_open
        assert calendar.is_open(start - 1) is not is_open
        assert calendar.interval(end)[1] == calendar.next_change(ts) == end


@given(st.one_of(READY, calendars()), TIMES)
def test_session_end_is_later_and_closes_what_was_open(calendar: Calendar, ts: int) -> None:
    end = calendar.session_end(ts)
    assert end > ts
    assert calendar.is_open(end - 1)
    if not calendar.is_open(ts):
        assert end > calendar.next_change(ts)


@given(calendars(["UTC", "Europe/Moscow"]), TIMES)
def test_state_is_what_the_wall_clock_says(calendar: Calendar, ts: int) -> None:
    wall = datetime.fromtimestamp(ts // SECOND, ZoneInfo(calendar.timezone))
    today, yesterday = wall.toordinal(), wall.toordinal() - 1
    clock = wall.hour * 3600 + wall.minute * 60 + wall.second
    expected = any(
        start <= clock + offset < end
        for ordinal, offset in ((today, 0), (yesterday, 86_400))
        for start, end in hours_of(calendar, datetime.fromordinal(ordinal))
    )
    assert calendar.is_open(ts) is expected


def hours_of(calendar: Calendar, day: datetime) -> list[tuple[int, int]]:
    """Return the sessions that open on a day in seconds after its midnight."""
    name = day.date().isoformat()
    special = [given_day.hours for given_day in calendar.special_days if given_day.date == name]
    if name in calendar.holidays:
        return []
    if special:
        texts = list(special[0])
    elif calendar.sessions:
        texts = [(s.open, s.close) for s in calendar.sessions if day.weekday() in s.days]
    else:
        texts = [("00:00", "00:00")]
    spans = [(seconds(start), seconds(end)) for start, end in texts]
    return [(start, end if end > start else end + 86_400) for start, end in spans]


def seconds(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 3600 + int(minute) * 60
