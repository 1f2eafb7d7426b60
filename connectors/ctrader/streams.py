"""Spots, bars and depth of one connection: what was asked for, and what the messages mean.

Sends nothing: it returns the requests that a subscription needs. Prices of a spot that did not
change are kept from the one before, never across connections.
"""

from collections.abc import Iterator
from math import nan

from google.protobuf.message import Message
from msgspec.structs import replace

from connectors.ctrader.directory import Listed
from connectors.ctrader.mapping.bars import live_bar, opening, period_of
from connectors.ctrader.mapping.depth import QUOTES_MAX, DepthBook
from connectors.ctrader.mapping.scaling import PRICE_SCALE
from connectors.ctrader.schema.market_pb2 import (
    ProtoOADepthEvent,
    ProtoOASpotEvent,
    ProtoOASubscribeDepthQuotesReq,
    ProtoOASubscribeLiveTrendbarReq,
    ProtoOATrendbar,
    ProtoOAUnsubscribeDepthQuotesReq,
    ProtoOAUnsubscribeLiveTrendbarReq,
    ProtoOAUnsubscribeSpotsReq,
)
from connectors.frame.session import SessionEvent
from engine.model.connection import FeedChanged, FeedState
from engine.model.market import Bar, QuoteTick
from engine.model.subscription import DataKind, Subscription

_MS = 1_000_000
BAR_GRACE_NS = 1_000_000_000
"""How long after its end a bar is given out if no newer one has come: late ticks have passed."""


class _Spot:
    """Hold the last prices of one symbol, the bars that form, and what is wanted of them."""

    __slots__ = (
        "ask",
        "bars",
        "bid",
        "given",
        "has_bars",
        "has_quotes",
        "instrument",
        "is_acknowledged",
        "wanted",
    )

    def __init__(self, instrument: str) -> None:
        self.instrument = instrument
        self.bid = nan
        self.ask = nan
        self.bars: dict[int, Bar] = {}
        self.given: dict[int, int] = {}
        self.wanted: dict[Subscription, None] = {}
        self.is_acknowledged = self.has_quotes = self.has_bars = False

    def count(self) -> None:
        """Note what kinds are wanted."""
        kinds = [each.kind for each in self.wanted]
        self.has_quotes, self.has_bars = DataKind.QUOTES in kinds, DataKind.BARS in kinds


