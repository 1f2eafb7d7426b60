"""The values of one instrument as they stream in, and the market events they make.

It asks for nothing. An update that came before the initial value makes the initial one void; a C
clears everything, M stands for a market order without a price, X keeps a trade off the tape.
"""

from math import isnan, nan

from connectors.binck.messages import Cell, QuotePacket
from connectors.frame.iso_time import from_iso
from engine.model.market import BookSnapshot, MarketEvent, QuoteTick, TradeTick

LEVELS = 5
_BIDS = ("bid", *(f"bid{n}" for n in range(2, LEVELS + 1)))
_ASKS = ("ask", *(f"ask{n}" for n in range(2, LEVELS + 1)))
_EMPTY = (nan, nan)


class StreamedQuotes:
    """Hold the levels of one instrument; `with_book` and the rest say which events are wanted."""

    def __init__(self, instrument: str) -> None:
        self.with_quotes = self.with_trades = self.with_book = False
        self._instrument = instrument
        self._levels: dict[str, tuple[float, float]] = {}
        self._updated: set[str] = set()

    def clear(self) -> None:
        """Forget everything, as for a new subscription."""
        self._levels.clear()
        self._updated.clear()

    def take(self, packet: QuotePacket, now: int) -> list[MarketEvent]:
        """Take a packet; return its trades, and the touch and the book if they changed."""
        ts = from_iso(packet.sdt)
        events: list[MarketEvent] = []
        before = dict(self._levels)
        for cell in packet.qt:
            if "C" in cell.tags:
                self.clear()
            elif self._is_valid(cell):
                if cell.typ in _BIDS or cell.typ in _ASKS:
                    self._levels[cell.typ] = _level(cell)
                elif cell.typ == "lst" and self._is_trade(cell):
                    events.append(self._trade(cell, ts, now))
        return events + self._changed(before, ts, now)

    def _is_valid(self, cell: Cell) -> bool:
        if cell.msg == "qu":
            self._updated.add(cell.typ)
            return True
        return cell.typ not in self._updated

    def _is_trade(self, cell: Cell) -> bool:
        return self.with_trades and cell.msg == "qu" and bool(cell.vol) and "X" not in cell.tags

    def _trade(self, cell: Cell, ts: int, now: int) -> TradeTick:
        price = nan if cell.prc is None else cell.prc
        return TradeTick(self._instrument, ts, now, price, cell.vol or 0.0, 0)

    def _changed(
        self, before: dict[str, tuple[float, float]], ts: int, now: int
    ) -> list[MarketEvent]:
        events: list[MarketEvent] = []
        if self._levels == before:
            return events
        bid, bid_size = self._levels.get("bid", _EMPTY)
        ask, ask_size = self._levels.get("ask", _EMPTY)
        if self.with_quotes:
            events.append(QuoteTick(self._instrument, ts, now, bid, ask, bid_size, ask_size))
        if self.with_book:
            bids, asks = self._side(_BIDS), self._side(_ASKS)
            events.append(BookSnapshot(self._instrument, ts, now, bids, asks))
        return events

    def _side(self, types: tuple[str, ...]) -> tuple[tuple[float, float], ...]:
        """Return the levels of a side that have a price, best first."""
        levels = [self._levels[typ] for typ in types if typ in self._levels]
        return tuple((price, size) for price, size in levels if size and not isnan(price))


def _level(cell: Cell) -> tuple[float, float]:
    is_market_order = "M" in cell.tags or not cell.prc
    return nan if is_market_order else cell.prc or nan, cell.vol or 0.0
