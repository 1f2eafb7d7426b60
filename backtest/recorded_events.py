"""Turn market events as they came into columns of a catalogue: every kind that it holds.

Judges no price and rebuilds no book.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import COLUMN_NAMES, MISSING, STATES, Columns, Kind
from engine.model.connection import FeedChanged, FeedState
from engine.model.instrument import Instrument
from engine.model.market import (
    AFTER_GAP,
    CLEARS_BOOK,
    FROM_SNAPSHOT,
    LAST_IN_EVENT,
    Bar,
    BookDelta,
    BookOrderDelta,
    BookSnapshot,
    InstrumentStatus,
    QuoteTick,
    TradeTick,
)
from engine.model.subscription import DataKind

_Row = tuple[int, ...]
_BOOK = (BookSnapshot, BookDelta, FeedChanged)


class EventColumns:
    """Make columns of one instrument's events, chunk after chunk.

    A time of the venue that lies after our own is taken for ours: the clocks differed. A book whose
    feed is told to be broken misses updates from there on, up to its next snapshot. A bar that
    does not begin after the one before it has ended is left out: venues repeat the last one after
    a reconnect.
    """

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._closed: dict[str, int] = {}

    def take(self, events: Iterable[object]) -> list[Columns]:
        """Return the columns of a chunk's events, in order of `ts_recv`; none that are empty."""
        name = self._instrument.id
        own = [each for each in events if getattr(each, "instrument", "") == name]
        made = [
            self._quotes([each for each in own if isinstance(each, QuoteTick)]),
            self._trades([each for each in own if isinstance(each, TradeTick)]),
            self._book([each for each in own if isinstance(each, _BOOK) and not _is_whole(each)]),
            self._book_orders([each for each in own if isinstance(each, BookOrderDelta)]),
            self._statuses([each for each in own if isinstance(each, InstrumentStatus)]),
            *self._bars([each for each in own if isinstance(each, Bar)]),
        ]
        return [columns for columns in made if len(columns)]

    def _quotes(self, quotes: Sequence[QuoteTick]) -> Columns:
        arrays = _times(quotes) | {
            "bid": self._prices([each.bid for each in quotes]),
            "ask": self._prices([each.ask for each in quotes]),
            "bid_size": self._sizes([each.bid_size for each in quotes]),
            "ask_size": self._sizes([each.ask_size for each in quotes]),
        }
        return Columns(self._instrument.id, "quotes", None, arrays)

    def _trades(self, trades: Sequence[TradeTick]) -> Columns:
        arrays = _times(trades) | {
            "price": self._prices([each.price for each in trades]),
            "size": self._sizes([each.size for each in trades]),
            "aggressor": _integers([each.aggressor for each in trades]),
        }
        ids = np.array([each.trade_id for each in trades], dtype=object)
        return Columns(self._instrument.id, "trades", None, arrays, ids)

    def _book(self, events: Sequence[BookSnapshot | BookDelta | FeedChanged]) -> Columns:
        rows = [row for event in events for row in self._changes(event)]
        return self._of_rows("book", rows)

    def _changes(self, event: BookSnapshot | BookDelta | FeedChanged) -> Iterator[_Row]:
        if isinstance(event, FeedChanged):
            yield event.ts_recv, event.ts_recv, 0, AFTER_GAP | LAST_IN_EVENT, 0, 0, 0
            return
        happened, received = min(event.ts_event, event.ts_recv), event.ts_recv
        times = happened, received, event.sequence
        if isinstance(event, BookDelta):
            yield (*times, event.flags, event.side, *self._level(event.price, event.size))
            return
        levels = [(side, *each) for side, half in _sides(event) for each in half] or [(0, 0.0, 0.0)]
        for place, (side, price, size) in enumerate(levels, start=1):
            flags = FROM_SNAPSHOT | CLEARS_BOOK * (place == 1)
            flags |= LAST_IN_EVENT * (place == len(levels))
            yield (*times, flags, side, *self._level(price, size))

    def _book_orders(self, events: Sequence[BookOrderDelta]) -> Columns:
        rows = [
            (
                min(each.ts_event, each.ts_recv),
                each.ts_recv,
                each.sequence,
                each.flags,
                each.action,
                each.order_id,
                each.side,
                *self._level(each.price, each.size),
            )
            for each in events
        ]
        return self._of_rows("book_orders", rows)

    def _statuses(self, events: Sequence[InstrumentStatus]) -> Columns:
        states = {"state": _integers([STATES.index(each.state) for each in events])}
        return Columns(self._instrument.id, "status", None, _times(events) | states)

    def _bars(self, bars: Sequence[Bar]) -> Iterator[Columns]:
        for spec in dict.fromkeys(bar.spec for bar in bars):
            new = [bar for bar in bars if bar.spec == spec and self._is_next(bar)]
            arrays = {
                "ts_open": _integers([bar.ts_open for bar in new]),
                "ts_close": _integers([bar.ts_close for bar in new]),
                "ts_recv": _integers([bar.ts_recv for bar in new]),
                "volume": self._sizes([bar.volume for bar in new]),
            }
            prices = ("open", "high", "low", "close")
            arrays |= {name: self._prices([getattr(bar, name) for bar in new]) for name in prices}
            yield Columns(self._instrument.id, "bars", spec, arrays)

    def _is_next(self, bar: Bar) -> bool:
        if bar.ts_open < self._closed.get(bar.spec, bar.ts_open):
            return False
        self._closed[bar.spec] = bar.ts_close
        return True

    def _of_rows(self, kind: Kind, rows: Sequence[_Row]) -> Columns:
        table = np.array(rows, np.int64).reshape(len(rows), len(COLUMN_NAMES[kind]))
        arrays = dict(zip(COLUMN_NAMES[kind], table.T, strict=True))
        return Columns(self._instrument.id, kind, None, arrays)

    def _level(self, price: float, size: float) -> tuple[int, int]:
        """Return a level in units."""
        scales = self._instrument.price_scale, self._instrument.quantity_scale
        return round(price * scales[0]), round(size * scales[1])

    def _prices(self, values: Sequence[float]) -> NDArray[np.int64]:
        return _units(values, self._instrument.price_scale)

    def _sizes(self, values: Sequence[float]) -> NDArray[np.int64]:
        return _units(values, self._instrument.quantity_scale)


def _is_whole(event: object) -> bool:
    """Say whether an event tells of a feed, and not that a book of it is broken."""
    if not isinstance(event, FeedChanged):
        return False
    return event.kind is not DataKind.BOOK or event.state is not FeedState.BROKEN


def _sides(book: BookSnapshot) -> tuple[tuple[int, tuple[tuple[float, float], ...]], ...]:
    return (1, book.bids), (-1, book.asks)


def _times(
    events: Sequence[QuoteTick] | Sequence[TradeTick] | Sequence[InstrumentStatus],
) -> dict[str, NDArray[np.int64]]:
    received = _integers([each.ts_recv for each in events])
    happened = _integers([each.ts_event for each in events])
    return {"ts_event": np.minimum(happened, received), "ts_recv": received}


def _integers(values: Sequence[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def _units(values: Sequence[float], scale: float) -> NDArray[np.int64]:
    """Return floats as units, MISSING for what is no number."""
    floats = np.array(values, np.float64)
    missing = np.isnan(floats)
    units = np.rint(np.where(missing, 0.0, floats) * scale).astype(np.int64)
    units[missing] = MISSING
    return units
