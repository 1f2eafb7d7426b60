"""The event bus: who hears of which market event, bound ahead so that publishing looks little up.

Calls nothing by itself: the kernel walks the subscribers, so that a failing one is stopped where it
stands.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.market_state import MarketState
from engine.model.instrument import Instrument

if TYPE_CHECKING:
    from engine.strategy.host import Host

Callback = Callable[[Any], None]


class EventBus:
    """Keep the market state of every instrument in use, and the subscribers of its events.

    Subscribers are called in the order in which they subscribed. `instruments` may be any mapping,
    so that a catalogue can look definitions up as they are asked for.
    """

    __slots__ = ("_instruments", "markets")

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        self._instruments = instruments
        self.markets: dict[str, MarketState] = {}

    def market(self, instrument: str) -> MarketState:
        """Return the state of an instrument. Raises KeyError for one that nobody has defined."""
        found = self.markets.get(instrument)
        if found is None:
            found = self.markets[instrument] = MarketState(self._instruments[instrument])
        return found

    def known(self) -> list[str]:
        """Return the names of all instruments that are defined."""
        return list(self._instruments)

    def on_quotes(self, instrument: str, host: "Host", callback: Callback) -> None:
        """Call `callback` with every QuoteTick of an instrument."""
        market = self.market(instrument)
        market.quote_calls = (*market.quote_calls, (callback, host))

    def on_trades(self, instrument: str, host: "Host", callback: Callback) -> None:
        """Call `callback` with every TradeTick of an instrument."""
        market = self.market(instrument)
        market.trade_calls = (*market.trade_calls, (callback, host))

    def on_bars(self, instrument: str, spec: str, host: "Host", callback: Callback) -> None:
        """Call `callback` with every Bar of an instrument and specification."""
        market = self.market(instrument)
        market.bar_calls[spec] = (*market.bar_calls.get(spec, ()), (callback, host))

    def on_book(self, instrument: str, host: "Host", callback: Callback) -> None:
        """Call `callback` with the Book of an instrument after every complete change of it."""
        market = self.market(instrument)
        market.book_calls = (*market.book_calls, (callback, host))

    def on_status(self, instrument: str, host: "Host", callback: Callback) -> None:
        """Call `callback` with every InstrumentStatus of an instrument."""
        market = self.market(instrument)
        market.status_calls = (*market.status_calls, (callback, host))
