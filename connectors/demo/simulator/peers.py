"""The demo venue's ends of its two WebSockets.

Do no I/O: the server carries their frames, and plays the faults of connections.
"""

from connectors.demo import mapping
from connectors.demo.codec import encode, read_client
from connectors.demo.messages import (
    Amend,
    ClientMessage,
    Done,
    Failed,
    Hello,
    Ping,
    Place,
    Pong,
    ServerMessage,
    Subscribe,
    Unsubscribe,
    Welcome,
    Withdraw,
)
from connectors.demo.simulator import rows
from connectors.demo.simulator.desk import Desk
from connectors.frame.session import Frame
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.market import book_around
from connectors.simulation.records import BrokerEvent
from connectors.simulation.simulator import Closing, Kind, Outgoing
from connectors.simulation.tokens import TokenStore
from engine.bars import BarBuilder, BarSpec, make_builder
from engine.errors import ValueRefused, VenueError
from engine.model.market import Bar, BookSnapshot, QuoteTick, TradeTick
from engine.model.zones import NEVER

BOOK_LEVELS = 10
_BROKEN, _UNAUTHORISED, _TAKEN_OVER = 4000, 4001, 4002


class DemoPeer:
    """Log a client in, end its connection when its token ends, and answer pings."""

    def __init__(self, tokens: TokenStore, broker: SimulatedBroker, faults: FaultPlan) -> None:
        self.closing: Closing | None = None
        self._tokens = tokens
        self._broker = broker
        self._faults = faults
        self._outgoing: list[Outgoing] = []
        self._is_welcome = False
        self._ends = NEVER

    def opened(self, now: int) -> None:
        """Wait for the client's hello."""

    def receive(self, frame: Frame, now: int) -> None:
        """Take one message; a client that cannot be read is sent away."""
        if self.closing is not None:
            return
        try:
            message = read_client(frame)
        except VenueError as error:
            self._end(_BROKEN, "broken", str(error))
            return
        if isinstance(message, Hello):
            self._hello(message, now)
        elif isinstance(message, Ping):
            self._send(Pong(message.id, mapping.milliseconds(now)), Kind.CONTROL)
        elif not self._is_welcome:
            self._end(_UNAUTHORISED, "token", "say hello first")
        else:
            self._take(message, now)

    def lost(self, now: int) -> None:
        """Forget the client."""
        if self._is_welcome:
            self._is_welcome = False
            self._broker.leave(self._hear)

    def deadline(self) -> int | None:
        """Return when the token ends."""
        return self._ends if self._is_welcome else None

    def timeout(self, now: int) -> None:
        """End the connection of a token that was not renewed in time."""
        if now >= self._ends:
            self._end(_UNAUTHORISED, "token", "the token has ended")

    def outgoing(self) -> list[Outgoing]:
        """Take the queued frames."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def _hello(self, message: Hello, now: int) -> None:
        if not self._tokens.accepts(message.token, now):
            self._end(_UNAUTHORISED, "token", "the token is not good")
            return
        if self._faults.strikes(Fault.TAKE_OVER):
            self._end(_TAKEN_OVER, "taken", "another login has taken over")
            return
        self._ends = self._tokens.end_of(message.token)
        if not self._is_welcome:
            self._is_welcome = True
            self._broker.listen(self._hear)
        self._send(Welcome(message.id))

    def _take(self, message: ClientMessage, now: int) -> None:
        """Take a request of a client that is logged in."""
        raise NotImplementedError

    def _hear(self, event: BrokerEvent) -> None:
        """Take what the broker tells."""
        raise NotImplementedError

    def _end(self, code: int, word: str, reason: str) -> None:
        self._send(Failed(0, word, reason), Kind.CONTROL)
        self.closing = Closing(code, word)
        self._ends = NEVER

    def _send(self, message: ServerMessage, kind: Kind = Kind.REPLY) -> None:
        self._outgoing.append(Outgoing(encode(message), kind))


class TradePeer(DemoPeer):
    """Take orders, and tell what becomes of them, of positions and of money."""

    def __init__(
        self, tokens: TokenStore, broker: SimulatedBroker, faults: FaultPlan, desk: Desk
    ) -> None:
        super().__init__(tokens, broker, faults)
        self._desk = desk

    def _take(self, message: ClientMessage, now: int) -> None:
        if not isinstance(message, Place | Amend | Withdraw):
            self._send(Failed(message.id, "unknown", "this connection takes orders alone"))
            return
        before, self._outgoing = self._outgoing, []
        answer = self._desk.take(message, now)
        news, self._outgoing = self._outgoing, before
        if self._faults.strikes(Fault.FILL_FIRST):
            self._outgoing += news[1:] + news[:1]  # the first tells that the order was placed
            self._send(answer)
        else:
            self._send(answer)
            self._outgoing += news

    def _hear(self, event: BrokerEvent) -> None:
        told = rows.news(event, self._desk.notes)
        if told is not None:
            self._send(told[1], Kind.REPORT)


class MarketPeer(DemoPeer):
    """Stream quotes, deals, books and bars; books are made up around the quote."""

    def __init__(self, tokens: TokenStore, broker: SimulatedBroker, faults: FaultPlan) -> None:
        super().__init__(tokens, broker, faults)
        self._streams: dict[tuple[str, str], None] = {}
        self._books: dict[str, tuple[BookSnapshot, int]] = {}
        self._builders: dict[tuple[str, str], BarBuilder] = {}
        self._bar_due = NEVER

    def deadline(self) -> int | None:
        """Return when the token ends or a bar does."""
        ends = super().deadline()
        return None if ends is None else min(ends, self._bar_due)

    def timeout(self, now: int) -> None:
        """Close the bars that are due, and see to the token."""
        super().timeout(now)
        self._bar_due = NEVER
        for builder in self._builders.values():
            builder.close_until(now)

    def _take(self, message: ClientMessage, now: int) -> None:
        if isinstance(message, Subscribe):
            self._subscribe(message)
        elif isinstance(message, Unsubscribe):
            self._streams.pop((message.market, message.stream), None)
            self._builders.pop((message.market, message.bar), None)
            self._send(Done(message.id))
        else:
            self._send(Failed(message.id, "unknown", "this connection takes no orders"))

    def _subscribe(self, message: Subscribe) -> None:
        name = mapping.instrument_of(message.market)
        if name not in self._broker.instruments or message.stream not in mapping.STREAM_OF:
            self._send(Failed(message.id, "unknown", f"no stream {message.stream} of {name}"))
            return
        if message.stream == "bars" and not self._build(name, message):
            return
        self._streams[message.market, message.stream] = None
        self._send(Done(message.id))
        last = self._broker.tape.quotes.get(name)
        if message.stream == "book":
            self._books.pop(message.market, None)
        if last is not None and message.stream in ("quotes", "book"):
            self._stream(message.market, message.stream, last)

    def _build(self, name: str, message: Subscribe) -> bool:
        try:
            spec = BarSpec.parse(message.bar)
        except ValueRefused as error:
            self._send(Failed(message.id, "unknown", str(error)))
            return False
        builder = make_builder(self._broker.instruments[name], spec, self._bar, self._schedule)
        self._builders[message.market, message.bar] = builder
        return True

    def _schedule(self, ts: int) -> None:
        self._bar_due = min(self._bar_due, ts)

    def _bar(self, bar: Bar) -> None:
        self._send(rows.candle(bar), Kind.MARKET)

    def _hear(self, event: BrokerEvent) -> None:
        if not isinstance(event, QuoteTick | TradeTick):
            return
        market = mapping.market_of(event.instrument)
        for (name, _), builder in self._builders.items():
            if name == market:
                _feed(builder, event)
        wanted = ("quotes", "book") if isinstance(event, QuoteTick) else ("deals",)
        for stream in wanted:
            if (market, stream) in self._streams:
                self._stream(market, stream, event)

    def _stream(self, market: str, stream: str, event: QuoteTick | TradeTick) -> None:
        if isinstance(event, TradeTick):
            self._send(rows.deal(event), Kind.MARKET)
        elif stream == "quotes":
            self._send(rows.quote(event), Kind.MARKET)
        else:
            self._book(market, event)

    def _book(self, market: str, quote: QuoteTick) -> None:
        """Send a whole book first, then what changes; a gap leaves one change out."""
        instrument = self._broker.instruments[quote.instrument]
        book = book_around(quote, instrument, BOOK_LEVELS)
        before, number = self._books.get(market, (None, 0))
        self._books[market] = book, number + 1
        if before is None or not self._faults.strikes(Fault.GAP, market):
            self._send(rows.book(book, before, number + 1), Kind.MARKET)


def _feed(builder: BarBuilder, event: QuoteTick | TradeTick) -> None:
    if isinstance(event, TradeTick):
        builder.on_trade(event)
    else:
        builder.on_quote(event)
