"""One subscription of the data socket at the server: what it starts with, and what it hears.

Conflates where the venue does: books, quotes and bars; everything else is told in full.
"""

from collections.abc import Callable

import msgspec

from connectors.alor_protocol.codec import RECORDS, data_frame, encode_data
from connectors.alor_protocol.messages.market import Candle, InstrumentUpdate
from connectors.alor_protocol.messages.requests import StreamRequest
from connectors.alor_protocol.messages.spelling import Format
from connectors.alor_protocol.simulator import records
from connectors.alor_protocol.simulator.answers import seconds_of
from connectors.alor_protocol.simulator.ledger import Ledger
from connectors.alor_protocol.simulator.profile import Listed, status_of
from connectors.simulation.records import BrokerEvent
from connectors.simulation.simulator import Kind
from engine.model.market import Bar, BookSnapshot, InstrumentStatus, QuoteTick, TradeTick

Send = Callable[[str, Kind], None]

INTERVALS_MS = {Format.SIMPLE: 25, Format.SLIM: 10, Format.HEAVY: 500}
"""How often a format may be sent at the most; a smaller frequency is raised to it."""

_USUAL_MS = 175
_DEPTH_USUAL, _DEPTH_MAX = 20, 50
_BACKLOG_MAX = 5_000
_SPAN_USUAL = 60
_STORED_BARS_MAX = 1_000
_SECOND = 1_000_000_000


class Stream:
    """Be one subscription; `start` sends what it begins with, `hear` what the broker tells."""

    conflated = False

    def __init__(self, request: StreamRequest, spelling: Format, send: Send) -> None:
        self.request = request
        self._spelling = spelling
        self._send = send
        asked = _USUAL_MS if request.frequency is None else request.frequency
        self._interval = max(asked, INTERVALS_MS[spelling]) * 1_000_000 if self.conflated else 0
        self._next = 0
        self._late: msgspec.Struct | None = None

    def start(self) -> None:
        """Send the stored state."""

    def hear(self, event: BrokerEvent, now: int) -> None:
        """Take what the broker tells."""

    @property
    def due(self) -> int | None:
        """Return when the last state of an interval is to be sent (ns)."""
        return None if self._late is None else self._next

    def flush(self, now: int) -> None:
        """Send the last state of an interval that is over."""
        if self._late is not None and now >= self._next:
            record, self._late = self._late, None
            self._next = now + self._interval
            self._emit(record, Kind.MARKET)

    def _tell(self, record: msgspec.Struct, now: int) -> None:
        """Send a state now, or let it wait for the end of the interval."""
        self._late = record
        self.flush(now)

    def _emit(self, record: msgspec.Struct, kind: Kind) -> None:
        spelled = RECORDS[self.request.opcode]
        body = encode_data(record, spelled, self._spelling)
        self._send(data_frame(body, self.request.guid), kind)


class InstrumentStream(Stream):
    """Be a subscription to one instrument."""

    def __init__(
        self, request: StreamRequest, spelling: Format, send: Send, ledger: Ledger, listed: Listed
    ) -> None:
        super().__init__(request, spelling, send)
        self._ledger = ledger
        self._listed = listed

    @property
    def _span(self) -> int:
        """Return the length of the bars that were asked for, in seconds."""
        return seconds_of(str(self.request.tf or "")) or _SPAN_USUAL

    def _is_mine(self, event: BrokerEvent) -> bool:
        return getattr(event, "instrument", None) == self._listed.instrument.id


class BookStream(InstrumentStream):
    """Send the whole book on each change of it."""

    conflated = True

    def start(self) -> None:
        """Send the book as it stands."""
        self._emit(self._ledger.book(self._listed, self._depth, existing=True), Kind.MARKET)

    def hear(self, event: BrokerEvent, now: int) -> None:
        """Send the book after a quote or a book."""
        if isinstance(event, QuoteTick | BookSnapshot) and self._is_mine(event):
            self._tell(self._ledger.book(self._listed, self._depth, existing=False), now)

    @property
    def _depth(self) -> int:
        return min(self.request.depth or _DEPTH_USUAL, _DEPTH_MAX)


