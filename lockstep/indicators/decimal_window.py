"""Hold the last values of a series as exact integers of a small decimal unit: sums never drift.

Computes no indicator: the owners of a window turn its integers into averages and deviations.

The unit is `1 / scale` with `scale = 10**k * 2**j` as large as doubles allow. A decimal price
becomes an integer exactly, so sums of prices are exact decimals and equal sums are equal integers.
Any other double is rounded to the unit, ties to even. The scale is chosen again when values grow
out of its band, and, once a window, when they have shrunk below it.
"""

from collections import deque
from collections.abc import Callable

from lockstep.indicators.indicator import LARGEST, LOWEST, refuse

ROUNDER = 1.5 * 2.0**52
"""A float below 2**51 in size plus this is rounded to an integer (plus this) by the addition."""

UNITS_ROOM = 2.0**50
"""The largest integer that a value is given when the scale is chosen; it may then double."""

_BAND = 16.0
"""How many times the largest value of a band exceeds the smallest that still has full precision."""

_MOST_DECIMALS = 15
_SMALLEST = 1e-100


class DecimalScale:
    """Choose the unit for a window of `period` values and say when it has to change.

    `scale` is units per 1.0; values in `(low, high)` fit it. `room` bounds the largest value in
    units at the time of choice. Right after a choice `high` is 2 to 4 times the largest value.
    """

    __slots__ = ("_outside", "_period", "_room", "high", "low", "scale")

    def __init__(self, period: int, room: float) -> None:
        self._period = period
        self._room = room
        self._outside = 0
        self.scale = 1.0
        self.low = 0.0
        self.high = 0.0

    def misfits(self, value: float, largest_held: Callable[[], float]) -> bool:
        """Return whether `value`, seen outside the band, made the scale change.

        Above the band it always does. Below it, it does only if, once in `period` such values,
        `largest_held()` is below the band too: signed and mixed series keep their scale.
        """
        size = abs(value)
        if size < self.high:
            self._outside += 1
            if self._outside < self._period:
                return False
        largest = max(size, largest_held())
        self._outside = 0
        if self.low <= largest < self.high:
            return False
        self.fit(largest)
        return True

    def fit(self, largest: float) -> None:
        """Choose the scale for values up to `largest` in size."""
        size = max(largest, _SMALLEST)
        scale = 1.0
        decimals = 0
        while decimals < _MOST_DECIMALS and size * scale * 10.0 <= self._room:
            scale *= 10.0
            decimals += 1
        while size * scale * 2.0 <= self._room:
            scale *= 2.0
        while size * scale > self._room:
            scale /= 2.0
        self.scale = scale
        self.high = 2.0 * self._room / scale
        self.low = self.high / _BAND


class DecimalWindow:
    """Keep the last `period` values as Python integers together with their exact sum.

    `units` holds the integers, oldest first, zeros before the first value; `total` is their sum,
    `newest` and `dropped` what the last push put in and threw out. A value is `integer / scale`.
    Decimals of d <= 15 places are exact if no value goes beyond 2**50 / 10**d; other doubles are
    off by at most 2**-48 of the largest among the last `3 * period` values. `owner` is the name
    that a refusal carries.
    """

    __slots__ = (
        "_choice",
        "_factor",
        "_high",
        "_low",
        "_owner",
        "dropped",
        "newest",
        "period",
        "scale",
        "total",
        "units",
    )

    def __init__(self, owner: str, period: int) -> None:
        self._owner = owner
        self.period = period
        self.units: deque[int] = deque([0] * period, maxlen=period)
        self.total = 0
        self.newest = 0
        self.dropped = 0
        self.scale: float = 1
        self._choice = DecimalScale(period, UNITS_ROOM)
        self._factor = 1.0
        self._low = 0.0
        self._high = 0.0

    def push(self, value: float) -> bool:
        """Take the next value; return whether the unit changed, so that sums must be made anew.

        Raises ValueRefused, with nothing changed, when `value` is not finite or too large.
        """
        rescaled = not self._low < value < self._high and self._rescales(value)
        units = self.units
        self.newest = newest = round(value * self._factor)
        self.dropped = dropped = units[0]
        units.append(newest)
        self.total += newest - dropped
        return rescaled

    def _rescales(self, value: float) -> bool:
        if not LOWEST < value < LARGEST:
            refuse(self._owner, value)
        choice = self._choice
        if not choice.misfits(value, self._largest_held):
            return False
        before = self.scale
        self._low, self._high, self._factor = choice.low, choice.high, choice.scale
        # An int where it is one: integer quotients are then rounded once, not twice.
        self.scale = int(choice.scale) if choice.scale >= 1.0 else choice.scale
        self.units.extend([round(units / before * choice.scale) for units in self.units])
        self.total = sum(self.units)
        return True

    def _largest_held(self) -> float:
        return max(map(abs, self.units)) / self.scale


class MomentWindow:
    """Keep a window with the exact sum of its squares, for variances that cannot turn negative."""

    __slots__ = ("squares", "window")

    def __init__(self, owner: str, period: int) -> None:
        self.window = DecimalWindow(owner, period)
        self.squares = 0

    def push(self, value: float) -> bool:
        """Take the next value as the window does; return whether the unit changed."""
        window = self.window
        if window.push(value):
            self.squares = sum(units * units for units in window.units)
            return True
        self.squares += window.newest * window.newest - window.dropped * window.dropped
        return False

    def scatter(self) -> int:
        """Return period**2 times the population variance, in square units; 0 if all are equal."""
        window = self.window
        return window.period * self.squares - window.total * window.total
