"""A bar while it forms, and the price that a quote gives it.

Decides nothing about when a bar begins or ends.
"""

from collections.abc import Callable
from math import nan

from engine.bars.spec import PriceSource
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick
from engine.model.zones import NEVER

Publish = Callable[[Bar], None]
"""Take a finished bar."""


class Forming:
    """Hold the prices and the volume, in units of 10^-quantity_digits, of an unfinished bar."""

    __slots__ = ("close", "end", "high", "low", "open", "start", "units")

    def __init__(self, start: int, end: int, price: float) -> None:
        self.start = start
        self.end = end
        self.open = self.high = self.low = self.close = price
        self.units = 0

    def add(self, high: float, low: float, close: float, units: int) -> None:
        """Take in later prices and their volume."""
        if high > self.high:  # noqa: PLR1730 - the innermost loop: max() costs three times as much
            self.high = high
        if low < self.low:  # noqa: PLR1730 - the same
            self.low = low
        self.close = close
        self.units += units

    def finished(self, instrument: Instrument, spec: str, ts_recv: int) -> Bar:
        """Return the bar as it is delivered at `ts_recv`."""
        return Bar(
            instrument.id,
            spec,
            self.start,
            self.end,
            ts_recv,
            self.open,
            self.high,
            self.low,
            self.close,
            self.units / 10**instrument.quantity_digits,
        )


NO_BAR = Forming(NEVER, NEVER, nan)
"""Stand for no bar: it contains no time and is never due."""


def quote_price(source: PriceSource, instrument: Instrument) -> Callable[[QuoteTick], float]:
    """Return the function that gives a quote's price; NaN when it has none or none is wanted."""
    scale = instrument.price_scale
    twice = 2 * scale

    def bid(quote: QuoteTick) -> float:
        return quote.bid

    def ask(quote: QuoteTick) -> float:
        return quote.ask

    def mid(quote: QuoteTick) -> float:
        """Count in half units, so that the result is the double nearest to the exact mid."""
        bid, ask = quote.bid, quote.ask
        if bid - bid != 0.0 or ask - ask != 0.0:
            return nan
        return (round(bid * scale) + round(ask * scale)) / twice

    return {"bid": bid, "ask": ask, "mid": mid, "trade": lambda _quote: nan}[source]
