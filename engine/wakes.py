"""When a strategy is called: conditions on market events, bound to a callback.

Changes nothing that a strategy can read: state is always as of the present event.
"""

from collections.abc import Callable
from fractions import Fraction
from math import isnan
from typing import Any, Literal, Protocol, TypeVar, cast

import msgspec

from engine.errors import StrategyError
from engine.model.instrument import Instrument
from engine.model.market import MarketEvent, QuoteTick
from engine.model.zones import SECOND_NS
from engine.quiet import Bounds, Declared

Event = TypeVar("Event", bound=MarketEvent)


class HasTime(Protocol):
    """Carry the time at which it is told."""

    @property
    def ts_recv(self) -> int:
        """Return nanoseconds UTC."""


Timed = TypeVar("Timed", bound=HasTime)

Kind = Literal["quotes", "trades", "bars"]
"""Which stream of events a condition is put on."""

_BEFORE_ALL = -(2**63)
_NOWHERE = -1e300  # a sum of prices that no quote comes near, and that is no NaN


class EveryEvent(msgspec.Struct, frozen=True, tag=True):
    """Wake at every event."""


class TouchChanged(msgspec.Struct, frozen=True, tag=True):
    """Wake when the price of the best bid or ask differs from that of the last wake.

    Sizes do not count; a side that becomes empty, or stops being it, does.
    """


class MidMoved(msgspec.Struct, frozen=True, tag=True):
    """Wake when the mid is at least `ticks` (a multiple of 0.5) from that of the last wake.

    The comparison is exact. With a tick table the tick is the one at the mid of the last wake. A
    quote with an empty side neither wakes nor counts.
    """

    ticks: float = 1

    def __post_init__(self) -> None:
        if not (0 < self.ticks < 1e9 and self.ticks * 2 == int(self.ticks * 2)):
            msg = f"MidMoved(ticks={self.ticks!r}) cannot be met; give 0.5, 1, 1.5 and so on"
            raise StrategyError(msg)


class Every(msgspec.Struct, frozen=True, tag=True):
    """Wake at the first event at or after each multiple of `seconds`, counted from the epoch.

    Time is `ts_recv`; an interval without events has no wake. `seconds` is a decimal of at most
    nine places.
    """

    seconds: float

    def __post_init__(self) -> None:
        if not 0 < self.seconds < 1e9 or self._exact_ns().denominator != 1:
            msg = (
                f"Every(seconds={self.seconds!r}) is no interval; "
                "give a positive number of seconds in whole nanoseconds"
            )
            raise StrategyError(msg)

    @property
    def interval_ns(self) -> int:
        """Return the interval in nanoseconds."""
        return self._exact_ns().numerator

    def _exact_ns(self) -> Fraction:
        return Fraction(repr(self.seconds)) * SECOND_NS


class Never(msgspec.Struct, frozen=True, tag=True):
    """Wake never: keep the state only."""


Wake = EveryEvent | TouchChanged | MidMoved | Every | Never


def bind(
    wake: Wake,
    instrument: Instrument,
    callback: Callable[[Event], None],
    kind: Kind = "quotes",
) -> Callable[[Event], None] | None:
    """Return a callable that calls `callback(event)` when the condition holds; None for Never.

    EveryEvent returns the callback itself. The first event (for MidMoved: the first with both
    sides) wakes. A reference changes only by a wake, and has changed when the callback runs. Each
    call binds a condition of its own, which is `Declared`. Raises StrategyError for a condition on
    quotes that is put on another kind of event.
    """
    if isinstance(wake, EveryEvent):
        return callback
    if isinstance(wake, Never):
        return None
    if isinstance(wake, Every):
        return every(wake.interval_ns, callback)
    if kind != "quotes":
        msg = (
            f"{type(wake).__name__} on {kind} of {instrument.id}: they have no touch; "
            "use EveryEvent, Every or Never"
        )
        raise StrategyError(msg)
    on_quote = cast("Callable[[QuoteTick], None]", callback)  # quotes are what this stream carries
    if isinstance(wake, TouchChanged):
        return cast("Callable[[Event], None]", _TouchChange(on_quote))
    bound = _MidMove(round(wake.ticks * 2), instrument, on_quote)
    return cast("Callable[[Event], None]", bound)


def every(interval_ns: int, callback: Callable[[Timed], None]) -> Callable[[Timed], None]:
    """Return a callable that calls `callback` at the first event at or after each multiple."""
    return _Interval(interval_ns, callback)


class _Interval(Declared):
    """Call at the first event of each interval."""

    __slots__ = ("_callback", "_interval", "_next")

    def __init__(self, interval_ns: int, callback: Callable[[Any], None]) -> None:
        self._interval = interval_ns
        self._callback = callback
        self._next = _BEFORE_ALL

    def __call__(self, event: HasTime) -> None:
        ts = event.ts_recv
        if ts >= self._next:
            self._next = ts - ts % self._interval + self._interval
            self._callback(event)

    def draw(self, bounds: Bounds) -> None:
        """Let pass what comes before the next interval."""
        bounds.keep_before(self._next)


class _TouchChange(Declared):
    """Call when bid or ask have another price than at the last call; two empty sides are equal."""

    __slots__ = ("_ask", "_bid", "_callback")

    def __init__(self, callback: Callable[[QuoteTick], None]) -> None:
        self._callback = callback
        self._bid: float | None = None
        self._ask: float | None = None

    def __call__(self, quote: QuoteTick) -> None:
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
        bounds.keep_first(*[round(bid * scale)] * 2)
        bounds.keep_second(*[round(ask * scale)] * 2)


def _differs(price: float, last: float | None) -> bool:
    """Two empty sides (NaN) are the same."""
    return price != last and (price == price or last == last)  # noqa: PLR0124 - NaN is not itself


class _MidMove(Declared):
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
