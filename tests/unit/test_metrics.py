"""The metrics of a run against cases worked out by hand, one rule a test."""

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest

from backtest.results.definitions import BY_NAME, DEFINITIONS, measures_from_json
from backtest.results.metrics import Basis, RunResult, compute
from tests.results.folders import DAY, MONDAY, Book
from tests.results.judging import HOUR, USD, reason, value, whole


@pytest.fixture
def book() -> Book:
    return Book()


def test_sharpe_is_mean_over_deviation_of_daily_returns(book: Book, tmp_path: Path) -> None:
    book.days([100, 102, 101, 103, 105, 104])
    for week in range(1, 3):
        book.days([104, 102, 103, 106, 107, 108], start=MONDAY + 7 * week * DAY)
    # The samples stand at midnight and end the day before: Mon to Fri, and the Monday samples of
    # weeks two and three end their Sundays, which count to those Mondays' own end.
    ends = [100, 102, 101, 103, 105, 104, 102, 103, 106, 107, 108, 102, 103, 106, 107, 108]
    returns = [b / a - 1 for a, b in pairwise(ends)]
    mean = sum(returns) / len(returns)
    variance = sum((r - mean) ** 2 for r in returns) / (len(returns) - 1)
    result = whole(book, tmp_path)
    assert value(result, "sharpe") == pytest.approx(mean / math.sqrt(variance) * math.sqrt(252))
    assert value(result, "volatility") == pytest.approx(math.sqrt(variance * 252))
    below = sum(min(r, 0) ** 2 for r in returns) / len(returns)
    assert value(result, "sortino") == pytest.approx(mean / math.sqrt(below) * math.sqrt(252))


def test_profit_is_the_difference_of_the_decimals_that_equity_shows(
    book: Book, tmp_path: Path
) -> None:
    book.sample(MONDAY, 100_000)
    book.sample(MONDAY + DAY, 100_001.6)
    assert value(whole(book, tmp_path), "pnl") == 1.6


def test_risk_free_rate_is_taken_from_every_daily_return(book: Book, tmp_path: Path) -> None:
    book.days([100 + day % 3 + day for day in range(12)])
    returns = [(101 + (d + 1) % 3 + d) / (100 + d % 3 + d) - 1 - 0.05 / 365 for d in range(11)]
    mean = sum(returns) / 11
    deviation = math.sqrt(sum((r - mean) ** 2 for r in returns) / 10)
    basis = Basis(days_per_year=365, risk_free=0.05, currencies={"main": "USD"})
    result = whole(book, tmp_path, basis)
    assert value(result, "sharpe") == pytest.approx(mean / deviation * math.sqrt(365))


def test_every_calendar_day_counts_where_a_year_has_365(book: Book, tmp_path: Path) -> None:
    book.sample(MONDAY, 100)
    book.sample(MONDAY + 1 * DAY, 110)
    book.sample(MONDAY + 12 * DAY, 121)
    everyday = whole(book, tmp_path / "a", Basis(365, 0.0, {"main": "USD"}))
    returns = [0.1, *[0.0] * 10, 0.1]
    mean = 0.2 / 12
    deviation = math.sqrt(sum((r - mean) ** 2 for r in returns) / 11)
    assert value(everyday, "volatility") == pytest.approx(deviation * math.sqrt(365))
    assert reason(whole(book, tmp_path / "b"), "sharpe") == "needs 10 daily returns, has 2"


def test_total_return_cagr_and_calmar_over_two_years(book: Book, tmp_path: Path) -> None:
    book.sample(MONDAY, 1_000)
    book.sample(MONDAY + 365 * DAY, 800)
    book.sample(MONDAY + int(730.5 * DAY), 1_440)
    result = whole(book, tmp_path)
    assert value(result, "total_return") == pytest.approx(0.44)
    assert value(result, "cagr") == pytest.approx(0.2)
    assert value(result, "max_drawdown") == pytest.approx(0.2)
    assert value(result, "calmar") == pytest.approx(1.0)
    assert value(result, "pnl") == 440


