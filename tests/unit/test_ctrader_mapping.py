"""Units, hours, symbols and error codes of cTrader in the engine's words, and back."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ctrader.mapping.bars import (
    PERIODS,
    historical_bar,
    period_of,
    recorded_period_of,
    span_ns,
    step_ns,
)
from connectors.ctrader.mapping.hours import calendar
from connectors.ctrader.mapping.refusals import VERDICTS, Verdict, fault, verdict
from connectors.ctrader.mapping.scaling import money, price, quantity, volume
from connectors.ctrader.mapping.symbols import Surroundings, instrument, instrument_id
from connectors.ctrader.schema.envelope_pb2 import ProtoErrorCode, ProtoOAErrorCode
from connectors.ctrader.schema.market_pb2 import ProtoOATrendbar
from connectors.ctrader.schema.reference_pb2 import (
    ProtoOAHoliday,
    ProtoOAInterval,
    ProtoOALightSymbol,
    ProtoOASymbol,
)
from engine.errors import LoginRefused, OutcomeUnknown, TokenRefused, UsageError, ValueRefused
from engine.model.calendar import Calendar
from engine.model.instrument import AssetClass

SECOND = 1_000_000_000
DAY_S = 86_400
TODAY = date(2025, 12, 20)


@pytest.mark.parametrize(
    ("wire", "value"), [(114_814, 1.14814), (2_528_934_000, 25_289.34), (14_512_300, 145.123)]
)
def test_price_of_the_wire_is_the_nearest_double(wire: int, value: float) -> None:
    assert price(wire) == value


@given(st.integers(0, 10**12))
def test_volume_survives_both_ways(units: int) -> None:
    assert volume(quantity(units)) == units


def test_volume_below_a_hundredth_is_refused() -> None:
    with pytest.raises(ValueRefused, match=r"0\.001"):
        volume(0.001)


def test_money_has_the_digits_of_its_message() -> None:
    assert (money(-2_772, 2), money(123_456_789, 8)) == (-27.72, 1.23456789)


def week(*spans: tuple[int, int]) -> ProtoOASymbol:
    return ProtoOASymbol(
        symbolId=1,
        digits=5,
        pipPosition=4,
        scheduleTimeZone="UTC",
        schedule=[ProtoOAInterval(startSecond=a, endSecond=b) for a, b in spans],
    )


FX_DAYS = tuple((day * DAY_S + 79_200, (day + 1) * DAY_S + 79_200) for day in range(5))
"""Sunday to Friday, 22:00 to 22:00."""


def ns(day: int, hour: float, month: int = 12) -> int:
    days = (date(2025, month, day) - date(1970, 1, 1)).days
    return round((days * DAY_S + hour * 3_600) * SECOND)


def is_open(hours: Calendar, day: int, hour: float) -> bool:
    return hours.is_open(ns(day, hour))


def test_week_begins_on_sunday() -> None:
    hours = calendar(week(*FX_DAYS), TODAY)
    assert [is_open(hours, 7, hour) for hour in (21.9, 22)] == [False, True]  # a Sunday
    assert [is_open(hours, 12, hour) for hour in (21.9, 22)] == [True, False]  # a Friday


def test_one_interval_over_days_is_open_all_the_time() -> None:
    hours = calendar(week((0, 7 * DAY_S)), TODAY)
    assert all(is_open(hours, day, hour) for day in range(1, 15) for hour in (0, 7.5, 23.9))


def test_symbol_without_schedule_is_taken_to_be_open() -> None:
    assert calendar(week(), TODAY).is_open(ns(7, 3))


def holiday(day: date, start: int = 0, end: int = 0, *, recurs: bool = False) -> ProtoOAHoliday:
    return ProtoOAHoliday(
        holidayId=1,
        name="x",
        scheduleTimeZone="UTC",
        holidayDate=(day - date(1970, 1, 1)).days,
        isRecurring=recurs,
        startSecond=start,
        endSecond=end,
    )


def test_holiday_closes_its_day_and_no_more_of_the_session_around_it() -> None:
    symbol = week(*FX_DAYS)
    symbol.holiday.append(holiday(date(2025, 12, 25)))  # a Thursday
    hours = calendar(symbol, TODAY)
    assert is_open(hours, 24, 23.9)
    assert not any(is_open(hours, 25, hour) for hour in (0, 12, 22, 23.9))
    assert is_open(hours, 26, 0)
    assert not is_open(hours, 26, 22)


def test_short_holiday_closes_its_seconds_only() -> None:
    symbol = week(*FX_DAYS)
    symbol.holiday.append(holiday(date(2025, 12, 24), 64_800, 86_400))
    hours = calendar(symbol, TODAY)
    assert [is_open(hours, 24, hour) for hour in (17.9, 18, 23)] == [True, False, False]
    assert is_open(hours, 25, 0)


def test_recurring_holiday_comes_again_next_year() -> None:
    symbol = week(*FX_DAYS)
    symbol.holiday.append(holiday(date(2001, 12, 25), recurs=True))
    hours = calendar(symbol, TODAY)
    assert not is_open(hours, 25, 12)
    assert not hours.is_open(ns(25, 12) + 365 * DAY_S * SECOND)


def gold() -> tuple[ProtoOALightSymbol, ProtoOASymbol]:
    light = ProtoOALightSymbol(
        symbolId=41, symbolName="XAUUSD", enabled=True, baseAssetId=9, quoteAssetId=15
    )
    full = week(*FX_DAYS)
    full.digits, full.stepVolume, full.minVolume, full.maxVolume = 2, 100, 100, 1_000_000_000
    full.lotSize = 10_000
    return light, full


def test_symbol_becomes_an_instrument_in_units_of_its_base() -> None:
    around = Surroundings(assets={9: "XAU", 15: "USD"}, leverage=100.0, today=TODAY)
    found = instrument(*gold(), around)
    assert (found.id, found.currency, found.base) == ("XAUUSD.CTRADER", "USD", "XAU")
    assert (found.price(2_345.678), found.quantity(3.7)) == (2_345.68, 3.0)
    assert (found.lot, found.margin_initial, found.asset) == ("100", 0.01, AssetClass.CFD)
    assert found.quantity_max == 1_000_000_000


def test_name_that_the_engine_cannot_spell_is_left_out() -> None:
    assert instrument_id("US100.cash") == "US100.cash.CTRADER"
    assert instrument_id("~odd") is None


@pytest.mark.parametrize("codes", [ProtoErrorCode, ProtoOAErrorCode])
def test_every_published_code_has_a_verdict(codes: type[ProtoErrorCode]) -> None:
    assert set(codes.keys()) <= set(VERDICTS)


def test_code_that_nobody_knows_leaves_the_outcome_open() -> None:
    assert verdict("SOMETHING_NEW") is Verdict.UNKNOWN
    assert isinstance(fault("SOMETHING_NEW", ""), OutcomeUnknown)


def test_codes_of_tokens_and_credentials_are_told_apart() -> None:
    assert isinstance(fault("CH_ACCESS_TOKEN_INVALID", ""), TokenRefused)
    assert isinstance(fault("RET_NO_SUCH_LOGIN", ""), LoginRefused)


def test_historical_bar_is_of_the_period_that_was_asked_for_and_aligned_to_it() -> None:
    wire = ProtoOATrendbar(
        volume=7,
        low=114_800,
        deltaOpen=10,
        deltaHigh=30,
        deltaClose=20,
        utcTimestampInMinutes=28_334_767,
    )
    found = historical_bar(wire, period_of("15m@bid"), "EURUSD.CTRADER", 5)
    assert (found.open, found.high, found.low, found.close) == (1.1481, 1.1483, 1.148, 1.1482)
    assert found.ts_open == 28_334_760 * 60 * SECOND
    assert found.ts_close - found.ts_open == 15 * 60 * SECOND
    assert (found.spec, found.volume) == ("15m@bid", 7.0)


def test_spans_of_questions_for_bars_are_those_of_the_oldest_release() -> None:
    days = {spec: span_ns(period) // (DAY_S * SECOND) for spec, period in PERIODS.items()}
    assert (days["5m@bid"], days["10m@bid"], days["1h@bid"], days["4h@bid"]) == (35, 245, 245, 366)
    assert step_ns(period_of("1h@bid")) == 3_600 * SECOND


def test_days_and_weeks_are_recorded_and_not_streamed() -> None:
    assert (recorded_period_of("1d@bid"), recorded_period_of("7d@bid")) == (12, 13)
    day = recorded_period_of("1d@bid")
    assert span_ns(day) == 366 * DAY_S * SECOND
    wire = ProtoOATrendbar(volume=7, low=1, utcTimestampInMinutes=28_336_385)  # Sunday 21:05
    start = 28_336_380 * 60 * SECOND
    found = historical_bar(wire, day, "EURUSD.CTRADER", 5)
    assert (found.ts_open, found.ts_close) == (start, start + DAY_S * SECOND)
    following = start + 23 * 3_600 * SECOND  # clocks were set forward
    assert historical_bar(wire, day, "EURUSD.CTRADER", 5, following).ts_close == following


@pytest.mark.parametrize("spec", ["1m", "7m@bid", "1d@bid", "100t", "nonsense"])
def test_bars_that_the_venue_does_not_make_are_refused(spec: str) -> None:
    with pytest.raises(UsageError):
        period_of(spec)
