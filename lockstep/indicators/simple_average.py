"""Average a window of values in constant time, without drift.

Holds the simple moving average only; weighted and recursive averages are in `averages`.
"""

from collections import deque

from lockstep.indicators.decimal_window import ROUNDER, UNITS_ROOM, DecimalScale
from lockstep.indicators.indicator import LARGEST, LOWEST, Indicator, refuse, whole

SUM_ROOM = 4.5e15
"""The largest sum of units when a unit is chosen; it may then double, to just below 2**53."""


class Sma(Indicator[float]):
    """Average the last `period` values with equal weights.

    The running sum is kept in whole decimal units (see `decimal_window`), as a float that holds
    only integers below 2**53: adding and removing are exact and nothing drifts, however long.

    - Decimals of d <= 15 places: while size * 10**d * period stays below 4.5e15 (200 prices of 8
      places below 200,000, say), `value` is the double nearest to the exact mean of the
      decimals. Averages of any two periods then compare as the exact means do: ties are ties. This
      is promised for as long as no value went beyond the limit.
    - Other doubles: each is rounded to the unit, so `value` is within max(period, 4) * 2**-50
      (1.8e-14 for 20) of the mean, relative to the largest size among the last `3 * period` values
      (at least 1e-100). If all values ever were positive and within a factor of 16, it is within
      four times that relative to the mean itself: half a unit is at most 2**-50 of the largest.

    The result depends on the inputs alone. A value that is negative, or 16 times smaller than those
    the unit was chosen for, costs twice the time; each new order of magnitude costs O(period).

    Source: G. U. Yule, "The Applications of the Method of Correlation to Social and Economic
    Statistics", Journal of the Royal Statistical Society, 1909.
    """

    __slots__ = (
        "_choice",
        "_divisor",
        "_high",
        "_low",
        "_scale",
        "_total",
        "_window",
        "period",
    )

    def __init__(self, period: int) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=period)
        self._choice = DecimalScale(period, min(SUM_ROOM / period, UNITS_ROOM))
        # While warming up the window holds the values themselves, then units plus ROUNDER.
        self._window: deque[float] = deque(maxlen=period)
        self._scale = 1.0
        self._divisor = 1.0
        self._total = 0.0
        # An empty band sends every value the long way until the window is full.
        self._low = 0.0
        self._high = 0.0

    def update(self, value: float) -> float | None:
        """Take the next value and return the mean, None until `period` values were seen.

        Raises ValueRefused, with nothing changed, when `value` is not finite or 1e100 or more.
        """
        if self._low < value < self._high:
            window = self._window
            units = value * self._scale + ROUNDER
            self._total = total = self._total + (units - window[0])
            window.append(units)
            self.value = average = total / self._divisor
            return average
        return self._update_outside_band(value)

    def _update_outside_band(self, value: float) -> float | None:
        if not LOWEST < value < LARGEST:
            refuse("Sma", value)
        if not self.ready:
            return self._warm_up(value)
        if self._choice.misfits(value, self._largest_held):
            self._count_in_units(self._held())
        units = value * self._scale + ROUNDER
        self._total += units - self._window[0]
        self._window.append(units)
        self.value = self._total / self._divisor
        return self.value

    def _warm_up(self, value: float) -> float | None:
        window = self._window
        window.append(value)
        if len(window) < self.period:
            return None
        self.ready = True
        self._choice.fit(max(map(abs, window)))
        self._count_in_units(list(window))
        self.value = self._total / self._divisor
        return self.value

    def _count_in_units(self, values: list[float]) -> None:
        choice = self._choice
        self._low, self._high, self._scale = choice.low, choice.high, choice.scale
        self._divisor = self.period * self._scale
        self._window.extend([value * self._scale + ROUNDER for value in values])
        self._total = sum(units - ROUNDER for units in self._window)

    def _held(self) -> list[float]:
        return [(units - ROUNDER) / self._scale for units in self._window]

    def _largest_held(self) -> float:
        return max(map(abs, self._held()))
