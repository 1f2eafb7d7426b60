"""What is done with each recorded row: exchange first, then kernel, bound ahead as one call.

Decides nothing; a row's way is the same for every row of its stream.
"""

from typing import Any

from backtest.exchange.market import Market
from backtest.venue import SimulatedVenue
from engine.kernel import Kernel
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.publishing import Before, Step

EVENTS: dict[str, type] = {"quotes": QuoteTick, "trades": TradeTick, "bars": Bar}
"""The class of event that the rows of each kind of stream become."""


def exchange_only(venue: SimulatedVenue, market: Market, kind: str) -> Step:
    """Show rows to the exchange alone: it sees them earlier than anybody else."""
    match, settle = _matching(venue, market, kind)
    reports = venue.exchange.reports

    def step(row: Any) -> None:  # noqa: ANN401 - whatever the stream holds
        match(row)
        if reports:
            settle(row)

    return step


def exchange_then_kernel(venue: SimulatedVenue, market: Market, kind: str, kernel: Kernel) -> Step:
    """Show a row to the exchange, pass on the fills it made, then process it."""
    match, settle = _matching(venue, market, kind)
    before = Before(match, venue.exchange.reports, settle)
    return kernel.market_step(EVENTS[kind], market.instrument.id, before)


def _matching(venue: SimulatedVenue, market: Market, kind: str) -> tuple[Step, Step]:
    """Return how rows of a kind are matched, and how the fills they make are passed on."""
    if kind == "bars":
        return market.on_bar, lambda bar: venue.deliver_inside(market, bar)
    match = market.on_quote if kind == "quotes" else market.on_trade
    return match, lambda _row: venue.deliver()
