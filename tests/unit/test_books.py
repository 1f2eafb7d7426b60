"""Books by level and by order: what they hold, when they are broken, who comes first."""

from zlib import crc32

import pytest

from engine.books.book import Book
from engine.books.chain import SequenceChain
from engine.books.checksum import book_checksum
from engine.books.order_book import OrderBook
from engine.model.instrument import Instrument
from engine.model.market import (
    AFTER_GAP,
    CLEARS_BOOK,
    FROM_SNAPSHOT,
    LAST_IN_EVENT,
    BookAction,
)

XYZ = Instrument.define("XYZ.SIM", tick="0.01", currency="USD", quantity_step="0.001")
WHOLE = CLEARS_BOOK | FROM_SNAPSHOT


@pytest.fixture
def book() -> Book:
    made = Book(XYZ)
    made.change(WHOLE, 1, 9_998, 2_500)
    made.change(FROM_SNAPSHOT, 1, 9_999, 1_000)
    made.change(FROM_SNAPSHOT | LAST_IN_EVENT, -1, 10_001, 700)
    return made


def test_touch_is_in_canonical_floats(book: Book) -> None:
    assert (book.bid, book.bid_size, book.ask, book.ask_size) == (99.99, 1.0, 100.01, 0.7)
    assert (book.mid, book.spread) == (100.0, 100.01 - 99.99)
    assert book.bid_levels(5) == [(99.99, 1.0), (99.98, 2.5)]
    assert book.ask_levels(1) == [(100.01, 0.7)]
    assert book.ask_levels(0) == []
    assert (book.size_at(1, 99.98), book.size_at(-1, 99.98)) == (2.5, 0.0)


def test_removed_best_uncovers_the_next(book: Book) -> None:
    book.change(LAST_IN_EVENT, 1, 9_999, 0)
    assert (book.bid, book.bid_size) == (99.98, 2.5)
    book.change(LAST_IN_EVENT, 1, 9_998, 0)
    assert book.bid != book.bid
    assert book.bid_size != book.bid_size
    assert book.mid != book.mid


def test_removal_of_no_level_and_row_without_level_change_nothing(book: Book) -> None:
    book.change(LAST_IN_EVENT, 1, 5, 0)
    book.change(LAST_IN_EVENT, 0, 0, 0)
    assert book.bid_levels(9) == [(99.99, 1.0), (99.98, 2.5)]


def test_book_is_broken_until_its_first_snapshot_and_after_a_gap() -> None:
    fresh = Book(XYZ)
    assert fresh.is_broken
    fresh.change(LAST_IN_EVENT, 1, 9_999, 1)
    assert fresh.bid_levels(1) == []
    fresh.change(WHOLE | LAST_IN_EVENT, 1, 9_999, 1_000)
    assert not fresh.is_broken
    fresh.change(AFTER_GAP | LAST_IN_EVENT, 1, 9_997, 1_000)
    assert fresh.is_broken
    assert fresh.bid_levels(9) == []
    fresh.change(WHOLE | LAST_IN_EVENT, -1, 10_000, 1_000)
    assert (fresh.is_broken, fresh.ask) == (False, 100.0)


def test_locked_book_has_a_mid_and_a_crossed_one_has_none(book: Book) -> None:
    book.change(LAST_IN_EVENT, 1, 10_001, 5)
    assert (book.is_crossed, book.spread, book.mid) == (False, 0.0, 100.01)
    book.change(LAST_IN_EVENT, 1, 10_002, 5)
    assert book.is_crossed
    assert book.mid != book.mid


ADD, REDUCE, EXECUTE, MODIFY = (int(a) for a in list(BookAction)[1:])


@pytest.fixture
def orders() -> OrderBook:
    made = OrderBook(XYZ)
    made.change_order(WHOLE | LAST_IN_EVENT, ADD, 1, 1, 9_999, 500)
    made.change_order(LAST_IN_EVENT, ADD, 2, 1, 9_999, 300)
    made.change_order(LAST_IN_EVENT, ADD, 3, 1, 9_999, 200)
    return made


