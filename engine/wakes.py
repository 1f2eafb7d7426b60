"""When a strategy is called: conditions on market events, bound to a callback.

Changes nothing that a strategy can read: state is always as of the present event.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Literal, Protocol, TypeVar, cast

import msgspec

from engine.conditions import Interval, MidMove, TouchChange
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
        return cast("Callable[[Event], None]", TouchChange(on_quote))
    bound = MidMove(round(wake.ticks * 2), instrument, on_quote)
    return cast("Callable[[Event], None]", bound)


def every(interval_ns: int, callback: Callable[[Timed], None]) -> Callable[[Timed], None]:
    """Return a callable that calls `callback` at the first event at or after each multiple."""
    return Interval(interval_ns, callback)
