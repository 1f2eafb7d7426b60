"""One stream as the scan sees it: which of its rows matter, and how those between are taken in.

Processes no row that matters: the stream's own walk does.
"""

from collections.abc import Iterator
from math import nan

from backtest.catalogue.columns import COLUMN_NAMES, MISSING, Columns, ids_or_blank
from backtest.events import Event, events_of
from backtest.exchange.book_market import BookMarket
from backtest.exchange.market import ANYWHERE, Lines, Market
from backtest.scan.search import SearchColumns
from engine.books.book import Book
from engine.books.rows import BookRow
from engine.market_state import MarketState, Subscriber
from engine.model.instrument import Instrument
from engine.model.market import QuoteTick, TradeTick
from engine.model.zones import NEVER
from engine.native.selection import compiled
from engine.quiet import Bounds, Declared, greatest_below, least_above
from engine.strategy.state import STOPPED


class Lane:
    """Follow one stream through the exchange, the kernel's market, or both; None for who is not on.

    A batch's rows are loaded, then passed over or made into events, each row once and in order.
    `times` are those at which they are due; `was_walked` is to be set when a row has been walked.
    """

    def __init__(
        self, instrument: Instrument, exchange: Market | None, market: MarketState | None
    ) -> None:
        self.instrument = instrument
        self.market = market
        self._exchange = exchange
        self.times: memoryview[int]
        self.was_walked = True
        self._heard_by: tuple[Subscriber, ...] = ()
        self._lines: Lines | None = None
        self._until = NEVER
        self._bounds = Bounds(instrument)

    def load(self, columns: Columns) -> SearchColumns:
        """Take the rows of a batch; return what they are searched by."""
        raise NotImplementedError

    def event(self, row: int) -> Event:
        """Return a row of the batch as an event."""
        raise NotImplementedError

    def redraw(self, until: int) -> Bounds | None:
        """Return the bounds within which rows change nothing but the last price, up to a time.

        None says that those of the call before still hold. Conditions draw other bounds only after
        a row of theirs was walked, or when somebody else is called.
        """
        calls, lines = self._calls(), self._lines_of(self._exchange)
        is_same = until == self._until and calls is self._heard_by and lines == self._lines
        if is_same and not self.was_walked:
            return None
        self._heard_by, self._lines, self._until, self.was_walked = calls, lines, until, False
        return self._drawn()

    def pass_over(self, row: int) -> None:
        """Let exchange and kernel know a row as the last: it did nothing else."""
        event = self.event(row)
        if self._exchange is not None:
            self._exchange.pass_over(event)
        if self.market is not None:
            self._keep(self.market, event)

    def _calls(self) -> tuple[Subscriber, ...]:
        """Return who is called with the events."""
        raise NotImplementedError

    def _keep(self, market: MarketState, event: Event) -> None:
        """Let a market's state hold an event as its last."""
        raise NotImplementedError

    def _lines_of(self, exchange: Market | None) -> Lines | None:
        """Return between which prices the exchange only takes note; None for nowhere."""
        raise NotImplementedError

    def _drawn(self) -> Bounds:
        bounds, lines, scale = self._bounds, self._lines, self.instrument.price_scale
        bounds.open()
        bounds.keep_before(self._until)
        if lines is None:
            bounds.close()
            return bounds
        low, high, second_low, second_high = lines
        bounds.keep_first(least_above(low, scale), greatest_below(high, scale))
        bounds.keep_second(least_above(second_low, scale), greatest_below(second_high, scale))
        for callback, host in self._heard_by:
            if isinstance(callback, Declared):
                callback.draw(bounds)
            elif host.state is not STOPPED:
                bounds.close()
        return bounds


class QuoteLane(Lane):
    """Follow quotes."""

    def load(self, columns: Columns) -> SearchColumns:
        """Take quotes; bounds are on bid and ask."""
        arrays = columns.arrays
        self._event, self.times = arrays["ts_event"].data, arrays["ts_recv"].data
        self._bids, self._asks = arrays["bid"].data, arrays["ask"].data
        self._bid_sizes, self._ask_sizes = arrays["bid_size"].data, arrays["ask_size"].data
        self._price_scale = self.instrument.price_scale
        self._quantity_scale = self.instrument.quantity_scale
        return arrays["ts_recv"], arrays["bid"], arrays["ask"]

    def event(self, row: int) -> QuoteTick:
        """Return a quote."""
        prices, quantities = self._price_scale, self._quantity_scale
        return QuoteTick(
            self.instrument.id,
            self._event[row],
            self.times[row],
            _float(self._bids[row], prices),
            _float(self._asks[row], prices),
            _float(self._bid_sizes[row], quantities),
            _float(self._ask_sizes[row], quantities),
        )

    def _calls(self) -> tuple[Subscriber, ...]:
        return () if self.market is None else self.market.quote_calls

    def _keep(self, market: MarketState, event: Event) -> None:
        assert isinstance(event, QuoteTick)
        market.quote = event

    def _lines_of(self, exchange: Market | None) -> Lines | None:
        return ANYWHERE if exchange is None else exchange.quote_lines()


