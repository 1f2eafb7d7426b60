"""Vectorised reading of times and numbers equals reading them one by one, exactly."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backtest.catalogue.columns import MISSING
from backtest.catalogue.open_hours import OpenHours
from backtest.importers.exact import MoreDigits, TooLarge, decimals_needed, times_factor, units_of
from backtest.importers.text_column import Text
from backtest.importers.wall_clock import WallClock
from engine.errors import DataError
from engine.model.calendar import Calendar
from engine.model.decimals import LARGEST_UNITS, round_15, to_units
from engine.model.market_hours import FX_WEEK, MOEX_EQUITIES
from engine.model.zones import time_zone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR_NS = 3_600_000_000_000
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1))  # noqa: DTZ001 - wall clocks


@given(st.lists(st.integers(-LARGEST_UNITS + 1, LARGEST_UNITS - 1), max_size=20), st.integers(0, 8))
def test_canonical_floats_become_the_units_they_are(units: list[int], digits: int) -> None:
    numbers = np.array([unit / 10**digits for unit in units], dtype=np.float64)
    found, rounded = units_of(numbers, digits, "price")
    assert (found.tolist(), rounded) == (units, 0)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=10), st.integers(0, 5))
def test_any_floats_are_rounded_to_15_digits_or_ask_for_more(
    numbers: list[float], digits: int
) -> None:
    clean = [to_units(round_15(number), digits) for number in numbers]
    if None in clean:
        with pytest.raises(MoreDigits) as asked:
            units_of(np.array(numbers), digits, "price")
        assert clean[asked.value.row] is None
        return
    found, rounded = units_of(np.array(numbers), digits, "price")
    assert found.tolist() == clean
    same = [to_units(number, digits) == unit for number, unit in zip(numbers, clean, strict=True)]
    assert rounded == same.count(False)


@given(st.floats(1e15, 1e300), st.booleans())
def test_numbers_of_more_than_15_digits_are_told(number: float, negative: bool) -> None:
    with pytest.raises(TooLarge) as told:
        units_of(np.array([1.0, -number if negative else number]), 0, "price")
    assert told.value.row == 1


@given(st.integers(1, 10**12), st.integers(0, 9))
def test_digits_needed_are_the_fewest(units: int, digits: int) -> None:
    assume(units % 10)
    number = units / 10**digits
    assert decimals_needed(np.array([number]), 0) == digits


def test_missing_numbers_stay_missing() -> None:
    found, _ = units_of(np.array([1.5, np.nan]), 1, "price")
    assert found.tolist() == [15, MISSING]


@given(
    st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=8),
    st.sampled_from(["0.01", "0.0001", "3", "0.3"]),
)
def test_factors_are_exact(units: list[int], factor: str) -> None:
    numbers = np.array([unit / 100 for unit in units])
    found = times_factor(numbers, factor)
    exact = [float(Decimal(unit) / 100 * Decimal(factor)) for unit in units]
    assert found.tolist() == exact


@given(st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=1, max_size=8), st.integers(0, 9))
def test_decimal_text_is_read_exactly(units: list[int], digits: int) -> None:
    texts = [f"{Decimal(unit).scaleb(-digits):f}" for unit in units]
    column = Text(pa.array(["0", *texts])[1:], "a.csv", 2)
    assert column.decimals(digits, "numbers").tolist() == units


@pytest.mark.parametrize("text", ["", "x", "1.05", "1e30", "nan", "9223372036854775808"])
def test_text_that_is_no_such_decimal_is_refused(text: str) -> None:
    column = Text(pa.array(["1", text]), "a.csv", 2)
    with pytest.raises(DataError, match=r"a\.csv:3"):
        column.decimals(1, "numbers")


@given(
    st.lists(MOMENTS, min_size=1, max_size=5),
    st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y%m%d %H%M%S", "%H:%M:%S %m/%d/%Y"]
    ),
)
def test_times_of_fixed_width_are_read_as_strptime_reads_them(
    moments: list[datetime], time_format: str
) -> None:
    moments = [moment.replace(microsecond=0) for moment in moments]
    texts = [moment.strftime(time_format) for moment in moments]
    found, is_utc = Text(pa.array(texts), "a.csv", 1).times(time_format)
    assert not is_utc
    assert found.tolist() == [nanoseconds(moment) for moment in moments]


@given(st.text("0123456789-: ", min_size=19, max_size=19))
def test_what_strptime_refuses_is_refused(text: str) -> None:
    try:
        expected = nanoseconds(datetime.strptime(text, "%Y-%m-%d %H:%M:%S"))  # noqa: DTZ007
    except ValueError:
        expected = None
    column = Text(pa.array([text]), "a.csv", 1)
    if expected is not None and expected >= 0:
        assert column.times("%Y-%m-%d %H:%M:%S")[0].tolist() == [expected]
    else:
        with pytest.raises(DataError):
            column.times("%Y-%m-%d %H:%M:%S")


@given(
    st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)), min_size=1, max_size=20),  # noqa: DTZ001
    st.sampled_from(["America/New_York", "Europe/Moscow", "Europe/London", "Australia/Lord_Howe"]),
)
def test_wall_clocks_are_converted_as_zoneinfo_does(moments: list[datetime], zone: str) -> None:
    local = [moment.replace(tzinfo=time_zone(zone)) for moment in sorted(moments)]
    first = [moment.utcoffset() for moment in local]
    assume(first == [moment.replace(fold=1).utcoffset() for moment in local])
    naive = np.array([nanoseconds(moment) for moment in sorted(moments)])
    found = WallClock(zone).to_utc(naive, "a.csv", np.arange(len(naive)))
    assert found.tolist() == [
        (moment - EPOCH) // timedelta(microseconds=1) * 1000 for moment in local
    ]


@given(
    st.lists(st.integers(0, 24 * 100 * 4), min_size=1, max_size=8),
    st.sampled_from([FX_WEEK, MOEX_EQUITIES]),
)
def test_open_hours_of_columns_are_the_calendars(quarters: list[int], calendar: Calendar) -> None:
    start = 1_640_995_200_000_000_000
    times = np.array([start + quarter * HOUR_NS // 4 for quarter in quarters], dtype=np.int64)
    hours = OpenHours(calendar, start, start + 101 * 24 * HOUR_NS)
    assert hours.contains(times).tolist() == [calendar.is_open(int(time)) for time in times]
    elapsed = hours.elapsed(np.array([start, *times.tolist()]))
    for time, total in zip(times.tolist(), elapsed[1:].tolist(), strict=True):
        assert total == open_time(calendar, start, time)


def open_time(calendar: Calendar, start: int, end: int) -> int:
    """Add up the open spans of a calendar one after the other."""
    total, at = 0, start
    while at < end:
        is_open, _, change = calendar.interval(at)
        total += (min(change, end) - at) * is_open
        at = change
    return total


def nanoseconds(wall: datetime) -> int:
    return (wall.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) * 1000