def test_drawdown_lasts_from_the_peak_to_its_recovery(book: Book, tmp_path: Path) -> None:
    book.days([100, 120, 90, 120, 119, 121, 110])
    result = whole(book, tmp_path)
    assert value(result, "max_drawdown") == pytest.approx(0.25)
    assert value(result, "max_drawdown_money") == 30
    assert value(result, "max_drawdown_duration") == 2 * 86_400


def test_drawdown_without_recovery_lasts_to_the_end(book: Book, tmp_path: Path) -> None:
    book.days([100, 90, 80, 85, 99])
    assert value(whole(book, tmp_path), "max_drawdown_duration") == 4 * 86_400


def test_rising_equity_has_no_drawdown_and_no_calmar(book: Book, tmp_path: Path) -> None:
    book.days([100 + day for day in range(40)])
    result = whole(book, tmp_path)
    assert value(result, "max_drawdown") == 0
    assert value(result, "max_drawdown_duration") == 0
    assert reason(result, "calmar") == "no drawdown"
    assert reason(result, "sortino") == "no day below the target"


def test_flat_equity_has_no_sharpe(book: Book, tmp_path: Path) -> None:
    book.days([100] * 20)
    result = whole(book, tmp_path)
    assert reason(result, "sharpe") == "daily returns do not vary"
    assert value(result, "volatility") == 0


def test_short_runs_are_not_annualised(book: Book, tmp_path: Path) -> None:
    book.days([100, 101, 102])
    result = whole(book, tmp_path)
    assert reason(result, "cagr") == "2.0 days are too few to annualise (30)"
    assert reason(result, "calmar") == reason(result, "cagr")
    assert reason(result, "volatility") == "needs 10 daily returns, has 2"


@pytest.mark.parametrize("start", [0, -5])
def test_start_equity_that_is_not_positive_gives_reasons(
    book: Book, tmp_path: Path, start: float
) -> None:
    book.days([start, *range(1, 40)])
    result = whole(book, tmp_path)
    for name in ("total_return", "cagr", "max_drawdown", "max_drawdown_duration"):
        assert reason(result, name) == "start equity is not positive"
    assert reason(result, "sharpe") == "equity was zero or negative"


def test_equity_that_ends_below_zero_has_no_growth_rate(book: Book, tmp_path: Path) -> None:
    book.days([100] * 40 + [-20])
    result = whole(book, tmp_path)
    assert value(result, "total_return") == pytest.approx(-1.2)
    assert value(result, "max_drawdown") == pytest.approx(1.2)
    assert reason(result, "cagr") == "equity ended at zero or below"


def test_buy_and_hold_is_the_mean_over_traded_instruments(book: Book, tmp_path: Path) -> None:
    book.days([100, 110])
    for name, start, end in (("A.SIM", 100, 110), ("B.SIM", 50, 40), ("C.SIM", 1, 9)):
        book.mark(MONDAY, start, name)
        book.mark(MONDAY + DAY, end, name)
    assert value(whole(book, tmp_path / "all"), "buy_and_hold") == pytest.approx(
        (0.1 - 0.2 + 8) / 3
    )
    book.fill(MONDAY, 1, 100, instrument="A.SIM")
    book.fill(MONDAY, 1, 50, instrument="B.SIM")
    assert value(whole(book, tmp_path / "two"), "buy_and_hold") == pytest.approx(-0.05)


def test_monthly_returns_multiply_to_the_total_return(book: Book, tmp_path: Path) -> None:
    book.days([100 + (day * 7) % 31 for day in range(100)])
    result = whole(book, tmp_path)
    assert [(month.year, month.month) for month in result.months] == [
        (2023, 1),
        (2023, 2),
        (2023, 3),
        (2023, 4),
    ]
    product = math.prod(1 + (month.change or 0.0) for month in result.months)
    assert product - 1 == pytest.approx(value(result, "total_return"))
    # 30 days after 2 January is midnight of 1 February, which still belongs to January.
    assert result.months[0].change == pytest.approx((100 + 210 % 31) / 100 - 1)


