"""When a strategy is called about a book: the conditions of `engine.wakes`, put on a Book.

Changes nothing that a strategy can read: the book is always as of the present event.
"""

from collections.abc import Callable

from engine.books.book import Book
from engine.books.levels import NOWHERE
from engine.model.instrument import Instrument
from engine.quiet import Bounds, Declared
from engine.wakes import Every, EveryEvent, MidMoved, TouchChanged, Wake, every

OnBook = Callable[[Book], None]


def bind_book(wake: Wake, instrument: Instrument, callback: OnBook) -> OnBook | None:
    """Return a callable that calls `callback(book)` when the condition holds; None for Never.

    It is called once for each complete event of the book. TouchChanged wakes when the price of the
    best bid or ask differs from that of the last wake, an empty side being a price of its own, and
    so when a book breaks. MidMoved passes over a book that is crossed or has an empty side. What
    `engine.wakes.bind` says of references holds here too.
    """
    if isinstance(wake, EveryEvent):
        return callback
    if isinstance(wake, Every):
        return every(wake.interval_ns, callback)
    if isinstance(wake, TouchChanged):
        return _TouchChange(callback)
    if isinstance(wake, MidMoved):
        return _MidMove(round(wake.ticks * 2), instrument, callback)
    return None


class _TouchChange(Declared):
    """Call when the best bid or ask has another price than at the last call."""

    __slots__ = ("_ask", "_bid", "_callback", "_first")

    def __init__(self, callback: OnBook) -> None:
        self._callback = callback
        self._bid = self._ask = 0
        self._first = True

    def __call__(self, book: Book) -> None:
        bid, ask = book.bids.best, book.asks.best
        if bid != self._bid or ask != self._ask or self._first:
            self._bid, self._ask, self._first = bid, ask, False
            self._callback(book)

    def draw(self, bounds: Bounds) -> None:
        """Let pass what repeats the touch."""
        if self._first:
            bounds.close()
        bounds.keep_first(self._bid, self._bid)
        bounds.keep_second(-self._ask, -self._ask)


class _MidMove(Declared):
    """Call when twice the mid, in units, is far from that of the last call."""

    __slots__ = ("_callback", "_half_ticks", "_instrument", "_last", "_scale", "_threshold")

    def __init__(self, half_ticks: int, instrument: Instrument, callback: OnBook) -> None:
        self._half_ticks = half_ticks
        self._instrument = instrument
        self._callback = callback
        self._scale = instrument.price_scale
        self._last: int | None = None
        self._threshold = 0

    def __call__(self, book: Book) -> None:
        bid, ask = book.bids.best, book.asks.best  # the key of an ask is its price, negated
        if NOWHERE in (bid, ask) or bid + ask > 0:
            return
        total, last = bid - ask, self._last
        if last is not None and -self._threshold < total - last < self._threshold:
            return
        self._last = total
        tick = self._instrument.tick_at(total / 2 / self._scale)
        self._threshold = self._half_ticks * round(tick * self._scale)
        self._callback(book)

    def draw(self, bounds: Bounds) -> None:
        """Let pass what is nearer than the threshold."""
        if self._last is None:
            bounds.close()
        else:
            bounds.keep_sum(self._last - self._threshold + 1, self._last + self._threshold - 1)
