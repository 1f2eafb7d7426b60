"""What is done with each recorded row: the exchange first, then the kernel, bound as one call.

Decides nothing; a row's way is the same for every row of its stream.
"""

from collections.abc import Callable
from typing import Any

from backtest.exchange.market import Market
from backtest.venue import SimulatedVenue
from engine.kernel import Kernel
from engine.model.market import Bar, QuoteTick, TradeTick

Step = Callable[[Any], None]


def exchange_only(venue: SimulatedVenue, market: Market, kind: str) -> Step:
    """Show rows to the exchange alone: it sees them earlier than anybody else."""
    match = market.on_quote if kind == "quotes" else market.on_trade
    reports, deliver = venue.exchange.reports, venue.deliver

    def step(row: Any) -> None:  # noqa: ANN401 - a quote or a trade
        match(row)
        if reports:
            deliver()

    return step


def quotes(venue: SimulatedVenue, market: Market, kernel: Kernel) -> Step:
    """Show a quote to the exchange, pass on fills, then process it."""
    match, process = market.on_quote, kernel.step(QuoteTick)
    reports, deliver = venue.exchange.reports, venue.deliver

    def step(quote: QuoteTick) -> None:
        match(quote)
        if reports:
            deliver()
        process(quote)

    return step


def trades(venue: SimulatedVenue, market: Market, kernel: Kernel) -> Step:
    """Show a trade to the exchange, pass on fills, then process it."""
    match, process = market.on_trade, kernel.step(TradeTick)
    reports, deliver = venue.exchange.reports, venue.deliver

    def step(trade: TradeTick) -> None:
        match(trade)
        if reports:
            deliver()
        process(trade)

    return step


def bars(venue: SimulatedVenue, market: Market, kernel: Kernel) -> Step:
    """Show a bar to the exchange, let reactions to its fills meet the same bar, then process it."""
    match, process = market.on_bar, kernel.step(Bar)
    reports, deliver_inside = venue.exchange.reports, venue.deliver_inside

    def step(bar: Bar) -> None:
        match(bar)
        if reports:
            deliver_inside(market, bar)
        process(bar)

    return step
