"""Conditions on market events, bound to a callback, as they stand between two events.

`engine.wakes` says what they mean; they call back and know nothing of the strategy.
"""

from collections.abc import Callable
from math import isnan
from typing import Any

from engine.model.instrument import Instrument
from engine.model.market import QuoteTick
from engine.quiet import Bounds, Declared

_BEFORE_ALL = -(2**63)
_NOWHERE = -1e300  # a sum of prices that no quote comes near, and that is no NaN


class Interval(Declared):
    """Call at the first event of each interval."""

    __slots__ = ("_callback", "_interval", "_next")

    def __init__(self, interval_ns: int, callback: Callable[[Any], None]) -> None:
        self._interval = interval_ns
        self._callback = callback
        self._next = _BEFORE_ALL

    def __call__(self, event: Any) -> None:  # noqa: ANN401 - every market event and book
        """Take an event."""
        ts = event.ts_recv
        if ts >= self._next:
            self._next = ts - ts % self._interval + self._interval
            self._callback(event)

    def draw(self, bounds: Bounds) -> None:
        """Let pass what comes before the next interval."""
        bounds.keep_before(self._next)


class TouchChange(Declared):
    """Call when bid or ask have another price than at the last call; two empty sides are equal."""

    __slots__ = ("_ask", "_bid", "_callback")

    def __init__(self, callback: Callable[[QuoteTick], None]) -> None:
        self._callback = callback
        self._bid: float | None = None
        self._ask: float | None = None

    def __call__(self, quote: QuoteTick) -> None:
        """Take a quote."""
        bid, ask = quote.bid, quote.ask
        if bid == self._bid and ask == self._ask:
            return
        if _differs(bid, self._bid) or _differs(ask, self._ask):
            self._bid, self._ask = bid, ask
            self._callback(quote)

    def draw(self, bounds: Bounds) -> None:
        """Let pass what repeats the touch."""
        bid, ask, scale = self._bid, self._ask, bounds.instrument.price_scale
        if bid is None or ask is None or isnan(bid) or isnan(ask):
            bounds.close()
            return
        bid_units, ask_units = round(bid * scale), round(ask * scale)
        bounds.keep_first(bid_units, bid_units)
        bounds.keep_second(ask_units, ask_units)


def _differs(price: float, last: float | None) -> bool:
    """Two empty sides (NaN) are the same."""
    return price != last and (price == price or last == last)  # noqa: PLR0124 - NaN is not itself


class MidMove(Declared):
    """Call when the sum of bid and ask, twice the mid in units, is far from that of the last call.

    Most quotes are settled in floats. Below 10^15 units the float difference of two such sums errs
    by less than one unit, so one that is a whole unit short of the threshold cannot have reached
    it; only the others are counted in integers.
    """

    __slots__ = (
        "_callback",
        "_certainly_less",
        "_half_ticks",
        "_instrument",
        "_last_sum",
        "_last_units",
        "_scale",
        "_threshold",
    )

    def __init__(
        self, half_ticks: int, instrument: Instrument, callback: Callable[[QuoteTick], None]
    ) -> None:
        self._half_ticks = half_ticks
        self._instrument = instrument
        self._callback = callback
        self._scale = instrument.price_scale
        self._last_sum = _NOWHERE
        self._last_units: int | None = None
        self._threshold = 0
        self._certainly_less = 0.0

    def __call__(self, quote: QuoteTick) -> None:
        """Take a quote."""
        bid, ask = quote.bid, quote.ask
        total = bid + ask
        moved, less = total - self._last_sum, self._certainly_less
        if -less < moved < less or moved - moved != 0.0:
            return
        units = round(bid * self._scale) + round(ask * self._scale)
        last = self._last_units
        if last is not None and -self._threshold < units - last < self._threshold:
            return
        self._last_sum, self._last_units = total, units
        tick = self._instrument.tick_at(total / 2)
        self._threshold = self._half_ticks * round(tick * self._scale)
        self._certainly_less = (self._threshold - 1) / self._scale
        self._callback(quote)

    def draw(self, bounds: Bounds) -> None:
        """Let pass what is nearer than the threshold."""
        last = self._last_units
        if last is None:
            bounds.close()
        else:
            bounds.keep_sum(last - self._threshold + 1, last + self._threshold - 1)
