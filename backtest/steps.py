"""What is done with recorded rows: what is due first, then exchange, then kernel, bound ahead.

Decides nothing; a row's way is the same for every row of its stream.
"""

from collections.abc import Iterable
from typing import Any

from backtest.exchange.book_market import BookMarket
from backtest.exchange.market import Market
from backtest.exchange.order_book_market import OrderBookMarket
from backtest.venue import SimulatedVenue
from engine.books.rows import BookOrderRow, BookRow
from engine.kernel import Kernel
from engine.model.market import Bar, InstrumentStatus, QuoteTick, TradeTick
from engine.publishing import Before, Step, Walk, nothing_but

EVENTS: dict[str, type] = {
    "quotes": QuoteTick,
    "trades": TradeTick,
    "bars": Bar,
    "book": BookRow,
    "book_orders": BookOrderRow,
    "status": InstrumentStatus,
}
"""The class of event that the rows of each kind of stream become."""

_BOOKS = ("book", "book_orders")


def exchange_only(venue: SimulatedVenue, market: Market, kind: str) -> Walk:
    """Show rows to the exchange alone: it sees them earlier than anybody else."""
    match, settle = _matching(venue, market, kind)
    reports = venue.exchange.reports

    def walk(rows: Iterable[Any]) -> None:
        for row in rows:
            if row.ts_recv >= venue.due:
                venue.advance(row.ts_recv)
            match(row)
            if reports:
                settle(row)

    return walk


def kernel_only(venue: SimulatedVenue, instrument: str, kind: str, kernel: Kernel) -> Walk:
    """Process rows that the exchange does not see, or has seen before."""
    return kernel.walk(EVENTS[kind], instrument, nothing_but(venue))


def exchange_then_kernel(venue: SimulatedVenue, market: Market, kind: str, kernel: Kernel) -> Walk:
    """Show a row to the exchange, pass on the fills it made, then process it."""
    match, settle = _matching(venue, market, kind)
    if isinstance(market, BookMarket) and kind in _BOOKS:
        kernel.bus.market(market.instrument.id).book = market.book  # both see the same one
    before = Before(venue, match, venue.exchange.reports, settle)
    return kernel.walk(EVENTS[kind], market.instrument.id, before)


def _matching(venue: SimulatedVenue, market: Market, kind: str) -> tuple[Step, Step]:
    """Return how rows of a kind are matched, and how the fills they make are passed on."""
    if kind == "bars":
        return market.on_bar, lambda bar: venue.deliver_inside(market, bar)
    if isinstance(market, BookMarket) and kind == "book":
        match: Step = market.on_row
    elif isinstance(market, BookMarket) and kind == "status":
        match = market.on_status
    elif isinstance(market, OrderBookMarket) and kind == "book_orders":
        match = market.on_order_row
    else:
        match = market.on_quote if kind == "quotes" else market.on_trade
    return match, lambda _row: venue.deliver()
