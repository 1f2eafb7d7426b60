"""Import LOBSTER order-book data: quotes from the book file, trades and orders from the messages.

Both files of a day are needed, row i of the book being the state after message i. Times are exact
decimals of seconds after midnight in New York, prices are in units of 1/10000.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import STATES
from backtest.importers.batch import Batch, Notes
from backtest.importers.book_rows import BookRows, check_rows
from backtest.importers.files import Member, first_line, members
from backtest.importers.lobster_book import LobsterBook
from backtest.importers.options import Recording
from backtest.importers.tables import Table, TableLayout, read_tables
from backtest.importers.wall_clock import WallClock, midnight_ns
from engine.errors import DataError
from engine.model.market import TradingState

OPTIONS: Final = frozenset({"timezone", "fold"})
_ZONE = "America/New_York"
_SCALE = 10_000.0
_EMPTY = 9_999_999_999
"""The price that stands for an empty side of the book (negative for bids)."""
_NAME = re.compile(r"(.+_(\d{4}-\d\d-\d\d)_.*)_(message|orderbook)_(\d+.*)")
_VISIBLE, _HIDDEN, _HALT = "4", "5", "7"
_HALTED, _QUOTING, _TRADING = (
    STATES.index(state) for state in (TradingState.HALTED, TradingState.AUCTION, TradingState.OPEN)
)
_MESSAGE = ("time", "type", "order", "size", "price", "direction")
_BOOK = ("ask", "ask_size", "bid", "bid_size")


@dataclass(frozen=True)
class _Day:
    """Hold the two files of one day."""

    messages: Member
    book: Member
    midnight_ns: int


class LobsterImporter:
    """Read pairs of message and orderbook files of any number of levels.

    Quotes are the first level; the order-by-order book has all that the files show.
    A row of the book that leaves its first level as it was is counted and left out. A trade's
    aggressor is opposite to the resting order that the message names.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._zone = recording.options.timezone or _ZONE

    def batches(self, notes: Notes) -> Iterator[Batch]:
        """Yield trades and quotes of all days, in order of the days."""
        notes.zone = self._zone
        for day in _days(members(self._recording.files)):
            clock = WallClock(self._zone, self._recording.options.fold, notes.clocks)
            yield from self._day(day, clock, notes)

    def _day(self, day: _Day, clock: WallClock, notes: Notes) -> Iterator[Batch]:
        books = _Blocks(day.book, _book_layout(day.book))
        last: NDArray[np.float64] | None = None
        rows = BookRows("book_orders")
        orders = LobsterBook(rows, _SCALE)
        done = 0
        for table in read_tables(day.messages, _message_layout(day.messages)):
            notes.read += table.rows
            local = day.midnight_ns + table.texts["time"].decimals(9, "seconds")
            instants = clock.to_utc(local, table.member, table.lines)
            yield _trades(table, instants, notes)
            yield _states(table, instants)
            shown = books.take(table.rows, table)
            levels = shown[:, : len(_BOOK)]
            numbers = np.arange(done + 1, done + table.rows + 1, dtype=np.int64)
            _add_orders(orders, table, instants, numbers, shown)
            yield from rows.rest(table.member)
            changed = _changes(levels, last)
            last = levels[-1]
            notes.ignored["book rows with an unchanged first level"] += int((~changed).sum())
            quotes = _quotes(levels, instants, table, day.book.name)
            yield quotes.where(changed)
            yield check_rows(quotes, numbers).where(changed)
            done += table.rows
        books.refuse_rest(day.messages)


class _Blocks:
    """Take as many rows of the book at a time as there are messages."""

    def __init__(self, member: Member, layout: TableLayout) -> None:
        self._member = member
        self._names = layout.names
        self._tables = read_tables(member, layout)
        self._waiting = np.empty((0, len(layout.names)))

    def take(self, rows: int, messages: Table) -> NDArray[np.float64]:
        while len(self._waiting) < rows:
            table = next(self._tables, None)
            if table is None:
                msg = (
                    f"{self._member.name} ends before {messages.member}; fetch both files of the "
                    "day again"
                )
                raise DataError(msg)
            block = np.column_stack([table.numbers[name] for name in self._names])
            self._waiting = np.concatenate([self._waiting, block])
        taken, self._waiting = self._waiting[:rows], self._waiting[rows:]
        return taken

    def refuse_rest(self, messages: Member) -> None:
        if len(self._waiting) or next(self._tables, None) is not None:
            msg = (
                f"{messages.name} ends before {self._member.name}; fetch both files of the day "
                "again"
            )
            raise DataError(msg)


