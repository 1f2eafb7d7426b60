"""Turn columns of exact integers into events with canonical floats, one by one as asked for.

Decides nothing about order or time.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import (
    COLUMN_NAMES,
    MISSING,
    NULLABLE,
    STATES,
    Columns,
    Kind,
    ids_or_blank,
)
from engine.books.rows import BookOrderRow, BookRow
from engine.model.instrument import Instrument
from engine.model.market import Bar, InstrumentStatus, MarketEvent, QuoteTick, TradeTick

Event = MarketEvent | BookRow | BookOrderRow


def events_of(instrument: Instrument, columns: Columns) -> Iterator[Event]:
    """Return an iterator of one event a row, in the order of the rows; missing values are NaN.

    Rows of books stay integers: the book wants them so.

    An event is made when it is asked for, so that one that is used and dropped stays in the
    processor's cache. `n / 10**digits` is the double nearest to the decimal for every value a
    catalogue holds.
    """
    return _MAKERS[columns.kind](instrument, columns)


def _quotes(instrument: Instrument, columns: Columns) -> Iterator[Event]:
    times = _times(columns, "ts_event", "ts_recv")
    prices = (_floats(columns, name, instrument.price_scale) for name in ("bid", "ask"))
    sizes = (_floats(columns, name, instrument.quantity_scale) for name in ("bid_size", "ask_size"))
    return map(QuoteTick, repeat(instrument.id), *times, *prices, *sizes)


def _trades(instrument: Instrument, columns: Columns) -> Iterator[Event]:
    times = _times(columns, "ts_event", "ts_recv")
    price = _floats(columns, "price", instrument.price_scale)
    size = _floats(columns, "size", instrument.quantity_scale)
    aggressor = columns.arrays["aggressor"].tolist()
    ids: Iterable[str] = repeat("") if columns.trade_ids is None else ids_or_blank(columns).tolist()
    return map(TradeTick, repeat(instrument.id), *times, price, size, aggressor, ids)


def _bars(instrument: Instrument, columns: Columns) -> Iterator[Event]:
    times = columns.arrays["ts_open"].tolist(), *_times(columns, "ts_close", "ts_recv")
    scale = instrument.price_scale
    prices = (_floats(columns, name, scale) for name in ("open", "high", "low", "close"))
    volume = _floats(columns, "volume", instrument.quantity_scale)
    return map(Bar, repeat(instrument.id), repeat(columns.spec or ""), *times, *prices, volume)


def _book(_instrument: Instrument, columns: Columns) -> Iterator[Event]:
    return map(BookRow, *_integers(columns))


def _book_orders(_instrument: Instrument, columns: Columns) -> Iterator[Event]:
    return map(BookOrderRow, *_integers(columns))


def _statuses(instrument: Instrument, columns: Columns) -> Iterator[Event]:
    times = _times(columns, "ts_event", "ts_recv")
    states = map(STATES.__getitem__, columns.arrays["state"].tolist())
    return map(InstrumentStatus, repeat(instrument.id), *times, states)


_MAKERS: dict[Kind, Callable[[Instrument, Columns], Iterator[Event]]] = {
    "quotes": _quotes,
    "trades": _trades,
    "bars": _bars,
    "book": _book,
    "book_orders": _book_orders,
    "status": _statuses,
}


def _integers(columns: Columns) -> Iterator[list[int]]:
    """Return the columns of a book; its names stand in the order of the row's fields."""
    times = _times(columns, "ts_event", "ts_recv")
    names = COLUMN_NAMES[columns.kind][len(times) :]
    return chain(times, (columns.arrays[name].tolist() for name in names))


def _times(columns: Columns, first: str, second: str) -> tuple[list[int], list[int]]:
    """Return two columns of times; where they are equal, as one list."""
    times: list[int] = columns.arrays[first].tolist()
    if np.array_equal(columns.arrays[first], columns.arrays[second]):
        return times, times
    return times, columns.arrays[second].tolist()


def _floats(columns: Columns, name: str, scale: float) -> list[float]:
    units: NDArray[np.int64] = columns.arrays[name]
    values = units / scale
    if name in NULLABLE and units.min(initial=0) == MISSING:  # the least there is
        values[units == MISSING] = np.nan
    floats: list[float] = values.tolist()
    return floats
