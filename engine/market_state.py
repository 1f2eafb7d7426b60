"""What is known of one instrument's market at this moment, and who wants to hear of it.

Published in full before any callback; matches nothing and decides nothing.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.books.book import Book
from engine.model.instrument import Instrument
from engine.model.market import Bar, InstrumentStatus, QuoteTick, TradeTick

if TYPE_CHECKING:
    from engine.strategy.host import Host

Subscriber = tuple[Callable[[Any], None], "Host"]
NAN = float("nan")


class MarketState:
    """Hold an instrument's last quote, trade, bar and status, its book, and all subscribers."""

    __slots__ = (
        "bar",
        "bar_calls",
        "book",
        "book_calls",
        "instrument",
        "quote",
        "quote_calls",
        "status",
        "status_calls",
        "trade",
        "trade_calls",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.quote: QuoteTick | None = None
        self.trade: TradeTick | None = None
        self.bar: Bar | None = None
        self.status: InstrumentStatus | None = None
        self.book: Book | None = None
        self.quote_calls: tuple[Subscriber, ...] = ()
        self.trade_calls: tuple[Subscriber, ...] = ()
        self.bar_calls: dict[str, tuple[Subscriber, ...]] = {}
        self.status_calls: tuple[Subscriber, ...] = ()
        self.book_calls: tuple[Subscriber, ...] = ()

    def open_book(self, kind: type[Book] = Book) -> Book:
        """Return the book, begun with the kind that is asked for if there is none yet."""
        if self.book is None:
            self.book = kind(self.instrument)
        return self.book

    def mark(self) -> float:
        """Return the reference price: uncrossed mid, else last trade, else last close, else NaN.

        The mid is that of the last quote, or of the book where no quotes come. A book that is
        broken leaves nothing to refer to.
        """
        quote, book = self.quote, self.book
        if quote is None and book is not None:
            mid = book.mid
            if mid == mid or book.is_broken:  # noqa: PLR0124 - NaN is not itself
                return mid
        if quote is not None:
            bid, ask = quote.bid, quote.ask
            if bid <= ask:
                return (bid + ask) / 2
        if self.trade is not None:
            return self.trade.price
        return NAN if self.bar is None else self.bar.close

    def drop(self, host: "Host") -> None:
        """Forget every subscription of a strategy that has been stopped."""
        self.quote_calls = _without(self.quote_calls, host)
        self.trade_calls = _without(self.trade_calls, host)
        self.status_calls = _without(self.status_calls, host)
        self.book_calls = _without(self.book_calls, host)
        self.bar_calls = {spec: _without(calls, host) for spec, calls in self.bar_calls.items()}


def _without(calls: tuple[Subscriber, ...], host: "Host") -> tuple[Subscriber, ...]:
    return tuple(call for call in calls if call[1] is not host)
