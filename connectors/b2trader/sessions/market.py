"""The hub of market data: books, touches, candles and statistics become market events.

The venue streams no public trades in this generation.
"""

from math import nan

import msgspec

from connectors.b2trader.book import StreamedBook
from connectors.b2trader.mapping import TIMESCALES, Directory, MarketTerms, finite, number
from connectors.b2trader.messages import (
    BookItem,
    Candle,
    Statistics,
    StatisticsItem,
    Summary,
    SummaryItem,
    TouchItem,
)
from connectors.b2trader.names import Names
from connectors.b2trader.sessions.streams import OpenStream, StreamSession
from connectors.frame.iso_time import from_iso
from connectors.frame.session import Refused
from connectors.signalr.peer import Timing
from engine.errors import UsageError
from engine.model.connection import FeedChanged, FeedState
from engine.model.market import Bar, QuoteTick
from engine.model.subscription import DataKind, Subscription

STREAMED = (DataKind.QUOTES, DataKind.BOOK, DataKind.BARS)


class MarketSession(StreamSession):
    """Follow the markets that are subscribed.

    `statistics` and `summaries` hold what was last said of each in the long and the short form.

    The streams want an account, though they are the same for all: the first one of the login.
    """

    def __init__(
        self, names: Names, directory: Directory, account: str, timing: Timing | None = None
    ) -> None:
        super().__init__(timing)
        self.statistics: dict[str, Statistics] = {}
        self.summaries: dict[str, Summary] = {}
        self._names = names
        self._directory = directory
        self._account = account
        self._books: dict[str, StreamedBook] = {}
        self._forming: dict[str, Bar] = {}

    def subscribe(self, subscription: Subscription, now: int) -> None:
        """Start the stream of a subscription, and with quotes those of statistics."""
        terms = self._directory.of_instrument(subscription.instrument)
        if subscription.kind is DataKind.BOOK:
            self._open_book(subscription, terms)
        elif subscription.kind is DataKind.QUOTES:
            self._open_quotes(subscription, terms)
        elif subscription.kind is DataKind.BARS and subscription.spec in TIMESCALES:
            chart = f"{terms.id}@{TIMESCALES[subscription.spec]}"
            self._stream(
                lambda raw, now: self._take_candle(subscription, raw, now),
                subscription,
                self._names["stream_chart"],
                self._account,
                chart,
            )
        else:
            raise UsageError(f"B2TRADER streams no {subscription.kind} {subscription.spec}")

    def unsubscribe(self, subscription: Subscription, now: int) -> None:
        """End the streams of a subscription."""
        self._cancel(subscription)
        self._books.pop(subscription.instrument, None)

    def _open_book(self, subscription: Subscription, terms: MarketTerms) -> None:
        self._books[subscription.instrument] = StreamedBook(
            subscription.instrument, may_skip=self._names["book_gap"] == "accept"
        )
        self._stream(
            lambda raw, now: self._take_book(subscription, raw, now),
            subscription,
            self._names["stream_book"],
            self._account,
            terms.id,
        )

    def _open_quotes(self, subscription: Subscription, terms: MarketTerms) -> None:
        quotes, statistics = self._names["stream_quotes"], self._names["stream_statistics"]
        self._stream(self._take_touch, subscription, quotes, self._account, [terms.id])
        self._stream(self._take_statistics, subscription, statistics, self._account, [terms.id])
        summary = self._names["stream_summary"]
        self._stream(self._take_summary, subscription, summary, self._account, [terms.id])

    def _reset(self) -> None:
        super()._reset()
        self._books.clear()
        self._forming.clear()

    def _stream_ended(self, stream: OpenStream, reason: str, now: int) -> None:
        assert isinstance(stream.key, Subscription)
        self._events.append(Refused(stream.key, reason))

    def _take_book(self, subscription: Subscription, raw: object, now: int) -> None:
        book = self._books[subscription.instrument]
        broken = book.take(self.hub.protocol.payload(raw, BookItem), now)
        self._events += book.events()
        if broken:
            self._events.append(
                FeedChanged(subscription.instrument, DataKind.BOOK, FeedState.BROKEN, now, broken)
            )
            self._cancel(subscription)
            self.subscribe(subscription, now)

    def _take_touch(self, raw: object, now: int) -> None:
        for item in self.hub.protocol.payload(raw, TouchItem).markets:
            terms = self._directory.of_market(item.market_id)
            if terms is None:
                continue
            bid, ask = number(item.bid), number(item.ask)
            self._events.append(
                QuoteTick(
                    terms.instrument.id,
                    now,
                    now,
                    nan if bid is None else bid,
                    nan if ask is None else ask,
                    nan,
                    nan,
                )
            )

    def _take_statistics(self, raw: object, now: int) -> None:
        for item in self.hub.protocol.payload(raw, StatisticsItem).markets:
            self.statistics[item.market_id] = item

    def _take_summary(self, raw: object, now: int) -> None:
        for item in self.hub.protocol.payload(raw, SummaryItem).items:
            self.summaries[item.market_id] = item

    def _take_candle(self, subscription: Subscription, raw: object, now: int) -> None:
        """Keep a candle while it forms; the first one after it shows that it is complete."""
        candle = self.hub.protocol.payload(raw, Candle)
        bar = bar_of(candle, subscription.instrument, subscription.spec, now)
        key = f"{subscription.instrument} {subscription.spec}"
        before = self._forming.get(key)
        if before is not None and bar.ts_open > before.ts_open:
            self._events.append(msgspec.structs.replace(before, ts_recv=now))
        if before is None or bar.ts_open >= before.ts_open:
            self._forming[key] = bar


def bar_of(candle: Candle, instrument: str, spec: str, now: int) -> Bar:
    """Return a candle as a bar; the venue tells no volume."""
    return Bar(
        instrument,
        spec,
        from_iso(candle.start),
        from_iso(candle.end),
        now,
        finite(candle.open),
        finite(candle.high),
        finite(candle.low),
        finite(candle.close),
        nan,
    )
