"""Cron expressions: fields, the rule of the two day fields, and changes of clocks."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from engine.errors import ValueRefused
from engine.timers import Cron

NEW_YORK = "America/New_York"


def ns(text: str, zone: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp()) * (
        10**9
    )


def firings(text: str, after: str, count: int, zone: str = "UTC") -> list[str]:
    cron, ts, found = Cron.parse(text, zone), ns(after, zone), []
    for _ in range(count):
        ts = cron.next_after(ts)
        found.append(datetime.fromtimestamp(ts // 10**9, ZoneInfo(zone)).isoformat()[:16])
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("* * * * *", "2024-05-01T00:01"),
        ("30 9 * * mon-fri", "2024-05-01T09:30"),
        ("30 9 * * sat,sun", "2024-05-04T09:30"),
        ("0 0 * * 0", "2024-05-05T00:00"),
        ("0 0 * * 7", "2024-05-05T00:00"),
        ("0 0 * * fri-sun", "2024-05-03T00:00"),
        ("0 0 * * FRI", "2024-05-03T00:00"),
        ("*/25 * * * *", "2024-05-01T00:25"),
        ("50-55/5,7 3-4 * * *", "2024-05-01T03:07"),
        ("0 12 31 * *", "2024-05-31T12:00"),
        ("0 12 31 apr-jun *", "2024-05-31T12:00"),
        ("0 0 1 jan *", "2025-01-01T00:00"),
        ("0 0 29 2 *", "2028-02-29T00:00"),
        ("0 0 1 */5 *", "2024-06-01T00:00"),
    ],
)
def test_next_firing(text: str, expected: str) -> None:
    assert firings(text, "2024-05-01T00:00:00", 1) == [expected]


def test_firing_is_later_than_the_time_asked_for() -> None:
    cron = Cron.parse("30 9 * * *")
    at = ns("2024-05-01T09:30:00", "UTC")
    assert cron.next_after(at - 1) == at
    assert cron.next_after(at) == ns("2024-05-02T09:30:00", "UTC")


def test_either_day_field_will_do_when_both_are_given() -> None:
    assert firings("0 0 13 * fri", "2024-09-01T00:00:00", 4) == [
        "2024-09-06T00:00",
        "2024-09-13T00:00",
        "2024-09-20T00:00",
        "2024-09-27T00:00",
    ]
    assert firings("0 0 10,20 * fri", "2024-09-07T00:00:00", 2) == [
        "2024-09-10T00:00",
        "2024-09-13T00:00",
    ]


def test_both_day_fields_must_hold_when_one_begins_with_a_star() -> None:
    assert firings("0 0 13 * */5", "2024-09-01T00:00:00", 2) == [
        "2024-09-13T00:00",
        "2024-10-13T00:00",
    ]


def test_local_time_follows_the_zone() -> None:
    cron = Cron.parse("30 9 * * *", NEW_YORK)
    assert cron.next_after(ns("2024-01-15T00:00:00", NEW_YORK)) == ns("2024-01-15T14:30:00", "UTC")
    assert cron.next_after(ns("2024-07-15T00:00:00", NEW_YORK)) == ns("2024-07-15T13:30:00", "UTC")


def test_skipped_local_time_fires_at_the_first_instant_after_the_gap() -> None:
    assert firings("30 2 * * *", "2024-03-09T12:00:00", 2, NEW_YORK) == [
        "2024-03-10T03:00",
        "2024-03-11T02:30",
    ]


def test_all_skipped_times_of_a_gap_fire_once() -> None:
    assert firings("*/20 * * * *", "2024-03-10T01:30:00", 3, NEW_YORK) == [
        "2024-03-10T01:40",
        "2024-03-10T03:00",
        "2024-03-10T03:20",
    ]


def test_repeated_local_time_fires_at_its_first_occurrence() -> None:
    assert firings("30 1 * * *", "2024-11-03T00:00:00", 2, NEW_YORK) == [
        "2024-11-03T01:30",
        "2024-11-04T01:30",
    ]
    first = Cron.parse("30 1 * * *", NEW_YORK).next_after(ns("2024-11-03T00:00:00", NEW_YORK))
    assert first == ns("2024-11-03T01:30:00-04:00", NEW_YORK)
    after_both = ns("2024-11-03T02:00:00-05:00", NEW_YORK)
    assert Cron.parse("*/30 * * * *", NEW_YORK).next_after(first) == after_both


def test_gap_of_half_an_hour_ends_where_the_zone_says() -> None:
    assert firings("15 2 * * *", "2024-10-05T12:00:00", 1, "Australia/Lord_Howe") == [
        "2024-10-06T02:30"
    ]


def test_cron_survives_json() -> None:
    cron = Cron.parse("30 9 * * mon-fri", "Europe/Moscow")
    assert msgspec.json.decode(msgspec.json.encode(cron), type=Cron) == cron


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("30 9 * *", "has 4 fields"),
        ("30 9 * * * *", "has 6 fields"),
        ("60 * * * *", "minute '60'"),
        ("* 24 * * *", "hour '24'"),
        ("* * 0 * *", "day of month '0'"),
        ("* * * 13 *", "month '13'"),
        ("* * * * 8", "day of week '8'"),
        ("* * * * monday", "day of week 'monday'"),
        ("mon * * * *", "minute 'mon'"),
        ("5-1 * * * *", "minute '5-1'"),
        ("*/0 * * * *", "minute '\\*/0'"),
        ("5/10 * * * *", "minute '5/10'"),
        ("1,,2 * * * *", "minute ''"),
        ("* * * * fri-mon", "day of week 'fri-mon'"),
        ("0 0 30 2 *", "never fires"),
        ("0 0 31 4,6 *", "never fires"),
    ],
)
def test_expression_that_cannot_be_read_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueRefused, match=problem):
        Cron.parse(text)


def test_day_that_no_month_has_is_taken_when_a_weekday_will_do() -> None:
    assert firings("0 0 31 4 mon", "2024-04-01T00:00:00", 1) == ["2024-04-08T00:00"]


def test_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueRefused, match="unknown"):
        Cron.parse("* * * * *", "Mars/Base")
