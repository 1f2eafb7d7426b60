"""The market as the broker last saw it: quotes, books and public trades by instrument.

Matches nothing and forgets only the oldest trades.
"""

from collections import deque
from collections.abc import Iterable

from engine.model.market import BookSnapshot, InstrumentStatus, MarketEvent, QuoteTick, TradeTick

TRADES_KEPT = 5_000
"""How many public trades of an instrument can be asked for; older ones are forgotten."""

_NAN = float("nan")


class Tape:
    """Remember the last quote, book and state of each instrument, and its latest trades."""

    def __init__(self, instruments: Iterable[str]) -> None:
        self.quotes: dict[str, QuoteTick] = {}
        self.books: dict[str, BookSnapshot] = {}
        self.states: dict[str, InstrumentStatus] = {}
        self.trades: dict[str, deque[TradeTick]] = {
            name: deque(maxlen=TRADES_KEPT) for name in instruments
        }

    def add(self, event: MarketEvent) -> None:
        """Take note of a row; a book gives the quote of its touch as well."""
        if isinstance(event, QuoteTick):
            self.quotes[event.instrument] = event
        elif isinstance(event, TradeTick):
            self.trades[event.instrument].append(event)
        elif isinstance(event, BookSnapshot):
            self.books[event.instrument] = event
            self.quotes[event.instrument] = touch(event)
        elif isinstance(event, InstrumentStatus):
            self.states[event.instrument] = event

    def mark(self, instrument: str) -> float:
        """Return the middle of the last quote, else the last trade's price, else NaN."""
        quote, trades = self.quotes.get(instrument), self.trades[instrument]
        if quote is not None:
            return quote.mid
        return trades[-1].price if trades else _NAN


def touch(book: BookSnapshot) -> QuoteTick:
    """Return the best bid and ask of a book; NaN for a side that is empty."""
    bid, bid_size = book.bids[0] if book.bids else (_NAN, _NAN)
    ask, ask_size = book.asks[0] if book.asks else (_NAN, _NAN)
    return QuoteTick(book.instrument, book.ts_event, book.ts_recv, bid, ask, bid_size, ask_size)
