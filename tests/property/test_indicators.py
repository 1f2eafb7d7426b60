"""Every indicator, fed one update at a time, equals its batch formula; the averages do so exactly.

What happens at the edges is in the unit tests.
"""

import copy
import pickle
from collections.abc import Sequence
from fractions import Fraction
from math import fsum, sqrt

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lockstep.indicators import (
    BollingerBands,
    Correlation,
    LinearRegressionSlope,
    Sma,
    StandardDeviation,
    Wma,
    ZScore,
)
from lockstep.indicators.decimal_window import ROUNDER, UNITS_ROOM, DecimalScale
from lockstep.indicators.simple_average import SUM_ROOM
from tests.property import batch_formulas as batch
from tests.property.batch_formulas import Bars
from tests.property.indicator_cases import (
    BAR_CASES,
    VALUE_CASES,
    assert_rows_equal,
    bar_runs,
    candles,
    digits,
    periods,
    steps,
    walks,
)


def joined(stretches: list[tuple[int, list[float]]]) -> list[float]:
    return [factor * 10.0**exponent for exponent, factors in stretches for factor in factors]


factors = st.just(0.0) | st.floats(0.3, 3.0) | st.floats(-3.0, -0.3)
series = st.lists(
    st.tuples(st.integers(-40, 30), st.lists(factors, min_size=1, max_size=25)), max_size=5
).map(joined)
"""Doubles in stretches of very different sizes, of both signs, with zeros."""


@pytest.mark.parametrize("name", VALUE_CASES)
@given(ticks=walks, period=periods, places=digits)
def test_value_indicator_equals_its_batch_formula(
    name: str, ticks: list[int], period: int, places: int
) -> None:
    case = VALUE_CASES[name]
    indicator = case.make(period)
    unit = 10**places
    outputs = [indicator.update(tick / unit) for tick in ticks]
    assert_rows_equal(outputs, case.formula(np.array(ticks), period), case.degree, unit)


@pytest.mark.parametrize("name", BAR_CASES)
@given(bars=bar_runs, period=periods, places=digits)
def test_bar_indicator_equals_its_batch_formula(
    name: str, bars: Bars, period: int, places: int
) -> None:
    case = BAR_CASES[name]
    indicator = case.make(period)
    unit = 64 if case.binary else 10**places
    outputs = [indicator.update(candle) for candle in candles(bars, unit)]
    assert_rows_equal(outputs, case.formula(bars, period), case.degree, unit)


@given(
    pairs=st.lists(st.tuples(steps, st.integers(-500, 500)), min_size=1, max_size=45),
    period=periods,
    places=digits,
)
def test_correlation_equals_its_batch_formula(
    pairs: list[tuple[int, int]], period: int, places: int
) -> None:
    first, second = np.cumsum(pairs, axis=0).T
    indicator = Correlation(period)
    unit = 10**places
    outputs = [
        indicator.update(one / unit, other)
        for one, other in zip(first.tolist(), second.tolist(), strict=True)
    ]
    assert_rows_equal(outputs, batch.correlation(first, second, period), 0, unit)


@given(inputs=st.lists(st.floats(-99.0, 99.0), min_size=4, max_size=40), factor=factors)
def test_correlation_never_leaves_its_range(inputs: list[float], factor: float) -> None:
    correlation = Correlation(4)
    for number in inputs:
        correlation.update(number, factor * number)
    assert correlation.value is not None
    assert -1.0 <= correlation.value <= 1.0


# Exactness: what the running sums promise.