class QuoteStream(InstrumentStream):
    """Send the whole quote on each change of it."""

    conflated = True

    def start(self) -> None:
        """Send the quote as it stands."""
        self._emit(self._ledger.quote(self._listed), Kind.MARKET)

    def hear(self, event: BrokerEvent, now: int) -> None:
        """Send the quote after a quote, a book or a trade."""
        if isinstance(event, QuoteTick | BookSnapshot | TradeTick) and self._is_mine(event):
            self._tell(self._ledger.quote(self._listed), now)


class TradeStream(InstrumentStream):
    """Send every public trade."""

    def start(self) -> None:
        """Send the last trades, as many as were asked for."""
        depth = min(self.request.depth or 0, _BACKLOG_MAX)
        for trade in self._ledger.public_trades(self._listed, depth):
            self._emit(trade, Kind.MARKET)

    def hear(self, event: BrokerEvent, now: int) -> None:
        """Send a trade."""
        if isinstance(event, TradeTick) and self._is_mine(event):
            self._emit(
                records.public_trade_record(event, self._listed, existing=False), Kind.MARKET
            )


class BarStream(InstrumentStream):
    """Send the bar that forms of the public trades, and recorded bars of the same length."""

    conflated = True
    _candle: Candle | None = None

    def start(self) -> None:
        """Send past bars from the time that was asked for, unless they were not wanted."""
        since = self.request.from_
        if since is None or self.request.skip_history:
            return
        until = self._ledger.now // _SECOND // self._span * self._span
        first = max(since, until - _STORED_BARS_MAX * self._span)
        for candle in self._ledger.past.candles(self._listed, self._span, first, until):
            self._emit(candle, Kind.MARKET)

    def hear(self, event: BrokerEvent, now: int) -> None:
        """Let a trade change the bar, or a bar of the recording be one."""
        if not self._is_mine(event):
            return
        if isinstance(event, Bar) and event.ts_close - event.ts_open == self._span * _SECOND:
            self._tell(records.candle_record(event, self._listed), now)
        elif isinstance(event, TradeTick):
            self._candle = _with_trade(self._candle, event, self._span, self._listed.lot)
            self._tell(self._candle, now)


class ClusterStream(InstrumentStream):
    """Send what was traded at each price of a bar: past bars at first, then the one that forms."""

    conflated = True

    def start(self) -> None:
        """Send the clusters of the trades that are remembered, from the time that was asked for."""
        if self.request.from_ is not None:
            for cluster in self._ledger.clusters(self._listed, self._span, self.request.from_):
                self._emit(cluster, Kind.MARKET)

    def hear(self, event: BrokerEvent, now: int) -> None:
        """Send the cluster after a trade."""
        if isinstance(event, TradeTick) and self._is_mine(event):
            start = event.ts_event // _SECOND // self._span * self._span
            self._tell(self._ledger.clusters(self._listed, self._span, start)[-1], now)


class StatusStream(InstrumentStream):
    """Send trading status and limits: all at first, then what has changed."""

    def start(self) -> None:
        """Send all."""
        listed = self._listed
        update = InstrumentUpdate(
            listed.key.symbol,
            exchange=listed.key.exchange,
            board=listed.board,
            trading_status=self._ledger.status(listed),
            trading_status_info="simulated",
        )
        self._emit(update, Kind.MARKET)

    def hear(self, event: BrokerEvent, now: int) -> None:
        """Send a changed status."""
        if isinstance(event, InstrumentStatus) and self._is_mine(event):
            code = status_of(event.state)
            self._emit(InstrumentUpdate(self._listed.key.symbol, trading_status=code), Kind.MARKET)


def _with_trade(candle: Candle | None, trade: TradeTick, span: int, lot: int) -> Candle:
    start, price = trade.ts_event // _SECOND // span * span, trade.price
    lots = records.whole(trade.size / lot)
    if candle is None or candle.time != start:
        return Candle(start, price, price, price, price, lots)
    return Candle(
        start,
        price,
        candle.open,
        max(candle.high, price),
        min(candle.low, price),
        candle.volume + lots,
    )


INSTRUMENT_STREAMS: dict[str, type[InstrumentStream]] = {
    "OrderBookGetAndSubscribe": BookStream,
    "QuotesSubscribe": QuoteStream,
    "AllTradesGetAndSubscribe": TradeStream,
    "AllTradesSubscribe": TradeStream,
    "BarsGetAndSubscribe": BarStream,
    "ClustersGetAndSubscribe": ClusterStream,
    "InstrumentsGetAndSubscribeV2": StatusStream,
}
"""The opcodes that are about an instrument."""