def test_slippage_is_positive_when_worse_than_arrival(book: Book, tmp_path: Path) -> None:
    book.days([1_000, 1_000])
    book.fill(MONDAY, 10, 100.1, arrival=100)  # 1.0 worse
    book.fill(MONDAY + 1, -10, 100.2, arrival=100, type="limit", liquidity="maker")  # 2.0 better
    book.fill(MONDAY + 2, 10, 100)
    result = whole(book, tmp_path)
    assert value(result, "slippage_money") == pytest.approx(-1.0)
    assert value(result, "slippage_bps") == pytest.approx(-1.0 / 2_000 * 1e4)
    rows = {(row.group, row.name): row for row in result.execution.slippage}
    assert rows["side", "buy"].bps == pytest.approx(10)
    assert rows["type", "limit"].money == pytest.approx(-2)
    assert rows["liquidity", "taker"].fills == 1
    assert result.execution.fills_without_arrival == 1
    assert value(result, "maker_share") == pytest.approx(1_002 / 3_003)


def test_fill_ratio_counts_sent_orders_only(book: Book, tmp_path: Path) -> None:
    book.days([1_000, 1_000])
    book.fill(MONDAY, 1, 100)
    book.order("canceled", filled=0.5)
    book.order("rejected", "no such board")
    book.order("denied", "order_value")
    book.order("denied", "order_value")
    book.order("denied", "open_orders")
    result = whole(book, tmp_path)
    assert value(result, "fill_ratio") == pytest.approx(0.5)
    assert value(result, "orders") == 3
    assert value(result, "denied") == 3
    assert [(row.name, row.count) for row in result.execution.denials] == [
        ("order_value", 2),
        ("open_orders", 1),
    ]
    assert [row.name for row in result.execution.rejections] == ["no such board"]


def test_time_to_fill_is_from_submission_to_the_first_fill(book: Book, tmp_path: Path) -> None:
    book.days([1_000, 1_000])
    for number, seconds in enumerate([1, 2, 9]):
        ts = MONDAY + number * HOUR
        book.fill(ts, 1, 100, submitted=ts - seconds * 10**9)
    result = whole(book, tmp_path)
    assert value(result, "time_to_fill") == 2.0
    page = result.execution.fill_times[0]
    assert (page.name, page.orders) == ("all orders", 3)
    assert page.percentile_95_s == pytest.approx(8.3)


def test_max_leverage_is_of_the_samples(book: Book, tmp_path: Path) -> None:
    book.sample(MONDAY, 100, gross=0)
    book.sample(MONDAY + 1, 100, gross=250)
    book.sample(MONDAY + 2, 200, gross=300)
    assert value(whole(book, tmp_path), "max_leverage") == 2.5


def test_an_empty_run_has_reasons_for_everything(book: Book, tmp_path: Path) -> None:
    result = whole(book, tmp_path)
    assert list(result.measures) == [definition.name for definition in DEFINITIONS]
    for name, metric in result.measures.items():
        assert metric.value is not None or metric.reason, name
    assert reason(result, "start_equity") == "no equity was sampled"
    assert reason(result, "slippage_bps") == "no fills"


def test_summary_survives_json_and_gives_the_measures_again(book: Book, tmp_path: Path) -> None:
    book.days([1_000, 1_010, 1_005])
    book.fill(MONDAY, 1, 100, fee=1)
    run: RunResult = compute(book.write(tmp_path), USD)
    stored = json.loads(json.dumps(run.summary(), allow_nan=False))
    assert (stored["pnl"], stored["fees"], stored["currency"]) == (5, 1, "USD")
    assert stored["sharpe"] is None
    assert run.total is not None
    assert measures_from_json(stored) == run.total.measures
    assert measures_from_json(stored["accounts"]["main"]) == run.accounts[0].measures
    assert stored["basis"] == {"days_per_year": 252, "risk_free": 0.0}


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(DEFINITIONS)