@given(
    # 3.7e14 ticks times 12 are just within the promise of Sma, and 4 times less than that of Wma.
    ticks=st.lists(
        st.integers(-370_000_000_000_000, 370_000_000_000_000)
        | st.integers(-(10**9), 10**9)
        | st.integers(-99, 99),
        max_size=60,
    ),
    period=st.integers(1, 12),
    places=st.integers(0, 15),
)
def test_average_of_decimals_is_the_double_nearest_to_the_exact_one(
    ticks: list[int], period: int, places: int
) -> None:
    simple, weighted = Sma(period), Wma(period)
    unit = 10**places
    weights = range(1, period + 1)
    for end, tick in enumerate(ticks, 1):
        averages = simple.update(tick / unit), weighted.update(tick / unit)
        window = ticks[max(0, end - period) : end]
        if len(window) < period:
            assert averages == (None, None)
            continue
        mean = Fraction(sum(window), period * unit)
        tilted = sum(weight * one for weight, one in zip(weights, window, strict=True))
        assert averages == (float(mean), float(Fraction(tilted, sum(weights) * unit)))


@given(ticks=st.lists(st.integers(9_990, 10_010), min_size=20, max_size=80))
def test_crossing_averages_are_ordered_as_integers_are(ticks: list[int]) -> None:
    fast, slow = Sma(4), Sma(10)
    for end, tick in enumerate(ticks, 1):
        left, right = fast.update(tick / 100), slow.update(tick / 100)
        if left is not None and right is not None:
            exact = 10 * sum(ticks[end - 4 : end]) - 4 * sum(ticks[end - 10 : end])
            assert (left > right) - (left < right) == (exact > 0) - (exact < 0)


def test_averages_cross_as_integers_do_over_a_million_prices() -> None:
    ticks = 10_000 + np.cumsum(np.random.default_rng(7).integers(-6, 7, 1_000_000))
    ticks = np.abs(ticks) + 1
    sums = np.concatenate([[0], np.cumsum(ticks)])
    exact = np.sign(5 * (sums[50:] - sums[30:-20]) - 2 * (sums[50:] - sums[:-50]))
    fast, slow = Sma(20), Sma(50)
    signs = []
    for price in (ticks / 100).tolist():
        left, right = fast.update(price), slow.update(price)
        if left is not None and right is not None:
            signs.append((left > right) - (left < right))
    assert (exact == 0).sum() > 100
    assert (np.array(signs) != exact).sum() == 0


def test_average_does_not_drift_in_a_million_updates() -> None:
    prices = np.exp(np.cumsum(np.random.default_rng(3).normal(0.0, 0.002, 1_000_000))).tolist()
    average = Sma(50)
    worst = 0.0
    for end, price in enumerate(prices, 1):
        value = average.update(price)
        if value is not None and (end % 997 == 0 or end > 999_900):
            exact = fsum(prices[end - 50 : end]) / 50
            worst = max(worst, abs(value / exact - 1.0))
    assert 0.0 < worst <= 1e-13


@given(inputs=series, period=st.integers(1, 9))
def test_average_of_any_doubles_stays_within_its_bound(inputs: list[float], period: int) -> None:
    average = Sma(period)
    for end, number in enumerate(inputs, 1):
        value = average.update(number)
        if value is not None:
            exact = Fraction(sum(map(Fraction, inputs[end - period : end])), period)
            largest = max(map(abs, inputs[max(0, end - 3 * period) : end]))
            assert abs(Fraction(value) - exact) <= Fraction(max(period, 4), 2**50) * Fraction(
                largest
            )


@example(inputs=[6.0, 1.0603726584315563], period=1)
@given(inputs=st.lists(st.floats(1.0, 15.9), max_size=80), period=st.integers(1, 9))
def test_average_of_like_positive_doubles_is_right_relative_to_itself(
    inputs: list[float], period: int
) -> None:
    average = Sma(period)
    for end, number in enumerate(inputs, 1):
        value = average.update(number)
        if value is not None:
            exact = Fraction(sum(map(Fraction, inputs[end - period : end])), period)
            assert abs(Fraction(value) / exact - 1) <= 4 * Fraction(max(period, 4), 2**50)


