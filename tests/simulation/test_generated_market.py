"""The market of a simulator without a recording: the same rows for a seed, all on the grid."""

from itertools import islice, pairwise

import pytest

from connectors.simulation.market import GeneratedMarket, book_around
from engine.errors import UsageError
from engine.model.market import QuoteTick, TradeTick
from tests.simulation.counter import XYZ

MARKET = GeneratedMarket(instrument=XYZ, price=100.0, seed=7)


def test_rows_are_those_of_the_seed_in_the_order_of_time() -> None:
    rows = list(islice(MARKET.rows(1_000), 500))
    assert rows == list(islice(MARKET.rows(1_000), 500))
    assert [row.ts_event for row in rows] == sorted(row.ts_event for row in rows)
    assert {type(row) for row in rows} == {QuoteTick, TradeTick}


def test_prices_and_sizes_are_on_the_grid_and_quotes_never_crossed() -> None:
    for row in islice(MARKET.rows(0), 500):
        if isinstance(row, QuoteTick):
            assert XYZ.price(row.bid) == row.bid < row.ask == XYZ.price(row.ask)
        else:
            assert XYZ.quantity(row.size) == row.size > 0


def test_bars_are_the_same_whatever_stretch_is_asked_for() -> None:
    minute = 60 * 10**9
    long = MARKET.bars("1m", 0, 100 * minute)
    assert MARKET.bars("1m", 10 * minute + 1, 20 * minute) == long[11:20]
    assert all(a.close == b.open for a, b in pairwise(long))
    assert all(bar.low <= min(bar.open, bar.close) for bar in long)


def test_bars_without_a_fixed_length_are_refused() -> None:
    with pytest.raises(UsageError, match="100t"):
        MARKET.bars("100t", 0, 1)


def test_book_stands_around_the_touch() -> None:
    book = book_around(QuoteTick("XYZ.SIM", 1, 2, 99.99, 100.01, 5.0, 7.0), XYZ, 3)
    assert book.bids == ((99.99, 5.0), (99.98, 10.0), (99.97, 15.0))
    assert book.asks == ((100.01, 7.0), (100.02, 14.0), (100.03, 21.0))


def test_empty_side_of_a_touch_gives_an_empty_side_of_the_book() -> None:
    nan = float("nan")
    assert book_around(QuoteTick("XYZ.SIM", 1, 2, nan, 1.0, nan, 1.0), XYZ, 2).bids == ()
