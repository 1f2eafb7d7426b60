"""Measure a rolling window: extremes, deviation, z-score, slope and correlation.

Draws no bands and gives no signals; those build on these in `channels` and in strategies.
"""

from collections import deque
from math import sqrt

from lockstep.indicators.decimal_window import DecimalWindow, MomentWindow
from lockstep.indicators.indicator import LARGEST, LOWEST, Indicator, refuse, whole


class Highest(Indicator[float]):
    """Give the largest of the last `period` values, in constant time on average.

    Source: D. Lemire, "Streaming Maximum-Minimum Filter Using No More than Three Comparisons per
    Element", Nordic Journal of Computing, 2006.
    """

    __slots__ = ("_candidates", "_last_seen", "_updates", "period")

    def __init__(self, period: int) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=period)
        # Falling values that may yet be the largest, and the update at which each leaves.
        self._candidates: deque[float] = deque()
        self._last_seen: deque[int] = deque()
        self._updates = 0

    def update(self, value: float) -> float | None:
        """Take the next value and return the largest, None until `period` values were seen."""
        if not LOWEST < value < LARGEST:
            refuse("Highest", value)
        candidates, last_seen = self._candidates, self._last_seen
        self._updates = updates = self._updates + 1
        while candidates and candidates[-1] <= value:
            candidates.pop()
            last_seen.pop()
        candidates.append(value)
        last_seen.append(updates + self.period)
        if last_seen[0] <= updates:
            candidates.popleft()
            last_seen.popleft()
        if updates < self.warmup:
            return None
        self.ready = True
        self.value = highest = candidates[0]
        return highest


class Lowest(Indicator[float]):
    """Give the smallest of the last `period` values, in constant time on average.

    Source: D. Lemire, "Streaming Maximum-Minimum Filter Using No More than Three Comparisons per
    Element", Nordic Journal of Computing, 2006.
    """

    __slots__ = ("_highest", "period")

    def __init__(self, period: int) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=period)
        self._highest = Highest(period)

    def update(self, value: float) -> float | None:
        """Take the next value and return the smallest, None until `period` values were seen."""
        if not LOWEST < value < LARGEST:
            refuse("Lowest", value)
        highest = self._highest.update(-value)
        if highest is None:
            return None
        self.ready = True
        self.value = lowest = -highest
        return lowest


class StandardDeviation(Indicator[float]):
    """Give the standard deviation of the last `period` values.

    Of the population by default (divides by `period`, as Bollinger Bands, TA-Lib and numpy do);
    with `sample=True` of the sample (divides by `period` - 1, as pandas does). The variance is an
    exact integer (see `decimal_window`): 0.0 exactly when all values are equal, never below.

    Source: K. Pearson, "Contributions to the Mathematical Theory of Evolution", Philosophical
    Transactions of the Royal Society, 1894.
    """

    __slots__ = ("_divisor", "_moments", "period", "sample")

    def __init__(self, period: int, *, sample: bool = False) -> None:
        self.period = whole("period", period, least=2 if sample else 1)
        self.sample = sample
        super().__init__(warmup=period)
        self._moments = MomentWindow("StandardDeviation", period)
        self._divisor = sqrt(period * (period - 1)) if sample else float(period)

    def update(self, value: float) -> float | None:
        """Take the next value and return the deviation, None until `period` values were seen."""
        moments = self._moments
        moments.push(value)
        if not self.ready and self._warms_up():
            return None
        self.value = deviation = sqrt(moments.scatter()) / (self._divisor * moments.window.scale)
        return deviation


class ZScore(Indicator[float]):
    """Give how many standard deviations the newest value is from the mean of the last `period`.

    The newest value is part of the window. Deviation of the population, or of the sample with
    `sample=True`. A window of equal values gives 0.0. The sign is exact for decimals.

    Source: E. P. Chan, "Algorithmic Trading: Winning Strategies and Their Rationale", 2013.
    """

    __slots__ = ("_factor", "_moments", "period", "sample")

    def __init__(self, period: int, *, sample: bool = False) -> None:
        self.period = whole("period", period, least=2)
        self.sample = sample
        super().__init__(warmup=period)
        self._moments = MomentWindow("ZScore", period)
        self._factor = sqrt((period - 1) / period) if sample else 1.0

    def update(self, value: float) -> float | None:
        """Take the next value and return its score, None until `period` values were seen."""
        moments = self._moments
        moments.push(value)
        if not self.ready and self._warms_up():
            return None
        scatter = moments.scatter()
        window = moments.window
        distance = self.period * window.newest - window.total
        self.value = score = self._factor * distance / sqrt(scatter) if scatter else 0.0
        return score


class LinearRegressionSlope(Indicator[float]):
    """Give the slope of the least-squares line through the last `period` values, per update.

    Sums are exact integers (see `decimal_window`): the slope of equal values is 0.0 exactly.

    Source: A.-M. Legendre, "Nouvelles méthodes pour la détermination des orbites des comètes",
    1805.
    """

    __slots__ = ("_denominator", "_positions", "_weighted", "_window", "period")

    def __init__(self, period: int) -> None:
        self.period = whole("period", period, least=2)
        super().__init__(warmup=period)
        self._window = DecimalWindow("LinearRegressionSlope", period)
        self._weighted = 0
        self._positions = period * (period + 1) // 2
        # period * sum(i**2) - sum(i)**2 for i = 1 ... period
        self._denominator = period * period * (period * period - 1) // 12

    def update(self, value: float) -> float | None:
        """Take the next value and return the slope, None until `period` values were seen."""
        window = self._window
        total = window.total
        if window.push(value):
            self._weighted = sum(place * units for place, units in enumerate(window.units, 1))
        else:
            self._weighted += self.period * window.newest - total
        if not self.ready and self._warms_up():
            return None
        numerator = self.period * self._weighted - self._positions * window.total
        self.value = slope = numerator / (self._denominator * window.scale)
        return slope


class Correlation(Indicator[float]):
    """Give Pearson's correlation of two series over the last `period` pairs, from -1.0 to 1.0.

    0.0 when either series did not move: no linear relation can be seen. Sums are exact integers
    (see `decimal_window`).

    Source: K. Pearson, "Note on Regression and Inheritance in the Case of Two Parents", Proceedings
    of the Royal Society of London, 1895.
    """

    __slots__ = ("_first", "_products", "_second", "period")

    def __init__(self, period: int) -> None:
        self.period = whole("period", period, least=2)
        super().__init__(warmup=period)
        self._first = MomentWindow("Correlation", period)
        self._second = MomentWindow("Correlation", period)
        self._products = 0

    def update(self, first: float, second: float) -> float | None:
        """Take the next pair and return the correlation, None until `period` pairs were seen."""
        if not LOWEST < second < LARGEST:
            refuse("Correlation", second)
        one, other = self._first.window, self._second.window
        rescaled = self._first.push(first)
        if self._second.push(second) or rescaled:
            pairs = zip(one.units, other.units, strict=True)
            self._products = sum(left * right for left, right in pairs)
        else:
            self._products += one.newest * other.newest - one.dropped * other.dropped
        if not self.ready and self._warms_up():
            return None
        covariance = self.period * self._products - one.total * other.total
        spread = sqrt(self._first.scatter() * self._second.scatter())
        self.value = max(-1.0, min(1.0, covariance / spread)) if spread else 0.0
        return self.value