class TradeLane(Lane):
    """Follow public trades."""

    def load(self, columns: Columns) -> SearchColumns:
        """Take trades; bounds are on the price."""
        arrays = columns.arrays
        names = "ts_event", "ts_recv", "price", "size", "aggressor"
        self._columns = [arrays[name].data for name in names]
        self._ids = None if columns.trade_ids is None else ids_or_blank(columns)
        self.times = arrays["ts_recv"].data
        return arrays["ts_recv"], arrays["price"], arrays["price"]

    def event(self, row: int) -> TradeTick:
        """Return a trade."""
        ts_event, ts_recv, price, size, aggressor = self._columns
        return TradeTick(
            self.instrument.id,
            ts_event[row],
            ts_recv[row],
            price[row] / self.instrument.price_scale,
            size[row] / self.instrument.quantity_scale,
            aggressor[row],
            "" if self._ids is None else self._ids[row],
        )

    def _calls(self) -> tuple[Subscriber, ...]:
        return () if self.market is None else self.market.trade_calls

    def _keep(self, market: MarketState, event: Event) -> None:
        assert isinstance(event, TradeTick)
        market.trade = event

    def _lines_of(self, exchange: Market | None) -> Lines | None:
        return ANYWHERE if exchange is None else exchange.trade_lines()


class BookLane(Lane):
    """Follow changes of a book; the search makes those that are passed part of it."""

    def load(self, columns: Columns) -> SearchColumns:
        """Take changes; bounds are on the touch after them."""
        self._columns = [columns.arrays[name].data for name in COLUMN_NAMES["book"]]
        self.times = columns.arrays["ts_recv"].data
        names = ("ts_recv", "flags", "side", "price", "size")
        times, flags, sides, prices, sizes = [columns.arrays[name] for name in names]
        return times, flags, sides, prices, sizes, self._book.bids, self._book.asks

    def event(self, row: int) -> BookRow:
        """Return a change."""
        return BookRow(*[column[row] for column in self._columns])

    def pass_over(self, row: int) -> None:
        """Let the book know the row that completed its last event."""
        self._book.last = self.event(row)

    @property
    def _book(self) -> Book:
        if isinstance(self._exchange, BookMarket):
            return self._exchange.book
        assert self.market is not None
        return self.market.open_book()

    def _calls(self) -> tuple[Subscriber, ...]:
        return () if self.market is None else self.market.book_calls

    def _keep(self, market: MarketState, event: Event) -> None:
        raise AssertionError

    def _lines_of(self, exchange: Market | None) -> Lines | None:
        if self._book.is_broken:
            return None
        is_concerned = isinstance(exchange, BookMarket) and not exchange.only_rebuilds
        return None if is_concerned else ANYWHERE


class EveryRowLane(Lane):
    """Follow what has no bounds: every row of it matters."""

    def load(self, columns: Columns) -> SearchColumns:
        """Take rows of any kind."""
        self._events: Iterator[Event] = events_of(self.instrument, columns)
        times = columns.arrays["ts_recv"]
        self.times = times.data
        return times, times, times

    def event(self, row: int) -> Event:
        """Return the next row, which is the one asked for: none is passed over."""
        return next(self._events)

    def _calls(self) -> tuple[Subscriber, ...]:
        return ()

    def _keep(self, market: MarketState, event: Event) -> None:
        raise AssertionError

    def _lines_of(self, exchange: Market | None) -> Lines | None:
        return None


def make_lane(
    kind: str, instrument: Instrument, exchange: Market | None, market: MarketState | None
) -> Lane:
    """Return the lane of a stream of some kind."""
    kinds: dict[str, type[Lane]] = {"quotes": QuoteLane, "trades": TradeLane}
    if compiled("backtest.native.search") is not None:
        kinds["book"] = BookLane
    return kinds.get(kind, EveryRowLane)(instrument, exchange, market)


def _float(units: int, scale: float) -> float:
    return nan if units == MISSING else units / scale
