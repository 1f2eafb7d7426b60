"""Hold recorded rows in memory: one array of exact integers for each column of a stream.

Knows no file format and makes no events; `schema` and `partition_file` write columns, the replay
driver reads them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError
from engine.model.market import TradingState

MISSING = -(2**63)
"""Stand for "no value" in an int64 column: an empty side of a quote, or an unknown size."""

Kind = Literal["quotes", "trades", "bars", "book", "book_orders", "book_checks", "status"]
Stream = tuple[Kind, str | None]
"""Name one stream of an instrument: its kind and, for bars only, their spec such as `1m`."""

KINDS: tuple[Kind, ...] = get_args(Kind)
PLAIN_KINDS = tuple(kind for kind in KINDS if kind != "bars")
QUOTE_COLUMNS = ("ts_event", "ts_recv", "bid", "ask", "bid_size", "ask_size")
TRADE_COLUMNS = ("ts_event", "ts_recv", "price", "size", "aggressor")
BAR_COLUMNS = ("ts_open", "ts_close", "ts_recv", "open", "high", "low", "close", "volume")
_NUMBERED = ("ts_event", "ts_recv", "sequence")
BOOK_COLUMNS = (*_NUMBERED, "flags", "side", "price", "size")
BOOK_ORDER_COLUMNS = (*_NUMBERED, "flags", "action", "order_id", "side", "price", "size")
BOOK_CHECK_COLUMNS = (*_NUMBERED, "bid", "ask", "bid_size", "ask_size", "checksum")
STATUS_COLUMNS = ("ts_event", "ts_recv", "state")
STATES = (TradingState.OPEN, TradingState.CLOSED, TradingState.AUCTION, TradingState.HALTED)
"""What the numbers in `state` stand for, from 0."""

COLUMN_NAMES: dict[Kind, tuple[str, ...]] = {
    "quotes": QUOTE_COLUMNS,
    "trades": TRADE_COLUMNS,
    "bars": BAR_COLUMNS,
    "book": BOOK_COLUMNS,
    "book_orders": BOOK_ORDER_COLUMNS,
    "book_checks": BOOK_CHECK_COLUMNS,
    "status": STATUS_COLUMNS,
}
NULLABLE = frozenset({"bid", "ask", "bid_size", "ask_size", "checksum"})
SMALL = frozenset({"aggressor", "side", "flags", "action", "state"})
"""Columns of signs, flags and codes, stored as one byte each."""
PRICE_COLUMNS: dict[Kind, tuple[str, ...]] = {
    "quotes": ("bid", "ask"),
    "trades": ("price",),
    "bars": ("open", "high", "low", "close"),
    "book": ("price",),
    "book_orders": ("price",),
    "book_checks": ("bid", "ask"),
    "status": (),
}
QUANTITY_COLUMNS: dict[Kind, tuple[str, ...]] = {
    "quotes": ("bid_size", "ask_size"),
    "trades": ("size",),
    "bars": ("volume",),
    "book": ("size",),
    "book_orders": ("size",),
    "book_checks": ("bid_size", "ask_size"),
    "status": (),
}
KEY_COLUMN: dict[Kind, str] = dict.fromkeys(KINDS, "ts_recv") | {"bars": "ts_open"}
"""Name the column that decides a row's partition: ticks go by arrival, bars by opening."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Hold rows of one stream of one instrument, in order of `ts_recv`.

    `arrays` maps each column name of the kind to an int64 array of equal length: times in
    nanoseconds UTC, prices in units of 10^-price_digits, sizes and volumes in units of
    10^-quantity_digits of the instrument, signs, flags and numbers as they are, and MISSING where
    there is no value. `trade_ids` (trades only) is an array of strings, `""` for none; None when
    the rows have no ids or they were not asked for.
    """

    instrument: str
    kind: Kind
    spec: str | None
    arrays: dict[str, NDArray[np.int64]]
    trade_ids: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.arrays["ts_recv"])

    @property
    def stream(self) -> Stream:
        """Return the kind and spec."""
        return self.kind, self.spec

    def part(self, start: int, stop: int) -> "Columns":
        """Return the rows from `start` up to `stop`, as views of the same memory."""
        if start <= 0 and stop >= len(self):
            return self
        arrays = {name: array[start:stop] for name, array in self.arrays.items()}
        ids = None if self.trade_ids is None else self.trade_ids[start:stop]
        return Columns(self.instrument, self.kind, self.spec, arrays, ids)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Columns":
        """Return a copy of the rows that an index or a mask names, in its order."""
        arrays = {name: array[rows] for name, array in self.arrays.items()}
        ids = None if self.trade_ids is None else self.trade_ids[rows]
        return Columns(self.instrument, self.kind, self.spec, arrays, ids)


def empty_columns(instrument: str, kind: Kind, spec: str | None) -> Columns:
    """Return no rows of the given stream."""
    none = np.empty(0, dtype=np.int64)
    return Columns(instrument, kind, spec, dict.fromkeys(COLUMN_NAMES[kind], none))


def join_columns(parts: list[Columns]) -> Columns:
    """Return the rows of all `parts` of one stream, one after the other; `parts` is not empty."""
    first = parts[0]
    if len(parts) == 1:
        return first
    arrays = {name: np.concatenate([part.arrays[name] for part in parts]) for name in first.arrays}
    ids = None
    if any(part.trade_ids is not None for part in parts):
        ids = np.concatenate([ids_or_blank(part) for part in parts])
    return Columns(first.instrument, first.kind, first.spec, arrays, ids)


def ids_or_blank(columns: Columns) -> NDArray[np.object_]:
    """Return the trade ids, or as many empty strings when there are none."""
    if columns.trade_ids is not None:
        return columns.trade_ids
    return np.full(len(columns), "", dtype=np.object_)


def bounds(columns: Columns, start_ns: int | None, end_ns: int | None) -> tuple[int, int]:
    """Return the row range with `start_ns <= ts_recv < end_ns`; None leaves that end open."""
    times = columns.arrays["ts_recv"]
    first = 0 if start_ns is None else int(np.searchsorted(times, start_ns, side="left"))
    last = len(times) if end_ns is None else int(np.searchsorted(times, end_ns, side="left"))
    return first, max(first, last)


def stream_name(stream: Stream) -> str:
    """Return the folder name of a stream: `quotes`, `trades`, `bars-1m`."""
    kind, spec = stream
    return kind if spec is None else f"{kind}-{spec}"


def parse_stream(name: str) -> Stream:
    """Return the stream of a folder name; raises DataError for a name that is none."""
    kind, dash, spec = name.partition("-")
    for known in KINDS:
        if kind == known and bool(dash) == (known == "bars"):
            return known, spec or None
    msg = f"{name!r} is no stream; write {', '.join(PLAIN_KINDS)} or bars-SPEC such as bars-1m"
    raise DataError(msg)


def iso_time(ns: int) -> str:
    """Return a time as ISO 8601 UTC with no decimals, or as many groups of three as it needs."""
    seconds, fraction = divmod(int(ns), 10**9)
    digits = f"{fraction:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{np.datetime64(seconds, 's')}{'.' if digits else ''}{digits}Z"


def total_rows(parts: Iterable[Columns]) -> int:
    """Return the number of rows in all `parts`."""
    return sum(len(part) for part in parts)
