"""The market data socket: quotes, books, trades, bars and trading states by subscription.

Remembers no subscription across connections; the frame repeats them.
"""

from collections import deque
from collections.abc import Callable

import msgspec

from connectors.alor_protocol.codec import AnyFrame
from connectors.alor_protocol.mapping import market
from connectors.alor_protocol.mapping.cache import InstrumentCache
from connectors.alor_protocol.mapping.instruments import Traded
from connectors.alor_protocol.messages.market import (
    Book,
    Candle,
    InstrumentUpdate,
    PublicTrade,
    Quote,
)
from connectors.alor_protocol.messages.replies import Control
from connectors.alor_protocol.messages.requests import StreamRequest
from connectors.alor_protocol.sessions.bars import FormingBar
from connectors.alor_protocol.sessions.socket import SocketSession
from connectors.alor_protocol.sessions.streams import FORMAT, Streams, Take
from connectors.alor_protocol.settings import Settings
from connectors.frame.session import Refused
from engine.model.subscription import DataKind, Subscription

_OPCODES = {
    DataKind.QUOTES: "QuotesSubscribe",
    DataKind.TRADES: "AllTradesGetAndSubscribe",
    DataKind.BOOK: "OrderBookGetAndSubscribe",
    DataKind.BARS: "BarsGetAndSubscribe",
    DataKind.STATUS: "InstrumentsGetAndSubscribeV2",
}
_SEEN_MAX = 5_000


class MarketSession(SocketSession):
    """Follow the market data socket; every request carries the token, so it needs no login.

    Each subscription has a fresh guid: what still comes under an older one is not taken. Trades
    that were missed while the connection was down are asked for again, and known ones dropped.
    """

    def __init__(
        self, settings: Settings, token: Callable[[], str], cache: InstrumentCache
    ) -> None:
        super().__init__(token, settings.stream_ping_ns, settings.answer_ns)
        self._settings = settings
        self._cache = cache
        self._streams = Streams()
        self._guids: dict[Subscription, str] = {}
        self._forming: dict[Subscription, FormingBar] = {}
        self._seen: dict[str, deque[int]] = {}
        self._requests = 0

    def deadline(self) -> int | None:
        """Return when a ping or a bar is due, or the connection is mute."""
        due = super().deadline()
        bars = [forming.due for forming in self._forming.values() if forming.due is not None]
        return min([due, *bars]) if due is not None else None

    def timeout(self, now: int) -> None:
        """Deliver the bars that are over, and do what else is due."""
        for forming in self._forming.values():
            self._events += forming.over(now)
        super().timeout(now)

    def subscribe(self, subscription: Subscription, now: int) -> None:
        """Ask for a stream under a guid that was never used."""
        traded = self._cache.named(subscription.instrument)
        opcode = _OPCODES[subscription.kind]
        self._requests += 1
        guid = f"market-{self._requests}"
        self._guids[subscription] = guid
        self._streams.add(guid, opcode, self._taker(subscription, traded))
        self._send(self._request(subscription, traded, opcode, guid, now))

    def unsubscribe(self, subscription: Subscription, now: int) -> None:
        """End a stream; a few records of it may still come and are not taken."""
        guid = self._guids.pop(subscription, None)
        self._forming.pop(subscription, None)
        if guid is not None:
            self._streams.drop(guid)
            self._send(StreamRequest(opcode="unsubscribe", guid=guid, token=self._token()))

    def _open(self, now: int) -> None:
        """Ask for nothing: subscriptions follow."""

    def _ping(self, guid: str) -> msgspec.Struct:
        return StreamRequest(opcode="ping", guid=guid, token=self._token(), confirm=True)

    def _request(
        self, subscription: Subscription, traded: Traded, opcode: str, guid: str, now: int
    ) -> StreamRequest:
        kind, settings = subscription.kind, self._settings
        conflated = kind in (DataKind.QUOTES, DataKind.BOOK, DataKind.BARS)
        missed = settings.trade_backlog if subscription.instrument in self._seen else 0
        depths = {DataKind.BOOK: _depth(subscription, settings), DataKind.TRADES: missed}
        bars = kind is DataKind.BARS
        return StreamRequest(
            opcode=opcode,
            guid=guid,
            token=self._token(),
            exchange=traded.key.exchange,
            code=traded.key.symbol,
            instrument_group=traded.key.board,
            format=FORMAT,
            depth=depths.get(kind),
            frequency=settings.frequency_ms if conflated else None,
            tf=str(self._forming[subscription].seconds) if bars else None,
            from_=now // 1_000_000_000 if bars else None,
            skip_history=True if bars else None,
        )

    def _taker(self, subscription: Subscription, traded: Traded) -> Take:
        """Return who takes the records of a subscription."""

        def on_quote(quote: Quote, now: int) -> None:
            self._events.append(market.quote_tick(traded, quote, now))

        def on_book(book: Book, now: int) -> None:
            self._events.append(market.book_snapshot(traded, book, now))

        def on_trade(trade: PublicTrade, now: int) -> None:
            seen = self._seen.setdefault(subscription.instrument, deque(maxlen=_SEEN_MAX))
            if trade.existing and trade.id in seen:
                return
            seen.append(trade.id)
            self._events.append(market.trade_tick(traded, trade, now))

        def on_status(update: InstrumentUpdate, now: int) -> None:
            status = market.status(traded, update, now)
            if status is not None:
                self._events.append(status)

        def on_candle(candle: Candle, now: int) -> None:
            self._events += self._forming[subscription].update(candle, now)

        if subscription.kind is DataKind.BARS:
            grace = self._settings.bar_grace_ns
            self._forming[subscription] = FormingBar(traded, subscription.spec, grace)
        takers: dict[DataKind, Take] = {
            DataKind.QUOTES: on_quote,
            DataKind.BOOK: on_book,
            DataKind.TRADES: on_trade,
            DataKind.STATUS: on_status,
            DataKind.BARS: on_candle,
        }
        return takers[subscription.kind]

    def _receive_data(self, text: str, now: int) -> bool:
        return self._streams.receive(text, now)

    def _receive_any(self, found: AnyFrame, now: int) -> bool:
        return self._streams.receive_any(found, now)

    def _refused(self, control: Control, now: int) -> None:
        for subscription, guid in self._guids.items():
            if guid == control.request_guid:
                self._streams.drop(guid)
                self._forming.pop(subscription, None)
                reason = f"{control.http_code} {control.message}"
                self._events.append(Refused(subscription, reason))

    def _forget(self) -> None:
        super()._forget()
        self._streams.clear()
        self._guids.clear()
        self._forming.clear()


def _depth(subscription: Subscription, settings: Settings) -> int:
    """Return the levels to ask for; 0 is as many as the venue gives."""
    most = settings.book_depth_max
    return min(subscription.depth or most, most)
