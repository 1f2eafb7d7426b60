"""Depth quotes, each with an id, to a book of price levels.

Keeps one book; a book that began anywhere but at its whole would be wrong, so it starts empty.
"""

from connectors.ctrader.mapping.scaling import price, quantity
from connectors.ctrader.schema.market_pb2 import ProtoOADepthEvent, ProtoOADepthQuote
from engine.model.market import BookDelta, BookSnapshot

QUOTES_MAX = 100_000
"""Quotes of one book; a book above it is given up as broken."""

Level = tuple[int, int]
"""Side (+1 bid, -1 ask) and price in units."""


class DepthBook:
    """Hold the quotes of one instrument since its subscription.

    That the first event holds the whole book is inferred; it becomes the snapshot.
    """

    def __init__(self, instrument: str) -> None:
        self.instrument = instrument
        self._quotes: dict[int, tuple[Level, int]] = {}
        self._levels: dict[Level, int] = {}
        self._is_whole = False

    def apply(self, event: ProtoOADepthEvent, now: int) -> list[BookSnapshot | BookDelta]:
        """Return what an event changes; deletions come first, an id that comes again moves."""
        touched: dict[Level, None] = {}
        for quote_id in event.deletedQuotes:
            self._remove(quote_id, touched)
        for quote in event.newQuotes:
            self._remove(quote.id, touched)
            self._add(quote, touched)
        if not self._is_whole:
            self._is_whole = True
            return [self._snapshot(now)]
        return [self._delta(level, now) for level in touched]

    @property
    def is_overfull(self) -> bool:
        """Return whether it holds more quotes than it may."""
        return len(self._quotes) > QUOTES_MAX

    def _add(self, quote: ProtoOADepthQuote, touched: dict[Level, None]) -> None:
        level = (1, quote.bid) if quote.HasField("bid") else (-1, quote.ask)
        self._quotes[quote.id] = (level, quote.size)
        self._levels[level] = self._levels.get(level, 0) + quote.size
        touched[level] = None

    def _remove(self, quote_id: int, touched: dict[Level, None]) -> None:
        found = self._quotes.pop(quote_id, None)
        if found is None:
            return
        level, size = found
        touched[level] = None
        self._levels[level] -= size
        if not self._levels[level]:
            del self._levels[level]

    def _delta(self, level: Level, now: int) -> BookDelta:
        side, units = level
        size = quantity(self._levels.get(level, 0))
        return BookDelta(self.instrument, now, now, side, price(units), size)

    def _snapshot(self, now: int) -> BookSnapshot:
        sides = {
            side: sorted(
                (
                    (price(level[1]), quantity(size))
                    for level, size in self._levels.items()
                    if level[0] == side
                ),
                reverse=side > 0,
            )
            for side in (1, -1)
        }
        return BookSnapshot(self.instrument, now, now, tuple(sides[1]), tuple(sides[-1]))
