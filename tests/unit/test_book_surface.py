"""What strategies see of order books, and when they are called about them."""

from math import isnan

import pytest

from engine.errors import StrategyError
from engine.model.market import (
    AFTER_GAP,
    FROM_SNAPSHOT,
    LAST_IN_EVENT,
    BookAction,
    BookDelta,
    BookOrderDelta,
    BookSnapshot,
)
from lockstep import (
    Book,
    Every,
    EveryEvent,
    Instrument,
    MidMoved,
    Never,
    OrderBook,
    Strategy,
    TouchChanged,
)
from lockstep.testing import START, Bench

XYZ = Instrument.define("XYZ.SIM", tick="0.5", currency="USD")
NAME = "XYZ.SIM"
Wake = EveryEvent | TouchChanged | MidMoved | Every | Never
Seen = tuple[float, float]


class Watcher(Strategy):
    def __init__(self, wake: Wake) -> None:
        super().__init__()
        self.wake = wake
        self.seen: list[Seen] = []

    def on_start(self) -> None:
        self.subscribe_book(NAME, self.wake)

    def on_book(self, book: Book) -> None:
        assert book is self.book(NAME)
        assert book.ts_recv == self.now
        self.seen.append((book.bid, book.ask))


class Desk:
    """A bench whose book begins at 100 x 101."""

    def __init__(self, wake: Wake) -> None:
        self.watcher = Watcher(wake)
        self.bench = Bench(self.watcher, {NAME: XYZ})
        self.seconds = 0
        whole = BookSnapshot(NAME, START, START, ((100.0, 5.0), (99.5, 2.0)), ((101.0, 5.0),))
        self.bench.feed(whole)

    def change(self, side: int, price: float, size: float, flags: int = LAST_IN_EVENT) -> None:
        self.seconds += 1
        ts = START + self.seconds * 10**9
        self.bench.feed(BookDelta(NAME, ts, ts, side, price, size, self.seconds, flags))


CHANGES = [
    (1, 100.0, 3.0),  # a size
    (1, 99.0, 3.0),  # behind the touch
    (1, 100.5, 1.0),  # a better bid: half a tick of mid
    (-1, 101.0, 0.0),  # no ask is left
    (-1, 101.5, 2.0),
    (-1, 100.0, 2.0),  # crossed
    (-1, 100.0, 0.0),
]


@pytest.mark.parametrize(
    ("wake", "seen"),
    [
        (EveryEvent(), 8),
        (TouchChanged(), 6),
        (MidMoved(0.5), 3),
        (MidMoved(1), 2),
        (Every(seconds=4), 2),
        (Never(), 0),
    ],
)
def test_wakes_say_when_a_strategy_is_called(wake: Wake, seen: int) -> None:
    desk = Desk(wake)
    for change in CHANGES:
        desk.change(*change)
    assert len(desk.watcher.seen) == seen
    book = desk.watcher.book(NAME)
    assert book is not None
    assert (book.bid, book.ask, book.sequence) == (100.5, 101.5, 7)


def test_strategy_is_called_when_an_event_is_complete_and_not_before() -> None:
    desk = Desk(EveryEvent())
    desk.change(1, 101.5, 1.0, flags=0)
    desk.change(-1, 101.0, 0.0, flags=0)
    assert len(desk.watcher.seen) == 1
    desk.change(-1, 102.0, 1.0)
    assert desk.watcher.seen[1:] == [(101.5, 102.0)]


def test_gap_breaks_the_book_and_leaves_no_reference_price() -> None:
    desk = Desk(TouchChanged())
    assert desk.watcher.mark(NAME) == 100.5
    desk.change(1, 100.0, 3.0, AFTER_GAP | LAST_IN_EVENT)
    bid, ask = desk.watcher.seen[1]
    assert isnan(bid)
    assert isnan(ask)
    assert isnan(desk.watcher.mark(NAME))
    desk.bench.feed(BookSnapshot(NAME, START, desk.bench.now, ((100.0, 1.0),), ((101.0, 1.0),)))
    assert desk.watcher.mark(NAME) == 100.5


def test_crossed_book_gives_way_to_the_last_trade() -> None:
    desk = Desk(Never())
    desk.bench.trade(NAME, 100.0)
    desk.change(1, 102.0, 1.0)
    assert desk.watcher.mark(NAME) == 100.0


def test_book_by_order_looks_like_one_by_level() -> None:
    watcher = Watcher(TouchChanged())
    bench = Bench(watcher, {NAME: XYZ})
    flags = FROM_SNAPSHOT | LAST_IN_EVENT | 4
    add = (BookAction.ADD, 7, 1, 100.0, 3.0)
    bench.feed(BookOrderDelta(NAME, START, START, *add, sequence=1, flags=flags))
    execute = (BookAction.EXECUTE, 7, 1, 100.0, 1.0)
    bench.feed(BookOrderDelta(NAME, START, START + 1, *execute, sequence=2))
    book = watcher.book(NAME)
    assert isinstance(book, OrderBook)
    assert (book.bid, book.bid_size, len(watcher.seen)) == (100.0, 2.0, 1)
    assert [order.id for order in book.queue(1, 200)] == []
    assert [order.id for order in book.queue(1, 1000)] == [7]


def test_conditions_on_the_touch_are_refused_for_other_streams() -> None:
    class Wrong(Strategy):
        def on_start(self) -> None:
            self.subscribe_trades(NAME, TouchChanged())

    with pytest.raises(StrategyError, match="they have no touch"):
        Bench(Wrong(), {NAME: XYZ})