def queue(book: OrderBook) -> list[tuple[int, int]]:
    return [(order.id, order.size) for order in book.queue(1, 9_999)]


def test_level_is_the_sum_of_its_queue(orders: OrderBook) -> None:
    assert queue(orders) == [(1, 500), (2, 300), (3, 200)]
    assert (orders.bid, orders.bid_size) == (99.99, 1.0)


def test_reduction_keeps_the_place_and_execution_takes_from_the_order(orders: OrderBook) -> None:
    orders.change_order(LAST_IN_EVENT, REDUCE, 1, 1, 9_999, 100)
    orders.change_order(LAST_IN_EVENT, EXECUTE, 2, 1, 9_999, 300)
    assert queue(orders) == [(1, 400), (3, 200)]
    assert orders.bid_size == 0.6


@pytest.mark.parametrize(
    ("size", "left"),
    [
        (400, [(1, 400), (2, 300), (3, 200)]),
        (600, [(2, 300), (3, 200), (1, 600)]),
        (0, [(2, 300), (3, 200)]),
    ],
)
def test_modification_loses_the_place_only_when_the_order_grows(
    orders: OrderBook, size: int, left: list[tuple[int, int]]
) -> None:
    orders.change_order(LAST_IN_EVENT, MODIFY, 1, 1, 9_999, size)
    assert queue(orders) == left


def test_modification_of_the_price_moves_the_order(orders: OrderBook) -> None:
    orders.change_order(LAST_IN_EVENT, MODIFY, 1, 1, 10_000, 500)
    assert queue(orders) == [(2, 300), (3, 200)]
    assert (orders.bid, orders.bid_size) == (100.0, 0.5)


def test_what_concerns_an_unknown_order_is_counted_and_left(orders: OrderBook) -> None:
    orders.change_order(LAST_IN_EVENT, EXECUTE, 77, 1, 9_999, 300)
    assert (orders.unknown, orders.bid_size) == (1, 1.0)


def test_gap_empties_the_queues(orders: OrderBook) -> None:
    orders.change_order(AFTER_GAP | LAST_IN_EVENT, ADD, 9, 1, 9_999, 300)
    assert (orders.is_broken, queue(orders), orders.orders) == (True, [], {})


def test_chain_by_previous_number() -> None:
    chain = SequenceChain()
    assert not chain.follows(1, 2, 0)
    chain.restart(10)
    assert chain.is_old(10)
    assert not chain.is_old(11)
    assert chain.follows(8, 12, 7)  # reaches back behind the snapshot
    assert chain.follows(15, 20, 12)  # numbers in between are other instruments'
    assert not chain.follows(25, 30, 21)
    assert not chain.follows(31, 40, 30)  # broken until a snapshot
    chain.restart(50)
    assert chain.follows(51, 51, 33)


def test_chain_by_next_number() -> None:
    chain = SequenceChain()
    chain.restart(10)
    assert chain.follows(11, 12)
    assert chain.follows(13, 13)
    assert not chain.follows(15, 15)


def test_first_message_after_a_snapshot_must_reach_it() -> None:
    chain = SequenceChain()
    chain.restart(10)
    assert not chain.follows(12, 14)


def test_checksum_is_over_ten_levels_of_each_side_without_points_and_leading_zeros() -> None:
    five = Instrument.define("A.B", tick="0.00001", currency="USD", quantity_step="0.00000001")
    book = Book(five)
    for level in range(12):
        flags = WHOLE if not level else 0
        book.change(flags, 1, 5_000 - level, 7_000_000 + level)
        book.change(0, -1, 5_005 + level, 500_000_000)
    asks = "".join(f"{5_005 + level}500000000" for level in range(10))
    bids = "".join(f"{5_000 - level}{7_000_000 + level}" for level in range(10))
    assert book_checksum(book) == crc32((asks + bids).encode())
    assert repr(book) == "<Book A.B 0.07 @ 0.05 / 0.05005 @ 5>"
