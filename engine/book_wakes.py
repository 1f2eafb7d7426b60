"""When a strategy is called about a book: the conditions of `engine.wakes`, put on a Book.

Changes nothing that a strategy can read: the book is always as of the present event.
"""

from collections.abc import Callable

from engine.books.book import Book
from engine.books.levels import NOWHERE
from engine.model.instrument import Instrument
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
        return _touch_changed(callback)
    if isinstance(wake, MidMoved):
        return _mid_moved(round(wake.ticks * 2), instrument, callback)
    return None


def _touch_changed(callback: OnBook) -> OnBook:
    last_bid = last_ask = 0  # 0 is no key of an empty side, and only asks have negative ones
    first = True

    def wake_touch_changed(book: Book) -> None:
        nonlocal last_bid, last_ask, first
        bid, ask = book.bids.best, book.asks.best
        if bid != last_bid or ask != last_ask or first:
            last_bid, last_ask, first = bid, ask, False
            callback(book)

    return wake_touch_changed


def _mid_moved(half_ticks: int, instrument: Instrument, callback: OnBook) -> OnBook:
    """Compare sums of bid and ask, which are twice the mid, in units of 10^-price_digits."""
    scale = instrument.price_scale
    last: int | None = None
    threshold = 0

    def wake_mid_moved(book: Book) -> None:
        nonlocal last, threshold
        bid, ask = book.bids.best, book.asks.best  # the key of an ask is its price, negated
        if NOWHERE in (bid, ask) or bid + ask > 0:
            return
        total = bid - ask
        if last is not None and -threshold < total - last < threshold:
            return
        last = total
        threshold = half_ticks * round(instrument.tick_at(total / 2 / scale) * scale)
        callback(book)

    return wake_mid_moved
