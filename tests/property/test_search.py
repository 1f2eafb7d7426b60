"""The search for the next row that matters equals looking at every row, compiled or not."""

from collections.abc import Callable
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtest.scan import search
from backtest.scan.search import LaneColumns, Search
from engine.native.selection import in_use
from engine.quiet import Bounds
from tests.runs.small import SPY

NATIVE = "backtest.native.search"
MAKERS: list[Callable[[list[LaneColumns]], Search]] = [Search]
if NATIVE in in_use():
    MAKERS.append(import_module(NATIVE).Search)

SMALL = st.integers(0, 6)
ROWS = st.lists(st.tuples(st.integers(0, 3), SMALL, SMALL), max_size=30)
SPANS = st.lists(st.tuples(SMALL, st.integers(0, 8)), min_size=3, max_size=3).map(
    lambda pairs: [limit for low, more in pairs for limit in (low, low + more)]
)
STEPS = st.lists(st.tuples(SPANS, st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=12)


def lane(rows: list[tuple[int, int, int]]) -> LaneColumns:
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 3).T
    return np.cumsum(table[0]), np.ascontiguousarray(table[1]), np.ascontiguousarray(table[2])


@pytest.mark.parametrize("make", MAKERS)
@given(lanes=st.lists(ROWS, min_size=1, max_size=4), steps=STEPS, look=st.sampled_from([1, 2, 256]))
def test_search_finds_what_looking_at_every_row_finds(
    make: Callable[[list[LaneColumns]], Search],
    lanes: list[list[tuple[int, int, int]]],
    steps: list[tuple[list[int], int, int]],
    look: int,
) -> None:
    columns = [lane(rows) for rows in lanes]
    merged = sorted(
        (int(ts), number, row)
        for number, each in enumerate(columns)
        for row, ts in enumerate(each[0])
    )
    bounds: list[tuple[list[int], int]] = [([1, 0] * 3, -1)] * len(lanes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_FIRST_LOOK", look)
        searched = make(columns)
        while True:
            for number, (spans, until, _) in zip(range(len(lanes)), steps, strict=False):
                bounds[number] = spans, until
                searched.bound(number, drawn(spans, until))
            due = steps[0][2]
            steps = steps[1:] + steps[:1]
            passed: dict[int, int] = {}
            while merged and within(columns, bounds, merged[0], due):
                _, number, row = merged.pop(0)
                passed[number] = row
            assert searched.next(due) == (merged[0][1] if merged else -1)
            assert dict(searched.moved()) == passed
            if not merged:
                break
            _, number, row = merged.pop(0)
            assert searched.row(number) == row
            searched.take(number)


def within(
    columns: list[LaneColumns],
    bounds: list[tuple[list[int], int]],
    place: tuple[int, int, int],
    due: int,
) -> bool:
    ts, number, row = place
    _, first, second = columns[number]
    spans, until = bounds[number]
    values = int(first[row]), int(second[row]), int(first[row] + second[row])
    inside = [spans[2 * i] <= value <= spans[2 * i + 1] for i, value in enumerate(values)]
    return ts < min(due, until) and all(inside)


def drawn(spans: list[int], until: int) -> Bounds:
    bounds = Bounds(SPY)
    bounds.keep_first(*spans[:2])
    bounds.keep_second(*spans[2:4])
    bounds.keep_sum(*spans[4:])
    bounds.keep_before(until)
    return bounds
