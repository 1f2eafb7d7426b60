"""When a strategy is called: conditions on market events, bound to a callback.

Changes nothing that a strategy can read: state is always as of the present event.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Literal, Protocol, TypeVar, cast

import msgspec

from engine.errors import StrategyError
from engine.model.instrument import Instrument
from engine.model.market import MarketEvent, QuoteTick
from engine.model.zones import SECOND_NS

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
    call binds a condition of its own. Raises StrategyError for a condition on quotes that is put on
    another kind of event.
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
        bound = _touch_changed(on_quote)
    else:
        bound = _mid_moved(round(wake.ticks * 2), instrument, on_quote)
    return cast("Callable[[Event], None]", bound)


def every(interval_ns: int, callback: Callable[[Timed], None]) -> Callable[[Timed], None]:
    """Return a callable that calls `callback` at the first event at or after each multiple."""
    next_ns = _BEFORE_ALL

    def wake_every(event: Timed) -> None:
        nonlocal next_ns
        ts = event.ts_recv
        if ts >= next_ns:
            next_ns = ts - ts % interval_ns + interval_ns
            callback(event)

    return wake_every


def _touch_changed(callback: Callable[[QuoteTick], None]) -> Callable[[QuoteTick], None]:
    last_bid: float | None = None
    last_ask: float | None = None

    def wake_touch_changed(quote: QuoteTick) -> None:
        nonlocal last_bid, last_ask
        bid, ask = quote.bid, quote.ask
        if bid == last_bid and ask == last_ask:
            return
        if _differs(bid, last_bid) or _differs(ask, last_ask):
            last_bid, last_ask = bid, ask
            callback(quote)

    return wake_touch_changed


def _differs(price: float, last: float | None) -> bool:
    """Two empty sides (NaN) are the same."""
    return price != last and (price == price or last == last)  # noqa: PLR0124 - NaN is not itself


def _mid_moved(
    half_ticks: int, instrument: Instrument, callback: Callable[[QuoteTick], None]
) -> Callable[[QuoteTick], None]:
    """Compare sums of bid and ask, which are twice the mid, in units of 10^-price_digits.

    Most quotes are settled in floats. Below 10^15 units the float difference of two such sums errs
    by less than one unit, so one that is a whole unit short of the threshold cannot have reached
    it; only the others are counted in integers.
    """
    scale = instrument.price_scale
    last_sum = _NOWHERE
    last_units: int | None = None
    threshold = 0
    certainly_less = 0.0

    def wake_mid_moved(quote: QuoteTick) -> None:
        nonlocal last_sum, last_units, threshold, certainly_less
        bid, ask = quote.bid, quote.ask
        total = bid + ask
        moved = total - last_sum
        if -certainly_less < moved < certainly_less or moved - moved != 0.0:
            return
        units = round(bid * scale) + round(ask * scale)
        if last_units is not None and -threshold < units - last_units < threshold:
            return
        last_sum, last_units = total, units
        threshold = half_ticks * round(instrument.tick_at(total / 2) * scale)
        certainly_less = (threshold - 1) / scale
        callback(quote)

    return wake_mid_moved
