"""The benchmarks' data, their engine-free answers and what a comparison judges.

Nothing here is timed: figures belong to `benchmarks/`.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.book_data import make_deltas
from benchmarks.contract import Answer, Result, results_in
from benchmarks.data import (
    Rows,
    Sizes,
    digest,
    load_bars,
    load_deltas,
    load_quotes_and_trades,
    make_bars,
    make_quotes_and_trades,
    prepare,
)
from benchmarks.limits import FLOOR_LIMITS, judge, unmeasured
from benchmarks.reference import moving_average_cross, quote_around_mid, touch_changes
from benchmarks.run import Comparison

SEEDS = (1, 7, 2022)


def test_same_seed_gives_equal_rows_and_another_seed_does_not() -> None:
    assert make_bars(500, 7).tobytes() == make_bars(500, 7).tobytes()
    assert make_bars(500, 7).tobytes() != make_bars(500, 8).tobytes()
    once, again = make_quotes_and_trades(500, 100, 7), make_quotes_and_trades(500, 100, 7)
    assert [rows.tobytes() for rows in once] == [rows.tobytes() for rows in again]
    assert once[0].tobytes() != make_quotes_and_trades(500, 100, 8)[0].tobytes()


@pytest.mark.parametrize("seed", SEEDS)
def test_bars_are_possible_and_on_the_grid(seed: int) -> None:
    bars = make_bars(5_000, seed)
    assert (bars["h"] >= np.maximum(bars["o"], bars["c"])).all()
    assert (bars["l"] <= np.minimum(bars["o"], bars["c"])).all()
    assert (bars["l"] > 0).all()
    assert (bars["v"] >= 1).all()
    assert (bars["o"][1:] == bars["c"][:-1]).all()
    assert (np.diff(bars["ts"]) == 60_000_000_000).all()
    for name in ("o", "h", "l", "c"):
        assert (np.rint(bars[name] * 100) / 100 == bars[name]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_quotes_are_uncrossed_and_trades_happen_between_them(seed: int) -> None:
    quotes, trades = make_quotes_and_trades(5_000, 1_000, seed)
    assert (quotes["ask"] > quotes["bid"]).all()
    assert (np.diff(quotes["ts"]) > 0).all()
    assert (np.diff(trades["ts"]) > 0).all()
    assert not np.isin(trades["ts"], quotes["ts"]).any()
    before = quotes[np.searchsorted(quotes["ts"], trades["ts"]) - 1]
    sells = trades["side"] < 0
    assert sells.any()
    assert not sells.all()
    assert (trades["px"][sells] <= before["bid"][sells]).all()
    assert (trades["px"][~sells] >= before["ask"][~sells]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_drawn_book_has_both_sides_and_is_never_crossed(seed: int) -> None:
    sides: dict[int, dict[int, float]] = {1: {}, -1: {}}
    for row, (_, side, price, size) in enumerate(make_deltas(5_000, seed).tolist()):
        if size:
            sides[side][price] = size
        else:
            del sides[side][price]
        if row >= 40:
            assert max(sides[1]) < min(sides[-1])
    assert min(map(len, sides.values())) >= 5


@pytest.mark.parametrize("seed", SEEDS)
def test_touch_answer_equals_a_search_after_every_row(seed: int) -> None:
    deltas = make_deltas(2_000, seed)
    sides: dict[int, dict[int, float]] = {1: {}, -1: {}}
    touches: list[tuple[int | None, int | None]] = [(None, None)]
    for _, side, price, size in deltas.tolist():
        sides[side][price] = size
        bids, asks = ([p for p, s in sides[one].items() if s] for one in (1, -1))
        touches.append((max(bids, default=None), min(asks, default=None)))
    changes = sum(one != other for one, other in pairwise(touches))
    assert touch_changes(deltas) == Answer(0, 0, 0.0, 0, changes)
    assert changes > 100


def test_sizes_that_cannot_be_filled_are_refused() -> None:
    with pytest.raises(ValueError, match="more quotes than trades"):
        Sizes(bars=10, quotes=5, trades=5)


def test_dataset_is_made_once_and_read_in_parts(tmp_path: Path) -> None:
    sizes = Sizes(bars=300, quotes=200, trades=50, deltas=100)
    folder = prepare(tmp_path, seed=3, sizes=sizes)
    made = digest(folder)
    assert prepare(tmp_path, seed=3, sizes=sizes) == folder
    assert digest(folder) == made
    assert digest(prepare(tmp_path, seed=4, sizes=sizes)) != made
    assert (load_bars(folder, 100) == make_bars(300, 3)[:100]).all()
    assert (load_deltas(folder, 60) == make_deltas(100, 3)[:60]).all()
    quotes, trades = load_quotes_and_trades(folder, 80)
    assert len(quotes) == 80
    assert 0 < len(trades) < 50
    assert trades["ts"][-1] <= quotes["ts"][-1]
    with pytest.raises(ValueError, match="asked for 301 rows of 300"):
        load_bars(folder, 301)


def _cross_bar_by_bar(bars: Rows) -> Answer:
    closes = [round(close * 100) for close in bars["c"].tolist()]
    opens = [round(price * 100) for price in bars["o"].tolist()]
    position = cash = fees = fills = orders = 0
    before: int | None = None
    for row in range(49, len(bars)):
        apart = 5 * sum(closes[row - 19 : row + 1]) - 2 * sum(closes[row - 49 : row + 1])
        change = 0
        if before is not None and apart > 0 >= before and not position:
            change = 1
        if before is not None and apart < 0 <= before and position:
            change = -1
        before = apart
        orders += abs(change)
        if change and row + 1 < len(bars):
            position += change
            cash -= change * opens[row + 1]
            fees += opens[row + 1]
            fills += 1
    pnl = (cash + position * closes[-1]) / 100 - fees / 1_000_000
    return Answer(fills, orders, round(pnl, 2), position)


@pytest.mark.parametrize("seed", SEEDS)
def test_cross_answer_equals_a_walk_bar_by_bar(seed: int) -> None:
    bars = make_bars(3_000, seed)
    for count in (1, 49, 50, 51, 500, 3_000):
        assert moving_average_cross(bars[:count]) == _cross_bar_by_bar(bars[:count])


def test_cross_answer_counts_an_order_of_the_last_bar_but_does_not_fill_it() -> None:
    bars = make_bars(3_000)
    counts = range(51, 3_000)
    last = next(n for n in counts if moving_average_cross(bars[:n]).orders)
    cut = moving_average_cross(bars[:last])
    assert (cut.fills, cut.orders) == (0, 1)
    assert moving_average_cross(bars[: last + 1]).fills == 1


def _quote_row_by_row(quotes: Rows, trades: Rows) -> Answer:
    events = [(ts, bid, ask, True) for ts, bid, ask in quotes[["ts", "bid", "ask"]].tolist()]
    events += [(ts, price, price, False) for ts, price in trades[["ts", "px"]].tolist()]
    bid: int | None = None
    ask: int | None = None
    reference: int | None = None
    fills = orders = position = cash = mid = 0
    for _, high, low, is_quote in sorted(events):
        if bid is not None and low <= bid:
            position, cash, fills, bid = position + 1, cash - bid, fills + 1, None
        if ask is not None and high >= ask:
            position, cash, fills, ask = position - 1, cash + ask, fills + 1, None
        if not is_quote:
            continue
        mid = high + low
        if reference is None or abs(mid - reference) >= 4:
            reference, bid, ask = mid, mid // 2 - 2, (mid + 1) // 2 + 2
            orders += 2
    return Answer(fills, orders, round((cash + position * mid / 2) / 100, 3), position)


@pytest.mark.parametrize("seed", SEEDS)
def test_quoting_answer_equals_a_walk_row_by_row(seed: int) -> None:
    quotes, trades = make_quotes_and_trades(4_000, 1_000, seed)
    answer = quote_around_mid(quotes, trades)
    assert answer == _quote_row_by_row(quotes, trades)
    assert answer.fills


def test_answer_of_the_comparison_scripts_is_met_on_a_part_of_their_data() -> None:
    assert moving_average_cross(make_bars(100_000)) == Answer(2_231, 2_231, -10.35, 1)


def _result(engine: str, run_s: float, answer: Answer) -> Result:
    return Result(engine, 1, 1_000, 0.1, run_s, 1.0, 50.0, answer)


def test_result_lines_are_read_with_the_names_of_other_engines() -> None:
    line = (
        'noise\rRESULT {"engine": "other 1.0", "work": 2, "n": 10, "load_s": 1, "run_s": 2,'
        ' "proc_s": 3, "rss_mb": 4, "pos": -5.0}\n'
    )
    expected = Result("other 1.0", 2, 10, 1, 2, 3, 4, Answer(position=-5.0))
    assert list(results_in(line)) == [expected]


def test_a_ratio_above_its_limit_is_broken_and_at_its_limit_holds() -> None:
    at_most = FLOOR_LIMITS[0].at_most
    for factor, holds in ((1.0, True), (1.01, False)):
        medians = {
            "floor": _result("floor", 1.0, Answer()),
            "lockstep": _result("lockstep", at_most * factor, Answer()),
        }
        (verdict,) = judge(1, medians)
        assert verdict.holds is holds
        assert FLOOR_LIMITS[0] not in unmeasured(1, medians)


def test_a_limit_without_its_engine_is_listed_as_not_measured() -> None:
    medians = {"floor": _result("floor", 1.0, Answer())}
    assert judge(1, medians) == []
    assert FLOOR_LIMITS[0] in unmeasured(1, medians)


def test_a_comparison_finds_fault_with_wrong_missing_and_too_few() -> None:
    right = _result("reference", 1.0, Answer(10, 10, 1.5, 0))
    cases: list[tuple[Result, list[str]]] = [
        (_result("lockstep", 1.0, Answer(10, 10, 1.504, 0.0)), []),
        (_result("lockstep", 1.0, Answer(9, 10, 1.5, 0)), ["fills 9 instead of 10"]),
        (_result("lockstep", 1.0, Answer(10, 10, None, 0)), ["pnl is missing"]),
        (
            Result("lockstep", 1, 999, 0.1, 1.0, 1.0, 50.0, Answer(10, 10, 1.5, 0)),
            ["999 events instead of 1000"],
        ),
    ]
    for result, faults in cases:
        comparison = Comparison(1, [], {"lockstep": [result]}, {"lockstep": right})
        assert comparison.faults() == faults
