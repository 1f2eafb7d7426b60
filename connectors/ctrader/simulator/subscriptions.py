"""What one connection wants of the market, and the events that tell it.

A spot carries only what changed; the first one after subscribing carries both sides.
"""

from collections.abc import Iterator
from math import isnan

from connectors.ctrader.mapping.scaling import PRICE_SCALE, volume
from connectors.ctrader.schema.market_pb2 import (
    ProtoOADepthEvent,
    ProtoOADepthQuote,
    ProtoOASpotEvent,
    ProtoOATrendbarPeriod,
)
from connectors.ctrader.simulator.refusal import Refusal
from connectors.ctrader.simulator.ticks import Change, Ticks, forming
from engine.model.market import BookSnapshot

Level = tuple[int, int, int]
"""Side, price and size in units of the wire."""


class Subscriptions:
    """Hold the symbols of one connection, by account and number."""

    def __init__(self) -> None:
        self._spots: dict[int, tuple[int, bool]] = {}
        self._bars: dict[int, dict[ProtoOATrendbarPeriod, None]] = {}
        self._depth: dict[int, dict[Level, int]] = {}
        self._quote_ids = 0

    def add_spot(self, symbol: int, account: int, *, timed: bool) -> None:
        """Begin spots of a symbol; raises Refusal when they run already."""
        if symbol in self._spots:
            raise Refusal("ALREADY_SUBSCRIBED", "Already subscribed to spots of the symbol")
        self._spots[symbol] = account, timed

    def end_spot(self, symbol: int) -> None:
        """End spots, and all that stands on them."""
        self._spots.pop(symbol, None)
        self._bars.pop(symbol, None)
        self._depth.pop(symbol, None)

    def add_bars(self, symbol: int, period: ProtoOATrendbarPeriod) -> None:
        """Begin bars inside spots."""
        self._need_spot(symbol)
        self._bars.setdefault(symbol, {})[period] = None

    def end_bars(self, symbol: int, period: ProtoOATrendbarPeriod) -> None:
        """End bars."""
        self._bars.get(symbol, {}).pop(period, None)

    def add_depth(self, symbol: int) -> None:
        """Begin depth quotes; the first event will be the whole book."""
        self._need_spot(symbol)
        self._depth[symbol] = {}

    def end_depth(self, symbol: int) -> None:
        """End depth quotes."""
        self._depth.pop(symbol, None)

    def snapshot(self, symbol: int, ticks: Ticks, ts: int) -> ProtoOASpotEvent | None:
        """Return the last known prices, which come first even when the market is closed."""
        change = Change(ticks.last(1), ticks.last(-1), ts)
        return None if change.bid is None and change.ask is None else self._spot(symbol, change)

    def spot(self, symbol: int, change: Change, ticks: Ticks) -> ProtoOASpotEvent | None:
        """Return the event of a change; None where it is not wanted."""
        if symbol not in self._spots or (change.bid is None and change.ask is None):
            return None
        event = self._spot(symbol, change)
        if change.bid is not None:
            found = (forming(ticks, period, change.ts) for period in self._bars.get(symbol, ()))
            event.trendbar.extend(bar for bar in found if bar is not None)
        return event

    def depth(self, symbol: int, book: BookSnapshot) -> ProtoOADepthEvent | None:
        """Return what changed in a book since the last event, as quotes that come and go."""
        known = self._depth.get(symbol)
        if known is None:
            return None
        present = dict.fromkeys(_levels(book))
        event = ProtoOADepthEvent(ctidTraderAccountId=self._spots[symbol][0], symbolId=symbol)
        for level in [level for level in known if level not in present]:
            event.deletedQuotes.append(known.pop(level))
        for level in present:
            if level in known:
                continue
            self._quote_ids += 1
            known[level] = self._quote_ids
            side, price, size = level
            quote = ProtoOADepthQuote(id=self._quote_ids, size=size)
            setattr(quote, "bid" if side > 0 else "ask", price)
            event.newQuotes.append(quote)
        return event if event.newQuotes or event.deletedQuotes else None

    def _need_spot(self, symbol: int) -> None:
        if symbol not in self._spots:
            raise Refusal("NOT_SUBSCRIBED_TO_SPOTS", "Subscribe to spots of the symbol first")

    def _spot(self, symbol: int, change: Change) -> ProtoOASpotEvent:
        account, timed = self._spots[symbol]
        event = ProtoOASpotEvent(ctidTraderAccountId=account, symbolId=symbol)
        if change.bid is not None:
            event.bid = change.bid
        if change.ask is not None:
            event.ask = change.ask
        if timed:
            event.timestamp = change.ts
        return event


def _levels(book: BookSnapshot) -> Iterator[Level]:
    for side, levels in ((1, book.bids), (-1, book.asks)):
        for price, size in levels:
            if isnan(size):  # of a touch without sizes there is no book
                continue
            yield side, round(price * PRICE_SCALE), volume(size)
