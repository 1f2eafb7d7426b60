"""Books agree with slow ones that sort whatever they hold each time they are asked."""

from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.books.book import Book
from engine.books.levels import NOWHERE, Levels
from engine.books.order_book import OrderBook
from engine.model.instrument import Instrument
from engine.model.market import CLEARS_BOOK, LAST_IN_EVENT, BookAction
from engine.native.selection import in_use

NATIVE = "engine.native.levels"
XYZ = Instrument.define("XYZ.SIM", tick="1", currency="USD")
SIDES = st.sampled_from([1, -1])
SIZES = st.integers(0, 3)
LEVELS = st.lists(st.tuples(SIDES, st.integers(-4, 4), SIZES), max_size=40)
ORDERS = st.lists(
    st.tuples(
        st.sampled_from([a for a in BookAction if a]),
        st.integers(1, 6),
        SIDES,
        st.integers(1, 4),
        st.integers(0, 4),
    ),
    max_size=60,
)


@settings(max_examples=200)
@given(LEVELS)
def test_levels_are_what_was_said_last_of_each_price(rows: list[tuple[int, int, int]]) -> None:
    book = Book(XYZ)
    book.change(CLEARS_BOOK, 0, 0, 0)
    said: dict[tuple[int, int], int] = {}
    for side, price, size in rows:
        book.change(LAST_IN_EVENT, side, price, size)
        said[side, price] = size
        bids = sorted(((p, s) for (d, p), s in said.items() if d > 0 and s), reverse=True)
        asks = sorted((p, s) for (d, p), s in said.items() if d < 0 and s)
        assert (book.bids.top(99), book.asks.top(99)) == (bids, asks)
        assert book.bid == bids[0][0] if bids else book.bid != book.bid
        assert book.is_crossed == bool(bids and asks and bids[0][0] > asks[0][0])


class SlowOrder:
    """One order, in a list of all of them in time priority."""

    def __init__(self, name: int, side: int, price: int, size: int) -> None:
        self.name, self.side, self.price, self.size = name, side, price, size


def change_slowly(
    orders: list[SlowOrder], action: BookAction, name: int, side: int, price: int, size: int
) -> None:
    found = next((order for order in orders if order.name == name), None)
    if action == BookAction.ADD or (action == BookAction.MODIFY and found is None):
        if found is not None:
            orders.remove(found)
        orders.append(SlowOrder(name, side, price, size))
    elif found is None:
        return
    elif action == BookAction.MODIFY:
        if price != found.price or size > found.size:
            orders.remove(found)
            orders.append(SlowOrder(name, found.side, price, size))
        else:
            found.size = size
    else:
        found.size = max(0, found.size - size)
    orders[:] = [order for order in orders if order.size]


@settings(max_examples=200)
@given(ORDERS)
def test_queues_are_the_orders_of_a_price_in_time(
    rows: list[tuple[BookAction, int, int, int, int]],
) -> None:
    book = OrderBook(XYZ)
    book.change(CLEARS_BOOK, 0, 0, 0)
    slow: list[SlowOrder] = []
    for row in rows:
        book.change_order(LAST_IN_EVENT, *row)
        change_slowly(slow, *row)
        for side, levels in ((1, book.bids), (-1, book.asks)):
            for price in range(1, 5):
                there = [o for o in slow if (o.side, o.price) == (side, price)]
                queue = [(order.id, order.size) for order in book.queue(side, price)]
                assert queue == [(order.name, order.size) for order in there]
                assert levels.size(price) == sum(order.size for order in there)


@pytest.mark.skipif(NATIVE not in in_use(), reason="the core is not compiled here")
@given(
    st.sampled_from([1, -1]),
    st.lists(st.tuples(st.integers(-90, 90), st.sampled_from([0, 0, 1, 7])), max_size=300),
)
def test_compiled_levels_equal_plain_ones(side: int, rows: list[tuple[int, int]]) -> None:
    plain, compiled = Levels(side), import_module(NATIVE).Levels(side)
    for price, size in rows:
        for levels in (plain, compiled):
            levels.set(price, size)
        assert (compiled.best, len(compiled)) == (plain.best, len(plain))
        assert compiled.size(price) == size == plain.size(price)
    assert compiled.top(500) == plain.top(500) == [plain.level(n) for n in range(len(plain))]
    assert compiled.top(2) == plain.top(2)
    compiled.clear()
    assert (len(compiled), compiled.best, compiled.size(1)) == (0, NOWHERE, 0)
