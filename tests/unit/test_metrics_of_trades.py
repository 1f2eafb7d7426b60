"""Round trips, money and accounts behind a run's metrics, against cases worked out by hand."""

from pathlib import Path

import pytest

from backtest.results.metrics import Basis, compute
from backtest.results.splits import by_strategy
from tests.results.folders import DAY, MONDAY, Book
from tests.results.judging import HOUR, reason, value, whole


@pytest.fixture
def book() -> Book:
    return Book()


def test_trades_are_netted_by_average_cost(book: Book, tmp_path: Path) -> None:
    book.days([1_000, 1_000])
    book.fill(MONDAY, 2, 100, fee=1)
    book.fill(MONDAY + HOUR, 2, 110, fee=1)  # average 105
    book.fill(MONDAY + 2 * HOUR, -1, 120, fee=0.5)  # +15
    book.fill(MONDAY + 3 * HOUR, -3, 95, fee=1.5)  # -30
    result = whole(book, tmp_path)
    trips = result.trips
    assert trips.pnl.tolist() == [-15]
    assert trips.fees.tolist() == [4]
    assert trips.entry_price.tolist() == [105]
    assert trips.exit_price.tolist() == [(120 + 3 * 95) / 4]
    assert trips.quantity.tolist() == [4]
    assert trips.holding_ns.tolist() == [3 * HOUR]
    assert value(result, "trades") == 1
    assert value(result, "average_trade") == pytest.approx(-19 / 420)
    assert value(result, "fees") == 4


def test_flip_ends_one_trade_and_begins_the_next(book: Book, tmp_path: Path) -> None:
    book.days([1_000, 1_000])
    book.fill(MONDAY, 1, 100, fee=0.3)
    book.fill(MONDAY + HOUR, -3, 110, fee=0.9)
    book.fill(MONDAY + 2 * HOUR, 2, 112, fee=0.6)
    result = whole(book, tmp_path)
    assert result.trips.side.tolist() == [1, -1]
    assert result.trips.pnl.tolist() == [10, -4]
    assert result.trips.fees.tolist() == pytest.approx([0.6, 1.2])
    assert result.trips.fills.tolist() == [2, 2]
    assert value(result, "long_trades") == 1
    assert value(result, "short_pnl") == pytest.approx(-5.2)
    assert value(result, "win_rate") == 0.5
    assert value(result, "profit_factor") == pytest.approx(9.4 / 5.2)
    assert value(result, "expectancy") == pytest.approx(2.1)
    assert value(result, "average_win") == pytest.approx(9.4)
    assert value(result, "average_loss") == pytest.approx(-5.2)
    assert value(result, "best_trade") == pytest.approx(0.094)
    assert value(result, "worst_trade") == pytest.approx(-5.2 / 220)


def test_float_noise_does_not_keep_a_trade_open(book: Book, tmp_path: Path) -> None:
    book.days([1_000, 1_000])
    for ts, signed in enumerate([0.1, 0.2, -0.3, 0.7, -0.7]):
        book.fill(MONDAY + ts, signed, 100)
    result = whole(book, tmp_path)
    assert result.trips.closed.tolist() == [True, True]
    assert result.trips.fills.tolist() == [3, 2]


def test_strategies_accounts_and_instruments_are_netted_apart(book: Book, tmp_path: Path) -> None:
    book.days([1_000, 1_000])
    book.fill(MONDAY, 1, 100, strategy="a")
    book.fill(MONDAY + 1, -1, 101, strategy="b")
    book.fill(MONDAY + 2, -1, 103, strategy="a", instrument="GBPUSD.SIM")
    book.fill(MONDAY + 3, -1, 104, strategy="a")
    result = whole(book, tmp_path)
    assert value(result, "trades") == 1
    assert result.trips.pnl.tolist() == [4, 0, 0]
    assert result.trips.closed.tolist() == [True, False, False]


def test_open_trade_counts_as_exposure_but_not_as_trade(book: Book, tmp_path: Path) -> None:
    book.days([1_000] * 11)
    book.fill(MONDAY + 8 * DAY, 1, 100)
    result = whole(book, tmp_path)
    assert value(result, "trades") == 0
    assert value(result, "exposure") == pytest.approx(0.2)
    for name in ("win_rate", "profit_factor", "expectancy", "best_trade", "average_holding"):
        assert reason(result, name) == "no closed trade"