@given(inputs=series, period=st.integers(2, 9))
def test_moments_of_any_doubles_stay_near_the_exact_ones(inputs: list[float], period: int) -> None:
    deviation, score, slope = (
        StandardDeviation(period),
        ZScore(period),
        LinearRegressionSlope(period),
    )
    for end, number in enumerate(inputs, 1):
        outputs = deviation.update(number), score.update(number), slope.update(number)
        if end < period:
            continue
        largest = max(map(abs, inputs[max(0, end - 3 * period) : end]))
        window = list(map(Fraction, inputs[end - period : end]))
        exact = exact_moments(window)
        for output, wanted, unit in zip(outputs, exact, (largest, 0.0, largest), strict=True):
            assert output is not None
            if unit:
                assert abs(output - wanted) <= 1e-13 * unit
        spread_enough = exact[0] > 1e-4 * largest
        assert not spread_enough or abs((outputs[1] or 0.0) - exact[1]) <= 1e-9


def exact_moments(window: Sequence[Fraction]) -> tuple[float, float, float]:
    """Return deviation, score of the last and slope of a window, each rounded once or twice."""
    count = len(window)
    mean = Fraction(sum(window), count)
    variance = Fraction(sum((one - mean) ** 2 for one in window), count)
    places = [Fraction(2 * place - count + 1, 2) for place in range(count)]
    slope = sum(p * one for p, one in zip(places, window, strict=True)) / sum(p * p for p in places)
    deviation = sqrt(variance)
    return deviation, float(window[-1] - mean) / deviation if deviation else 0.0, float(slope)


@given(ticks=st.lists(st.integers(1, 10**6), min_size=4, max_size=40), tick=st.integers(1, 10**6))
def test_equal_decimals_have_no_deviation_whatever_came_before(ticks: list[int], tick: int) -> None:
    deviation, bands, slope = StandardDeviation(4), BollingerBands(4), LinearRegressionSlope(4)
    for price in [*ticks, tick, tick, tick, tick]:
        deviation.update(price / 100)
        bands.update(price / 100)
        slope.update(price / 100)
    assert (deviation.value, slope.value) == (0.0, 0.0)
    assert bands.value == (tick / 100, tick / 100, tick / 100)


@given(
    mantissa=st.floats(1.0, 10.0),
    exponent=st.integers(-99, 99),
    period=st.integers(1, 1000),
)
def test_band_of_a_scale_ends_before_sums_of_units_would_be_rounded(
    mantissa: float, exponent: int, period: int
) -> None:
    size = mantissa * 10.0**exponent
    room = min(SUM_ROOM / period, UNITS_ROOM)
    scale = DecimalScale(period, room)
    scale.fit(size)
    assert room / 2 < size * scale.scale <= room
    assert period * (scale.high * scale.scale + 1.0) < 2.0**53
    assert scale.high * scale.scale + ROUNDER <= 2.0**53
    assert scale.low < size < scale.high


# Copies.


@pytest.mark.parametrize("name", VALUE_CASES)
@given(ticks=walks, cut=st.integers(0, 45))
def test_copied_or_pickled_value_indicator_goes_on_alike(
    name: str, ticks: list[int], cut: int
) -> None:
    original = VALUE_CASES[name].make(3)
    for tick in ticks[:cut]:
        original.update(tick / 100)
    twins = copy.deepcopy(original), pickle.loads(pickle.dumps(original))
    for tick in ticks[cut:]:
        wanted = original.update(tick / 100)
        assert [twin.update(tick / 100) for twin in twins] == [wanted, wanted]


@pytest.mark.parametrize("name", BAR_CASES)
@given(bars=bar_runs, cut=st.integers(0, 45))
def test_copied_or_pickled_bar_indicator_goes_on_alike(name: str, bars: Bars, cut: int) -> None:
    original = BAR_CASES[name].make(3)
    run = candles(bars, 100)
    for candle in run[:cut]:
        original.update(candle)
    twins = copy.deepcopy(original), pickle.loads(pickle.dumps(original))
    for candle in run[cut:]:
        wanted = original.update(candle)
        assert [twin.update(candle) for twin in twins] == [wanted, wanted]
