"""The book of one instrument by price level (L2), as strategies, gate and exchange read it.

Checks no sequence itself: whoever knows the venue's rule marks a row that follows a gap.
"""

from typing import Protocol

from engine.books.levels import NOWHERE, Levels, make_levels
from engine.books.rows import BookRow
from engine.model.instrument import Instrument
from engine.model.market import AFTER_GAP, CLEARS_BOOK

_NAN = float("nan")
_TURNS = AFTER_GAP | CLEARS_BOOK


class Told(Protocol):
    """Tell when something was, and its number."""

    @property
    def ts_event(self) -> int:
        """Return nanoseconds UTC by the venue's clock."""

    @property
    def ts_recv(self) -> int:
        """Return nanoseconds UTC by ours."""

    @property
    def sequence(self) -> int:
        """Return the venue's number, 0 where it gives none."""


_NOTHING = BookRow(0, 0, 0, 0, 0, 0, 0)


class Book:
    """Hold bids and asks.

    Inside are units of the instrument (`bids`, `asks`); the properties give canonical floats, NaN
    for a side that is empty. `last` is the row that completed the last event: whoever changes the
    book sets it. Only the engine changes a book: keep none of it, read it when it is needed.

    A book is broken from the start and after a gap: it is empty and takes no change until a
    snapshot. It may be locked (bid equal to ask) and even crossed, as some venues are in auctions;
    a crossed one has no mid and nothing fills against it.
    """

    __slots__ = (
        "_price_scale",
        "_quantity_scale",
        "asks",
        "bids",
        "instrument",
        "is_broken",
        "last",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument.id
        self._price_scale = instrument.price_scale
        self._quantity_scale = instrument.quantity_scale
        self.bids = make_levels(1)
        self.asks = make_levels(-1)
        self.is_broken = True
        self.last: Told = _NOTHING

    def change(self, flags: int, side: int, price: int, size: int) -> None:
        """Take one row: `flags` first, then the level it names (side 0: none)."""
        if flags & _TURNS:
            self.turn(flags)
        if self.is_broken:
            return
        if side > 0:
            self.bids.set(price, size)
        elif side < 0:
            self.asks.set(price, size)

    def turn(self, flags: int) -> None:
        """Empty the book: whole again at the beginning of a snapshot, broken after a gap."""
        self.bids.clear()
        self.asks.clear()
        self.is_broken = not flags & CLEARS_BOOK

    @property
    def ts_event(self) -> int:
        """Return the venue's time of the last complete event (ns)."""
        return self.last.ts_event

    @property
    def ts_recv(self) -> int:
        """Return when the last complete event reached us (ns)."""
        return self.last.ts_recv

    @property
    def sequence(self) -> int:
        """Return the venue's number of the last complete event."""
        return self.last.sequence

    @property
    def bid(self) -> float:
        """Return the best bid, NaN when there is none."""
        best = self.bids.best
        return _NAN if best == NOWHERE else best / self._price_scale

    @property
    def ask(self) -> float:
        """Return the best ask, NaN when there is none."""
        best = self.asks.best
        return _NAN if best == NOWHERE else -best / self._price_scale

    @property
    def bid_size(self) -> float:
        """Return the size at the best bid, NaN when there is none."""
        best = self.bids.best
        return _NAN if best == NOWHERE else self.bids.size(best) / self._quantity_scale

    @property
    def ask_size(self) -> float:
        """Return the size at the best ask, NaN when there is none."""
        best = self.asks.best
        return _NAN if best == NOWHERE else self.asks.size(-best) / self._quantity_scale

    @property
    def mid(self) -> float:
        """Return the middle of bid and ask; NaN when a side is empty or they are crossed."""
        return _NAN if self.is_crossed else (self.bid + self.ask) / 2

    @property
    def spread(self) -> float:
        """Return ask minus bid: 0 when locked, negative when crossed, NaN when a side is empty."""
        return self.ask - self.bid

    @property
    def is_crossed(self) -> bool:
        """Return whether the best bid is above the best ask."""
        return self.bids.best + self.asks.best > 0  # the key of an ask is its price, negated

    def bid_levels(self, count: int) -> list[tuple[float, float]]:
        """Return up to `count` bids as (price, size), best first."""
        return self._floats(self.bids, count)

    def ask_levels(self, count: int) -> list[tuple[float, float]]:
        """Return up to `count` asks as (price, size), best first."""
        return self._floats(self.asks, count)

    def size_at(self, side: int, price: float) -> float:
        """Return the size at a price on the side of a Side or sign; 0 where there is no level."""
        levels = self.bids if side > 0 else self.asks
        return levels.size(round(price * self._price_scale)) / self._quantity_scale

    def _floats(self, levels: Levels, count: int) -> list[tuple[float, float]]:
        prices, sizes = self._price_scale, self._quantity_scale
        return [(price / prices, size / sizes) for price, size in levels.top(count)]

    def __repr__(self) -> str:
        """Return one readable line."""
        state = " broken" if self.is_broken else ""
        touch = f"{self.bid_size:g} @ {self.bid:g} / {self.ask:g} @ {self.ask_size:g}"
        return f"<Book {self.instrument} {touch}{state}>"