def test_overlapping_positions_are_exposed_once(book: Book, tmp_path: Path) -> None:
    book.days([1_000] * 11)
    book.fill(MONDAY + 1 * DAY, 1, 100, strategy="a")
    book.fill(MONDAY + 2 * DAY, 1, 100, strategy="b")
    book.fill(MONDAY + 3 * DAY, -1, 100, strategy="b")
    book.fill(MONDAY + 5 * DAY, -1, 100, strategy="a")
    book.fill(MONDAY + 7 * DAY, 1, 100, strategy="b")
    book.fill(MONDAY + 8 * DAY, -1, 100, strategy="b")
    assert value(whole(book, tmp_path), "exposure") == pytest.approx(0.5)


def test_no_losing_trade_gives_no_profit_factor(book: Book, tmp_path: Path) -> None:
    book.days([1_000, 1_000])
    book.fill(MONDAY, 1, 100)
    book.fill(MONDAY + 1, -1, 101)
    result = whole(book, tmp_path)
    assert reason(result, "profit_factor") == "no losing trade"
    assert reason(result, "average_loss") == "no losing trade"
    assert reason(result, "short_win_rate") == "no closed trade"


def test_money_is_converted_at_the_rate_of_the_fill(book: Book, tmp_path: Path) -> None:
    book.days([1_000, 1_000])
    sber = {"currency": "RUB", "instrument": "SBER.MOEX", "multiplier": 10.0}
    book.fill(MONDAY, 1, 250, fee=2, fee_currency="USD", rate=0.01, **sber)  # type: ignore[arg-type] # one mapping, many types
    book.fill(MONDAY + 1, -1, 260, fee=50, fee_currency="RUB", rate=0.02, **sber)  # type: ignore[arg-type] # the same
    result = whole(book, tmp_path)
    assert result.trips.pnl.tolist() == pytest.approx([2.0])
    assert result.trips.fees.tolist() == pytest.approx([3.0])
    assert value(result, "traded_value") == pytest.approx(25 + 52)
    assert value(result, "turnover") == pytest.approx(0.077)


def test_result_settled_by_a_clearing_is_part_of_the_trade(book: Book, tmp_path: Path) -> None:
    book.fill(MONDAY, 2, 100)
    book.fill(MONDAY + DAY, -2, 130)
    book.fill(MONDAY + 2 * DAY, 1, 130)
    # A clearing at 120 paid 40 in cash and moved the cost, so that the exit realised only 20.
    booked = list(book.fills[1])
    booked[-3] = 20.0
    book.fills[1] = tuple(booked)
    book.sample(MONDAY, 1_000)
    book.sample(MONDAY + DAY, 1_060)
    result = whole(book, tmp_path)
    assert result.trips.pnl.tolist() == [60, 0]
    assert value(result, "other_cash") == 40
    assert by_strategy(result)[0].net == 60


def test_cash_without_fills_is_told_apart(book: Book, tmp_path: Path) -> None:
    book.sample(MONDAY, 1_000)
    book.fill(MONDAY, 1, 100, fee=2)
    book.fill(MONDAY + 1, -1, 105, fee=2)
    book.sample(MONDAY + DAY, 997.5)  # 5 realised, 4 fees, and so 3.5 of swap
    assert value(whole(book, tmp_path), "other_cash") == pytest.approx(-3.5)


def test_fee_in_a_third_currency_is_not_guessed(book: Book, tmp_path: Path) -> None:
    book.days([1_000, 1_000])
    book.fill(MONDAY, 1, 100, fee=0.01, fee_currency="BNB")
    assert reason(whole(book, tmp_path), "fees") == "1 fees in BNB have no rate"


def test_accounts_of_one_currency_are_added(book: Book, tmp_path: Path) -> None:
    book.days([100, 110, 90], account="a")
    book.days([200, 190, 230], account="b", start=MONDAY + DAY)
    run = compute(book.write(tmp_path), Basis(currencies={"a": "EUR", "b": "EUR"}))
    assert run.total is not None
    assert run.total.curve.equity.tolist() == [300, 310, 280, 320]
    assert [account.name for account in run.accounts] == ["a", "b"]
    assert value(run.accounts[1], "pnl") == 30
    assert run.views == (run.total,)


def test_accounts_of_two_currencies_have_no_total(book: Book, tmp_path: Path) -> None:
    book.days([100, 110], account="a")
    book.days([200, 190], account="b")
    book.fill(MONDAY, 1, 10, account="a")
    run = compute(book.write(tmp_path), Basis(currencies={"a": "EUR", "b": "USD"}))
    assert run.total is None
    assert run.views == run.accounts
    assert [value(account, "fills") for account in run.accounts] == [1, 0]
    summary = run.summary()
    assert summary["start_equity"] is None
    assert summary["currency"] is None
