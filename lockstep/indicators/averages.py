"""Smooth a series: exponential, Wilder's, weighted, Hull's, double, triple and adaptive averages.

The simple average, which seeds several of these, is in `simple_average`.
"""

from collections import deque
from math import isqrt

from lockstep.indicators.decimal_window import DecimalWindow
from lockstep.indicators.indicator import LARGEST, LOWEST, Indicator, refuse, whole
from lockstep.indicators.simple_average import Sma


class Ema(Indicator[float]):
    """Average all values with weights that fall by 1 - 2 / (period + 1) an update.

    Seed: the mean of the first `period` values is the first output (as TA-Lib does), so the first
    value has no special weight. After it, value += 2 / (period + 1) * (input - value).

    Source: R. G. Brown, "Statistical Forecasting for Inventory Control", 1959.
    """

    __slots__ = ("_seed", "_weight", "period")

    def __init__(self, period: int) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=period)
        self._weight = 2.0 / (period + 1)
        self._seed = Sma(period)

    def update(self, value: float) -> float | None:
        """Take the next value and return the average, None until `period` values were seen."""
        previous = self.value
        if previous is None:
            self.value = self._seed.update(value)
            self.ready = self._seed.ready
            return self.value
        if not LOWEST < value < LARGEST:
            refuse("Ema", value)
        self.value = average = previous + self._weight * (value - previous)
        return average


class Rma(Indicator[float]):
    """Average all values with weights that fall by 1 - 1 / period an update: Wilder's smoothing.

    Seed: the mean of the first `period` values is the first output. After it,
    value += (input - value) / period. Also called SMMA, or an Ema of 2 * period - 1.

    Source: J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
    """

    __slots__ = ("_seed", "period")

    def __init__(self, period: int) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=period)
        self._seed = Sma(period)

    def update(self, value: float) -> float | None:
        """Take the next value and return the average, None until `period` values were seen."""
        previous = self.value
        if previous is None:
            self.value = self._seed.update(value)
            self.ready = self._seed.ready
            return self.value
        if not LOWEST < value < LARGEST:
            refuse("Rma", value)
        self.value = average = previous + (value - previous) / self.period
        return average


class Wma(Indicator[float]):
    """Average the last `period` values with the weights 1, 2 ... period, the newest heaviest.

    Sums are exact integers (see `decimal_window`): no drift, and averages of decimals compare as
    the exact averages do.

    Source: J. J. Murphy, "Technical Analysis of the Financial Markets", 1999.
    """

    __slots__ = ("_weighted", "_weights", "_window", "period")

    def __init__(self, period: int) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=period)
        self._window = DecimalWindow("Wma", period)
        self._weighted = 0
        self._weights = period * (period + 1) // 2

    def update(self, value: float) -> float | None:
        """Take the next value and return the average, None until `period` values were seen."""
        window = self._window
        total = window.total
        if window.push(value):
            self._weighted = sum(weight * units for weight, units in enumerate(window.units, 1))
        else:
            self._weighted += self.period * window.newest - total
        if not self.ready and self._warms_up():
            return None
        self.value = average = self._weighted / (self._weights * window.scale)
        return average


class Hma(Indicator[float]):
    """Average with little lag: the Wma over sqrt(period) of 2 * Wma(period / 2) - Wma(period).

    Both period / 2 and sqrt(period) are rounded down, as in the source.

    Source: A. Hull, "How to reduce lag in a moving average", 2005.
    """

    __slots__ = ("_fast", "_slow", "_smooth", "period")

    def __init__(self, period: int) -> None:
        self.period = whole("period", period, least=2)
        super().__init__(warmup=period + isqrt(period) - 1)
        self._fast = Wma(period // 2)
        self._slow = Wma(period)
        self._smooth = Wma(isqrt(period))

    def update(self, value: float) -> float | None:
        """Take the next value and return the average, None until warm."""
        fast = self._fast.update(value)
        slow = self._slow.update(value)
        if fast is None or slow is None:
            return None
        self.value = self._smooth.update(2.0 * fast - slow)
        self.ready = self._smooth.ready
        return self.value


class Dema(Indicator[float]):
    """Average with less lag than an Ema: 2 * Ema - Ema of Ema.

    Seed: each Ema is seeded with the mean of its own first `period` inputs.

    Source: P. G. Mulloy, "Smoothing Data with Faster Moving Averages", Technical Analysis of Stocks
    & Commodities, 1994.
    """

    __slots__ = ("_first", "_second", "period")

    def __init__(self, period: int) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=2 * period - 1)
        self._first = Ema(period)
        self._second = Ema(period)

    def update(self, value: float) -> float | None:
        """Take the next value and return the average, None until warm."""
        first = self._first.update(value)
        if first is None:
            return None
        second = self._second.update(first)
        if second is None:
            return None
        self.ready = True
        self.value = average = 2.0 * first - second
        return average


class Tema(Indicator[float]):
    """Average with less lag than a Dema: 3 * Ema - 3 * Ema of Ema + Ema of Ema of Ema.

    Seed: each Ema is seeded with the mean of its own first `period` inputs.

    Source: P. G. Mulloy, "Smoothing Data with Less Lag", Technical Analysis of Stocks &
    Commodities, 1994.
    """

    __slots__ = ("_first", "_second", "_third", "period")

    def __init__(self, period: int) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=3 * period - 2)
        self._first = Ema(period)
        self._second = Ema(period)
        self._third = Ema(period)

    def update(self, value: float) -> float | None:
        """Take the next value and return the average, None until warm."""
        first = self._first.update(value)
        if first is None:
            return None
        second = self._second.update(first)
        if second is None:
            return None
        third = self._third.update(second)
        if third is None:
            return None
        self.ready = True
        self.value = average = 3.0 * (first - second) + third
        return average


class Kama(Indicator[float]):
    """Average that follows closely when the series trends and hardly moves when it only wavers.

    The efficiency ratio is |change over `period`| / sum of |changes| in it, 0 when nothing changed.
    The weight of the input is (ratio * (2 / (fast + 1) - 2 / (slow + 1)) + 2 / (slow + 1)) squared.
    Seed: the value before the first output (the `period`-th) stands for the average before it.

    Source: P. J. Kaufman, "Smarter Trading", 1995.
    """

    __slots__ = ("_changes", "_fastest", "_slowest", "_values", "fast", "period", "slow")

    def __init__(self, period: int = 10, fast: int = 2, slow: int = 30) -> None:
        self.period = whole("period", period)
        self.fast = whole("fast", fast)
        self.slow = whole("slow", slow, least=fast)
        super().__init__(warmup=period + 1)
        self._fastest = 2.0 / (fast + 1)
        self._slowest = 2.0 / (slow + 1)
        self._values: deque[float] = deque(maxlen=period + 1)
        self._changes = DecimalWindow("Kama", period)

    def update(self, value: float) -> float | None:
        """Take the next value and return the average, None until `period` + 1 values were seen."""
        if not LOWEST < value < LARGEST:
            refuse("Kama", value)
        values = self._values
        values.append(value)
        if len(values) == 1:
            return None
        previous = values[-2]
        self._changes.push(abs(value - previous))
        if len(values) <= self.period:
            return None
        self.ready = True
        average = previous if self.value is None else self.value
        weight = self._slowest + self._efficiency(value) * (self._fastest - self._slowest)
        self.value = average = average + weight * weight * (value - average)
        return average

    def _efficiency(self, value: float) -> float:
        changes = self._changes
        if changes.total == 0:
            return 0.0
        return abs(value - self._values[0]) * changes.scale / changes.total
