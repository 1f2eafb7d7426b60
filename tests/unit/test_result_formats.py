"""Figures, ticks and thinned points read well at every size."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from backtest.results.definitions import BY_NAME, Metric
from backtest.results.formats import duration, figure, moment, money, percent, price
from backtest.results.scales import extremes, notable, time_ticks, value_label, value_ticks
from tests.results.folders import DAY, MONDAY

SECOND = 10**9


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567.891, "1,234,567.89"),
        (-0.001, "-0.001"),
        (0.04321987, "0.04322"),
        (-1e-13, "0.00"),
        (0.0, "0.00"),
        (-0.0, "0.00"),
        (math.nan, "n/a"),
        (math.inf, "n/a"),
    ],
)
def test_money(value: float, text: str) -> None:
    assert money(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.1234, "12.34%"), (-0.00001234, "-0.001234%"), (12.5, "1,250.00%")]
)
def test_percent(value: float, text: str) -> None:
    assert percent(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (25e-9, "25 ns"),
        (0.0015, "1.5 ms"),
        (0.25, "250 ms"),
        (12.34, "12.3 s"),
        (60, "1 min"),
        (119.9, "2 min"),
        (3_725, "1 h 2 min"),
        (3_599.9, "1 h"),
        (86_399, "1 d"),
        (100 * 86_400 + 7_000, "100 d 2 h"),
        (-90, "-1 min 30 s"),
    ],
)
def test_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_price_keeps_what_it_needs() -> None:
    assert [price(x) for x in (1.10006, 97_432.5, 1e-8, 250.0)] == [
        "1.10006",
        "97432.5",
        "1e-08",
        "250",
    ]


def test_figure_carries_unit_and_currency() -> None:
    assert figure(BY_NAME["pnl"], Metric(5), "USD") == "5.00 USD"
    assert figure(BY_NAME["slippage_bps"], Metric(-1.5), "USD") == "-1.50 bps"
    assert figure(BY_NAME["sharpe"], Metric.absent("too short"), "USD") == "n/a"


def test_tone_is_the_sign_of_results_only() -> None:
    assert BY_NAME["pnl"].tone(Metric(-5)) == -1
    assert BY_NAME["total_return"].tone(Metric(0.5)) == 1
    assert BY_NAME["pnl"].tone(Metric.absent("")) == 0
    assert BY_NAME["win_rate"].tone(Metric(0.5)) == 0
    assert BY_NAME["fees"].tone(Metric(5)) == 0


def test_moment_is_in_utc() -> None:
    assert moment(MONDAY + DAY // 2 + SECOND) == "2023-01-02 12:00:01"


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (-3.3, 0), (9_700.2, 10_020), (1e-7, 3e-7), (-1e9, 1e9), (99.9, 100)]
)
def test_value_ticks_are_few_round_and_tell_apart(low: float, high: float) -> None:
    ticks = value_ticks(low, high)
    assert 2 <= len(ticks) <= 7
    assert all(low - 1e-12 <= tick <= high + 1e-9 * abs(high) for tick in ticks)
    labels = [value_label(tick, ticks) for tick in ticks]
    assert len(set(labels)) == len(labels)
    for label, tick in zip(labels, ticks, strict=True):
        assert float(label.replace(",", "")) == pytest.approx(tick, abs=1e-12)


def test_value_ticks_of_a_flat_range_are_one() -> None:
    assert value_ticks(5, 5) == (5,)


@pytest.mark.parametrize(
    "span_s", [3, 40, 300, 4_000, 30_000, 86_400, 86_400 * 9, 86_400 * 100, 86_400 * 900, 10**9]
)
def test_time_ticks_are_few_and_inside(span_s: int) -> None:
    start = MONDAY + 12_345 * SECOND
    end = start + span_s * SECOND
    ticks = time_ticks(start, end)
    assert 2 <= len(ticks) <= 8
    assert all(start <= ts <= end for ts, _ in ticks)
    assert len({ts for ts, _ in ticks}) == len(ticks)


def test_time_ticks_of_years_stand_at_new_year() -> None:
    for ts, label in time_ticks(MONDAY, MONDAY + 3_000 * DAY):
        at = datetime.fromtimestamp(ts / SECOND, UTC)
        assert (at.month, at.day, at.hour) == (1, 1, 0)
        assert label == str(at.year)


def test_time_ticks_of_one_moment_are_one() -> None:
    assert time_ticks(MONDAY, MONDAY) == ((MONDAY, "2023-01-02 00:00"),)


def test_extremes_keep_ends_and_peaks() -> None:
    values = np.sin(np.arange(10_000) / 77)
    values[1_234], values[7_777] = 5, -5
    rows = extremes(values, 200)
    assert len(rows) <= 202
    assert {0, 1_234, 7_777, 9_999} <= set(rows.tolist())
    assert (np.diff(rows) > 0).all()
    assert extremes(values[:50], 200).tolist() == list(range(50))


def test_notable_keeps_the_best_and_the_worst() -> None:
    values = np.random.default_rng(1).normal(size=5_000)
    rows = notable(values, 100)
    assert len(rows) <= 100
    assert {int(values.argmin()), int(values.argmax())} <= set(rows.tolist())
    assert notable(values[:80], 100).tolist() == list(range(80))