def _days(found: Iterator[Member]) -> list[_Day]:
    halves: dict[tuple[str, str], dict[str, Member]] = {}
    dates: dict[tuple[str, str], str] = {}
    for member in found:
        name = _NAME.fullmatch(member.stem)
        if name is None:
            msg = (
                f"{member.name} is not named like LOBSTER's files, such as "
                "AMZN_2012-06-21_34200000_57600000_message_1.csv"
            )
            raise DataError(msg)
        halves.setdefault((name[1], name[4]), {})[name[3]] = member
        dates[name[1], name[4]] = name[2]
    days = []
    for key in sorted(halves, key=lambda one: dates[one]):
        pair = halves[key]
        if len(pair) != 2:
            only = next(iter(pair.values()))
            msg = (
                f"{only.name} came without its other half; give both the message and the orderbook "
                "file"
            )
            raise DataError(msg)
        midnight = midnight_ns(dates[key], pair["message"].name)
        days.append(_Day(pair["message"], pair["orderbook"], midnight))
    return days


def _message_layout(member: Member) -> TableLayout:
    return TableLayout(
        names=_MESSAGE,
        numbers=("size", "price"),
        texts=("time", "type", "order", "direction"),
        skip=_skip(member),
    )


def _book_layout(member: Member) -> TableLayout:
    more = first_line(member).count(",") + 1 - len(_BOOK)
    names = (*_BOOK, *(f"deeper {place}" for place in range(more)))
    return TableLayout(names=names, numbers=names, skip=_skip(member))


def _skip(member: Member) -> int:
    """Return 1 for the header that some copies carry, though LOBSTER writes none."""
    return 0 if first_line(member)[:1].isdigit() else 1


def _add_orders(
    orders: LobsterBook,
    table: Table,
    instants: NDArray[np.int64],
    numbers: NDArray[np.int64],
    shown: NDArray[np.float64],
) -> None:
    texts = (table.texts[name].decimals(0, name) for name in ("type", "order", "direction"))
    kinds, ids, sides = (column.tolist() for column in texts)
    sizes, prices = (table.numbers[name].astype(np.int64).tolist() for name in ("size", "price"))
    messages = zip(kinds, ids, sizes, prices, sides, strict=True)
    books = map(tuple, shown.astype(np.int64).tolist())
    places = zip(table.lines.tolist(), instants.tolist(), numbers.tolist(), strict=True)
    for place, message, book in zip(places, messages, books, strict=True):
        orders.add(*place, message, book)


def _trades(table: Table, instants: NDArray[np.int64], notes: Notes) -> Batch:
    kinds = table.texts["type"]
    executed = kinds.equals(_VISIBLE) | kinds.equals(_HIDDEN)
    resting = table.texts["direction"].decimals(0, "direction")
    notes.ignored["messages that are no trade"] += int((~executed).sum())
    return Batch(
        kind="trades",
        spec=None,
        member=table.member,
        lines=table.lines,
        times={"ts_event": instants, "ts_recv": instants},
        numbers={"price": table.numbers["price"] / _SCALE, "size": table.numbers["size"]},
        aggressor=-resting,
    ).where(executed)


def _states(table: Table, instants: NDArray[np.int64]) -> Batch:
    """Return halts and resumptions: a price of -1 halts, 0 lets people quote, 1 trade again."""
    prices = table.numbers["price"]
    states = np.select([prices < 0, prices == 0], [_HALTED, _QUOTING], _TRADING)
    return Batch(
        kind="status",
        spec=None,
        member=table.member,
        lines=table.lines,
        times={"ts_event": instants, "ts_recv": instants},
        numbers={},
        integers={"state": states},
    ).where(table.texts["type"].equals(_HALT))


def _changes(levels: NDArray[np.float64], last: NDArray[np.float64] | None) -> NDArray[np.bool_]:
    changed = np.ones(len(levels), dtype=bool)
    changed[1:] = (levels[1:] != levels[:-1]).any(axis=1)
    if last is not None:
        changed[0] = bool((levels[0] != last).any())
    return changed


def _quotes(
    levels: NDArray[np.float64], instants: NDArray[np.int64], table: Table, member: str
) -> Batch:
    ask, ask_size, bid, bid_size = levels.T
    no_ask, no_bid = ask == _EMPTY, bid == -_EMPTY
    return Batch(
        kind="quotes",
        spec=None,
        member=member,
        lines=table.lines,
        times={"ts_event": instants, "ts_recv": instants},
        numbers={
            "bid": np.where(no_bid, np.nan, bid / _SCALE),
            "ask": np.where(no_ask, np.nan, ask / _SCALE),
            "bid_size": np.where(no_bid, np.nan, bid_size),
            "ask_size": np.where(no_ask, np.nan, ask_size),
        },
    )
