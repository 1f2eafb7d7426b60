"""Publish changes of books: the book first, then, once an event is complete, its subscribers.

Knows no order and no money; what a subscriber asks for is gated once he has returned.
"""

from collections.abc import Iterable
from typing import Any

from engine.books.book import Book
from engine.books.order_book import OrderBook
from engine.books.rows import BookOrderRow, BookRow
from engine.clock import Clock
from engine.market_state import MarketState
from engine.model.instrument import Instrument
from engine.model.market import (
    CLEARS_BOOK,
    LAST_IN_EVENT,
    BookDelta,
    BookOrderDelta,
    BookSnapshot,
)
from engine.publishing import After, Before, Publisher, Step, unseen
from engine.strategy.state import STOPPED


class BookPublisher(Publisher):
    """Publish changes of a book by level, of any one kind.

    An exchange that comes before changes the book itself, for it is the same one that both look
    at; else the change is made here.
    """

    __slots__ = ("_book", "_change")
    book_kind: type[Book] = Book

    def __init__(
        self, kind: type, market: MarketState, clock: Clock, before: Before, after: After
    ) -> None:
        Publisher.__init__(self, market, clock, before, after)
        self._book = book = market.open_book(self.book_kind)
        self._change = before.match
        if before.match is unseen:
            self._change = changes(kind, market.instrument, book)

    def walk(self, events: Iterable[Any]) -> None:
        """Publish changes in their order; what strategies see and exchanges fill is whole."""
        market, clock, before, after = self._market, self._clock, self._before, self._after
        schedule, pending = before.schedule, before.pending
        change, book = self._change, self._book
        for row in events:
            now = row.ts_recv
            if now >= schedule.due:
                schedule.advance(now)
            change(row)
            if not row.flags & LAST_IN_EVENT:
                continue
            if pending:
                before.settle(row)
            clock.now = now
            if after.watches:
                self._observe(now)
            for callback, host in market.book_calls:
                if host.state is STOPPED:
                    continue
                try:
                    callback(book)
                except (Exception, SystemExit) as error:  # noqa: BLE001 - its fault alone
                    after.failed(host, error)
                if host.intents:
                    after.gate(host)


class OrderBookPublisher(BookPublisher):
    """Publish changes of a book that is known order by order."""

    __slots__ = ()
    book_kind = OrderBook


def changes(kind: type, instrument: Instrument, book: Book) -> Step:
    """Return what makes rows or events of one kind part of a book."""
    prices, sizes = instrument.price_scale, instrument.quantity_scale

    def row(row: BookRow) -> None:
        book.change(row.flags, row.side, row.price, row.size)

    def delta(delta: BookDelta) -> None:
        units = (round(delta.price * prices), round(delta.size * sizes)) if delta.side else (0, 0)
        book.change(delta.flags, delta.side, *units)

    def order_row(row: BookOrderRow) -> None:
        assert isinstance(book, OrderBook)
        order = row.action, row.order_id, row.side, row.price, row.size
        book.change_order(row.flags, *order)

    def order_delta(delta: BookOrderDelta) -> None:
        assert isinstance(book, OrderBook)
        units = (round(delta.price * prices), round(delta.size * sizes)) if delta.action else (0, 0)
        book.change_order(delta.flags, delta.action, delta.order_id, delta.side, *units)

    def snapshot(snapshot: BookSnapshot) -> None:
        book.turn(CLEARS_BOOK)
        for levels, found in ((book.bids, snapshot.bids), (book.asks, snapshot.asks)):
            for price, size in found:
                levels.set(round(price * prices), round(size * sizes))

    makers: dict[type, Step] = {
        BookRow: row,
        BookDelta: delta,
        BookOrderRow: order_row,
        BookOrderDelta: order_delta,
        BookSnapshot: snapshot,
    }
    change = makers[kind]

    def change_and_complete(row: Any) -> None:  # noqa: ANN401 - any kind of change
        change(row)
        if row.flags & LAST_IN_EVENT:
            book.last = row

    return change_and_complete


BOOK_PUBLISHERS: dict[type, type[BookPublisher]] = {
    BookRow: BookPublisher,
    BookDelta: BookPublisher,
    BookSnapshot: BookPublisher,
    BookOrderRow: OrderBookPublisher,
    BookOrderDelta: OrderBookPublisher,
}
"""What publishes each kind of change: rows of recordings, and events as connectors send them."""
