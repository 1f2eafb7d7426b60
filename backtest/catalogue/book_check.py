"""Rebuild a recorded book and hold it against what the venue itself said of it.

Changes nothing. Reads every row once, in flat memory.
"""

from collections.abc import Iterator
from itertools import starmap
from typing import TypeVar

import msgspec

from backtest.catalogue.catalogue import Catalogue
from backtest.catalogue.columns import COLUMN_NAMES, MISSING, Stream
from engine.books.book import Book
from engine.books.checksum import book_checksum
from engine.books.levels import NOWHERE, Levels
from engine.books.order_book import OrderBook
from engine.books.rows import BookOrderRow, BookRow
from engine.model.market import AFTER_GAP, LAST_IN_EVENT, BookAction

_EXECUTE = int(BookAction.EXECUTE)
Row = TypeVar("Row")
Level = tuple[int, int]
_EMPTY = (MISSING, MISSING)


class BookCheckRow(msgspec.Struct, frozen=True, gc=False):
    """Hold what the venue said of its book after an update: the touch in units, or a checksum."""

    ts_event: int
    ts_recv: int
    sequence: int
    bid: int
    ask: int
    bid_size: int
    ask_size: int
    checksum: int

    def touch(self, side: int) -> Level:
        """Return price and size of the best level of a side; both MISSING for an empty one."""
        return (self.bid, self.bid_size) if side > 0 else (self.ask, self.ask_size)


class Oddity(msgspec.Struct):
    """Count the rows of one kind of oddity; `first` is the `ts_recv` of the first of them."""

    rows: int = 0
    first: int = 0

    def add(self, ts: int) -> None:
        """Count one more row."""
        self.first = self.first if self.rows else ts
        self.rows += 1


class BookCheck:
    """Go through one book stream; then `oddities` holds what is wrong in it.

    `missing` are breaks in the venue's numbering, `unusable` events that came without a snapshot
    to build on, `crossed` events after which the best bid is above the best ask, `differs` events
    after which the venue had another touch or another checksum, `away` executions of orders that
    were not at its touch. `compared` counts what could be held against the venue's own word.
    """

    def __init__(self, catalogue: Catalogue, instrument: str, kind: str) -> None:
        self.oddities: dict[str, Oddity] = {}
        self.compared = 0
        definition = catalogue.instrument(instrument)
        self._orders = OrderBook(definition)
        self._book = Book(definition) if kind == "book" else self._orders
        self._said = _Said(catalogue, instrument)
        if kind == "book":
            for level in _rows(catalogue, instrument, ("book", None), BookRow):
                self._on_level(level)
        else:
            for order in _rows(catalogue, instrument, ("book_orders", None), BookOrderRow):
                self._on_order(order)

    def _on_level(self, row: BookRow) -> None:
        self._book.change(row.flags, row.side, row.price, row.size)
        self._on_any(row)

    def _on_order(self, row: BookOrderRow) -> None:
        if row.action == _EXECUTE:
            self._compare_execution(row)
        values = row.flags, row.action, row.order_id, row.side, row.price, row.size
        self._orders.change_order(*values)
        self._on_any(row)

    def _on_any(self, row: BookRow | BookOrderRow) -> None:
        if row.flags & AFTER_GAP:
            self._add("missing", row)
        if row.flags & LAST_IN_EVENT:
            if self._book.is_broken:
                self._add("unusable", row)
            else:
                self._compare(row)

    def _compare(self, row: BookRow | BookOrderRow) -> None:
        if self._book.is_crossed:
            self._add("crossed", row)
        said = self._said.after(row.sequence)
        if said is None:
            return
        self.compared += 1
        if said.checksum != MISSING:
            same = said.checksum == book_checksum(self._book)
        else:
            ours = _best(self._book.bids), _best(self._book.asks)
            same = ours == (said.touch(1), said.touch(-1))
        if not same:
            self._add("differs", row)

    def _compare_execution(self, row: BookOrderRow) -> None:
        said = self._said.before(row.sequence)
        if said is not None:
            self.compared += 1
            if row.price != said.touch(row.side)[0]:
                self._add("away", row)

    def _add(self, what: str, row: BookRow | BookOrderRow) -> None:
        self.oddities.setdefault(what, Oddity()).add(row.ts_recv)


class _Said:
    """Walk what the venue said, in step with the sequence of its book."""

    def __init__(self, catalogue: Catalogue, instrument: str) -> None:
        stream: Stream = ("book_checks", None)
        held = stream in catalogue.streams(instrument)
        rows = _rows(catalogue, instrument, stream, BookCheckRow) if held else iter(())
        self._rows = rows
        self._past: BookCheckRow | None = None
        self._next = next(rows, None)

    def after(self, sequence: int) -> BookCheckRow | None:
        """Return what held after an update; None when that is not known, as before the first.

        A touch holds until the venue says another one, a checksum for its own update only.
        """
        past = self._up_to(sequence)
        if past is None or past.sequence == sequence:
            return past
        return past if self._next is not None and past.checksum == MISSING else None

    def before(self, sequence: int) -> BookCheckRow | None:
        """Return what held before an update."""
        return self._up_to(sequence - 1)

    def _up_to(self, sequence: int) -> BookCheckRow | None:
        while (following := self._next) is not None and following.sequence <= sequence:
            self._past = following
            self._next = next(self._rows, None)
        return self._past


def _best(levels: Levels) -> Level:
    if levels.best == NOWHERE:
        return _EMPTY
    price = levels.best * levels.side
    return price, levels.size(price)


def _rows(catalogue: Catalogue, instrument: str, stream: Stream, kind: type[Row]) -> Iterator[Row]:
    names = COLUMN_NAMES[stream[0]]
    for chunk in catalogue.read(instrument, *stream, chunk_rows=8_192):
        yield from starmap(kind, zip(*(chunk.arrays[name].tolist() for name in names), strict=True))