class Streams:
    """Map market data of the one account that a connection takes it from.

    `due` is when the next bar may have to be given out without a newer one; early at worst.
    """

    def __init__(self, account_id: int) -> None:
        self._account = account_id
        self._spots: dict[int, _Spot] = {}
        self._books: dict[int, DepthBook] = {}
        self.due: int | None = None

    def clear(self) -> None:
        """Forget everything: a new connection begins."""
        self._spots.clear()
        self._books.clear()
        self.due = None

    def want(self, subscription: Subscription, listed: Listed) -> bool:
        """Note what is wanted and return whether spots of the symbol must be asked for first."""
        symbol = listed.symbol_id
        is_new = symbol not in self._spots
        spot = self._spots.setdefault(symbol, _Spot(subscription.instrument))
        spot.wanted[subscription] = None
        spot.count()
        return is_new

    def acknowledged(self, symbol_id: int) -> Iterator[tuple[Subscription, Message]]:
        """Note that spots of a symbol flow, and return the requests that had to wait for it."""
        spot = self._spots.get(symbol_id)
        if spot is None or spot.is_acknowledged:
            return
        spot.is_acknowledged = True
        for subscription in spot.wanted:
            request = self.request(subscription, symbol_id)
            if request is not None:
                yield subscription, request

    def request(self, subscription: Subscription, symbol_id: int) -> Message | None:
        """Return what asks for bars or depth beside spots; None for quotes, and before spots."""
        if not self._spots[symbol_id].is_acknowledged:
            return None
        if subscription.kind is DataKind.BARS:
            return ProtoOASubscribeLiveTrendbarReq(
                ctidTraderAccountId=self._account,
                symbolId=symbol_id,
                period=period_of(subscription.spec),
            )
        if subscription.kind is DataKind.BOOK:
            self._books[symbol_id] = DepthBook(subscription.instrument)
            return ProtoOASubscribeDepthQuotesReq(
                ctidTraderAccountId=self._account, symbolId=[symbol_id]
            )
        return None

    def wanted(self, symbol_id: int) -> tuple[Subscription, ...]:
        """Return what is wanted of a symbol."""
        spot = self._spots.get(symbol_id)
        return tuple(spot.wanted) if spot else ()

    def drop(self, subscription: Subscription, listed: Listed) -> list[Message]:
        """Forget a subscription and return the requests that end it; spots end with the last."""
        symbol = listed.symbol_id
        spot = self._spots.get(symbol)
        if spot is None or subscription not in spot.wanted:
            return []
        del spot.wanted[subscription]
        spot.count()
        ends: list[Message] = []
        account, books = self._account, [w for w in spot.wanted if w.kind is DataKind.BOOK]
        if subscription.kind is DataKind.BARS:
            period = period_of(subscription.spec)
            spot.bars.pop(period, None)
            ends.append(
                ProtoOAUnsubscribeLiveTrendbarReq(
                    ctidTraderAccountId=account, symbolId=symbol, period=period
                )
            )
        elif subscription.kind is DataKind.BOOK and not books:
            self._books.pop(symbol, None)
            ends.append(
                ProtoOAUnsubscribeDepthQuotesReq(ctidTraderAccountId=account, symbolId=[symbol])
            )
        if not spot.wanted:
            del self._spots[symbol]
            ends.append(ProtoOAUnsubscribeSpotsReq(ctidTraderAccountId=account, symbolId=[symbol]))
        return ends

    def spot(self, message: ProtoOASpotEvent, now: int, out: list[SessionEvent]) -> None:
        """Add what a spot says to `out`; a side that it leaves out has not changed."""
        spot = self._spots.get(message.symbolId)
        if spot is None or message.ctidTraderAccountId != self._account:
            return
        bid, ask = message.bid, message.ask
        if bid or message.HasField("bid"):
            spot.bid = bid / PRICE_SCALE
        if ask or message.HasField("ask"):
            spot.ask = ask / PRICE_SCALE
        if spot.has_quotes:
            ts = message.timestamp * _MS or now
            out.append(QuoteTick(spot.instrument, ts, now, spot.bid, spot.ask, nan, nan))
        if spot.has_bars:
            for bar in message.trendbar:
                self._bar(spot, bar, now, out)

    def _bar(self, spot: _Spot, wire: ProtoOATrendbar, now: int, out: list[SessionEvent]) -> None:
        """Keep a bar that forms; one of a newer period ends the one before."""
        period, start = wire.period, opening(wire, wire.period)
        if start <= spot.given.get(period, -1):
            return
        forming = spot.bars.get(period)
        if forming is not None and start > forming.ts_open:
            self._give(spot, period, now, out)
        bar = spot.bars[period] = live_bar(wire, period, spot.instrument, spot.bid, now)
        end = bar.ts_close + BAR_GRACE_NS
        self.due = end if self.due is None else min(self.due, end)

    def _give(self, spot: _Spot, period: int, now: int, out: list[SessionEvent]) -> None:
        bar = spot.bars.pop(period)
        spot.given[period] = bar.ts_open
        out.append(replace(bar, ts_recv=now))

    def depth(self, message: ProtoOADepthEvent, now: int, out: list[SessionEvent]) -> None:
        """Add what a depth event changes to `out`."""
        book = self._books.get(message.symbolId)
        if book is None or message.ctidTraderAccountId != self._account:
            return
        if book.is_overfull:
            del self._books[message.symbolId]
            reason = f"more than {QUOTES_MAX} quotes in the book"
            broken = FeedState.BROKEN
            out.append(FeedChanged(book.instrument, DataKind.BOOK, broken, now, reason))
            return
        out += book.apply(message, now)

    def expire(self, now: int, out: list[SessionEvent]) -> None:
        """Add the bars to `out` whose time is over."""
        ends: list[int] = []
        for spot in self._spots.values():
            for period, bar in list(spot.bars.items()):
                if bar.ts_close + BAR_GRACE_NS <= now:
                    self._give(spot, period, now, out)
                else:
                    ends.append(bar.ts_close + BAR_GRACE_NS)
        self.due = min(ends, default=None)
