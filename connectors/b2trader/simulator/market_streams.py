"""The streams of B2TRADER's market hub: what each sends first, and after a row of the market.

They do not know who listens.
"""

from collections.abc import Sequence
from math import isnan
from typing import Protocol

from connectors.b2trader.mapping import TIMESCALES, VENUE
from connectors.b2trader.messages import BookItem, Candle, Touch, TouchItem
from connectors.b2trader.names import Names
from connectors.b2trader.simulator import rows
from connectors.frame.iso_time import to_iso
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.market import book_around
from engine.bars.spec import BarSpec
from engine.model.market import BookSnapshot, MarketEvent, QuoteTick, TradeTick

BOOK_LEVELS = 10


class MarketStream(Protocol):
    """Make the items of one stream."""

    def first(self) -> Sequence[object]:
        """Return what a new subscriber is sent at once."""

    def hear(self, event: MarketEvent) -> Sequence[object]:
        """Return what follows from a row of the market."""


def make_stream(
    names: Names, broker: SimulatedBroker, faults: FaultPlan, target: str, terms: list[object]
) -> MarketStream | None:
    """Return the stream that a target and its arguments ask for, None if there is none."""
    [wanted] = terms if len(terms) == 1 else [None]
    markets = wanted if isinstance(wanted, list) else [str(wanted).partition("@")[0]]
    instruments = [f"{market}.{VENUE}" for market in markets]
    if any(name not in broker.instruments for name in instruments):
        return None
    key = {
        names[key].lower(): key
        for key in (
            "stream_book",
            "stream_quotes",
            "stream_statistics",
            "stream_summary",
            "stream_chart",
        )
    }.get(target.lower())
    if key == "stream_book":
        return BookStream(broker, faults, instruments[0])
    if key == "stream_quotes":
        return TouchStream(broker, instruments)
    if key == "stream_chart":
        return ChartStream(instruments[0], str(wanted).partition("@")[2])
    if key in ("stream_statistics", "stream_summary"):
        return StatisticsStream(instruments, is_summary=key == "stream_summary")
    return None


class BookStream:
    """Stream a book made up around the touch, or the recorded one: whole, then its changes."""

    def __init__(self, broker: SimulatedBroker, faults: FaultPlan, instrument: str) -> None:
        self._broker = broker
        self._faults = faults
        self._instrument = instrument
        self._book: BookSnapshot | None = None
        self._version = 0

    def first(self) -> Sequence[object]:
        """Return the whole book as it is now, if there is one."""
        quote = self._broker.tape.quotes.get(self._instrument)
        return [] if quote is None else self.hear(quote)

    def hear(self, event: MarketEvent) -> Sequence[object]:
        """Return the whole book once, then what changed."""
        if event.instrument != self._instrument or not isinstance(event, QuoteTick | BookSnapshot):
            return []
        before = self._book
        self._book = book = self._book_of(event)
        self._version += 1
        if before is None:
            return [self._item(book.bids, book.asks, ())]
        if self._faults.strikes(Fault.GAP, self._instrument):
            return []
        return [self._item(book.bids, book.asks, (before.bids, before.asks))]

    def _book_of(self, event: QuoteTick | BookSnapshot) -> BookSnapshot:
        if isinstance(event, BookSnapshot):
            return event
        return book_around(event, self._broker.instruments[self._instrument], BOOK_LEVELS)

    def _item(
        self,
        bids: tuple[tuple[float, float], ...],
        asks: tuple[tuple[float, float], ...],
        before: tuple[tuple[tuple[float, float], ...], ...],
    ) -> BookItem:
        old_bids, old_asks = before or ((), ())
        return BookItem(
            instrument=self._instrument.rpartition(".")[0],
            bids=rows.changes(old_bids, bids),
            asks=rows.changes(old_asks, asks),
            version=str(self._version),
            snapshot=not before,
        )


class TouchStream:
    """Stream the best prices, without sizes."""

    def __init__(self, broker: SimulatedBroker, instruments: list[str]) -> None:
        self._broker = broker
        self._instruments = instruments

    def first(self) -> Sequence[object]:
        """Return the best prices that are known."""
        quotes = self._broker.tape.quotes
        found = [_touch(quotes[name]) for name in self._instruments if name in quotes]
        return [TouchItem(tuple(found))]

    def hear(self, event: MarketEvent) -> Sequence[object]:
        """Return the best prices of a new quote."""
        if isinstance(event, QuoteTick) and event.instrument in self._instruments:
            return [TouchItem((_touch(event),))]
        return []


class ChartStream:
    """Stream the candle that forms, again at each trade or quote."""

    def __init__(self, instrument: str, timescale: str) -> None:
        self._instrument = instrument
        spec = next((ours for ours, theirs in TIMESCALES.items() if theirs == timescale), "1m")
        self._step = BarSpec.parse(spec).step_ns or 86_400 * 10**9
        self._start = -1
        self._prices: list[float] = []

    def first(self) -> Sequence[object]:
        """Return nothing: a candle needs a price."""
        return []

    def hear(self, event: MarketEvent) -> Sequence[object]:
        """Return the candle with the price of a row in it."""
        price = _price(event)
        if event.instrument != self._instrument or price is None:
            return []
        start = event.ts_event - event.ts_event % self._step
        if start > self._start:
            self._start, self._prices = start, [price] * 4
        first, high, low, _ = self._prices
        self._prices = [first, max(high, price), min(low, price), price]
        texts = [rows.text(each) for each in self._prices]
        return [
            Candle(
                self._instrument.rpartition(".")[0],
                to_iso(self._start),
                to_iso(self._start + self._step),
                *texts,
            )
        ]


class StatisticsStream:
    """Stream what the market did since the subscription, in one of the two forms."""

    def __init__(self, instruments: list[str], *, is_summary: bool) -> None:
        self._instruments = instruments
        self._is_summary = is_summary
        self._ranges: dict[str, tuple[float, float]] = {}

    def first(self) -> Sequence[object]:
        """Return an empty list: nothing was seen yet."""
        return [self._item([])]

    def hear(self, event: MarketEvent) -> Sequence[object]:
        """Return the range with the price of a row in it."""
        price = _price(event)
        if event.instrument not in self._instruments or price is None:
            return []
        low, high = self._ranges.get(event.instrument, (price, price))
        low, high = self._ranges[event.instrument] = min(low, price), max(high, price)
        market, *texts = event.instrument.rpartition(".")[0], *map(rows.text, (price, high, low))
        names = ("last", "high24hr", "low24hr") if self._is_summary else _STATISTICS
        return [self._item([{"marketId": market, **dict(zip(names, texts, strict=True))}])]

    def _item(self, markets: list[dict[str, str]]) -> object:
        return {"items" if self._is_summary else "markets": markets, "snapshot": False}


_STATISTICS = ("price", "highPrice24hr", "lowPrice24hr")


def _price(event: MarketEvent) -> float | None:
    if isinstance(event, TradeTick):
        return event.price
    return event.bid if isinstance(event, QuoteTick) and not isnan(event.bid) else None


def _touch(quote: QuoteTick) -> Touch:
    bid, ask = (None if isnan(n) else rows.text(n) for n in (quote.bid, quote.ask))
    return Touch(market_id=quote.instrument.rpartition(".")[0], bid=bid, ask=ask)
