"""Say how far a price has run: RSI, MACD, stochastic, CCI, Williams %R and rate of change.

Decides nothing about what is too far; levels such as 30 and 70 belong to strategies.
"""

from collections import deque
from typing import NamedTuple

from lockstep.indicators.averages import Ema, Rma
from lockstep.indicators.decimal_window import DecimalWindow
from lockstep.indicators.indicator import LARGEST, LOWEST, Indicator, PriceBar, refuse, whole
from lockstep.indicators.rolling import Highest, Lowest
from lockstep.indicators.simple_average import Sma


class Rsi(Indicator[float]):
    """Give Wilder's relative strength index, 0.0 to 100.0: the share of gains in all movement.

    100 * gain / (gain + loss), each smoothed by Rma: seeded with the mean of the first `period`
    changes. 50.0 while nothing has moved at all.

    Source: J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
    """

    __slots__ = ("_gain", "_loss", "_previous", "period")

    def __init__(self, period: int = 14) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=period + 1)
        self._gain = Rma(period)
        self._loss = Rma(period)
        self._previous: float | None = None

    def update(self, value: float) -> float | None:
        """Take the next value and return the index, None until `period` + 1 values were seen."""
        if not LOWEST < value < LARGEST:
            refuse("Rsi", value)
        previous = self._previous
        self._previous = value
        if previous is None:
            return None
        change = value - previous
        gain = self._gain.update(max(change, 0.0))
        loss = self._loss.update(max(-change, 0.0))
        if gain is None or loss is None:
            return None
        self.ready = True
        movement = gain + loss
        self.value = index = 100.0 * gain / movement if movement > 0.0 else 50.0
        return index


class MacdValue(NamedTuple):
    """Hold the three lines of the MACD, in units of price."""

    macd: float
    signal: float
    histogram: float


class Macd(Indicator[MacdValue]):
    """Give the distance of a fast from a slow Ema, its own Ema (signal), and their difference.

    Seed: every Ema starts from the mean of its own first inputs, the signal from the first
    `signal` distances; nothing is given before the signal is.

    Source: G. Appel, "Technical Analysis: Power Tools for Active Investors", 2005 (devised 1979).
    """

    __slots__ = ("_fast", "_signal", "_slow", "fast", "signal", "slow")

    def __init__(self, fast: int = 12, slow: int = 26, signal: int = 9) -> None:
        self.fast = whole("fast", fast)
        self.slow = whole("slow", slow, least=fast + 1)
        self.signal = whole("signal", signal)
        super().__init__(warmup=slow + signal - 1)
        self._fast = Ema(fast)
        self._slow = Ema(slow)
        self._signal = Ema(signal)

    def update(self, value: float) -> MacdValue | None:
        """Take the next value and return the lines, None until warm."""
        fast = self._fast.update(value)
        slow = self._slow.update(value)
        if fast is None or slow is None:
            return None
        distance = fast - slow
        signal = self._signal.update(distance)
        if signal is None:
            return None
        self.ready = True
        self.value = lines = MacdValue(distance, signal, distance - signal)
        return lines


class StochasticValue(NamedTuple):
    """Hold the two lines of the stochastic, each 0.0 to 100.0."""

    k: float
    d: float


class Stochastic(Indicator[StochasticValue]):
    """Give where the close stands in the range of the last `period` bars, smoothed twice.

    k is the Sma over `smoothing` of 100 * (close - lowest low) / (highest high - lowest low), d the
    Sma over `signal` of k. `smoothing=1` gives the fast stochastic, the default the slow one. A
    range of zero counts as 50.0.

    Source: G. C. Lane, "Lane's Stochastics", Technical Analysis of Stocks & Commodities, 1984.
    """

    __slots__ = ("_d", "_high", "_k", "_low", "period", "signal", "smoothing")

    def __init__(self, period: int = 14, smoothing: int = 3, signal: int = 3) -> None:
        self.period = whole("period", period)
        self.smoothing = whole("smoothing", smoothing)
        self.signal = whole("signal", signal)
        super().__init__(warmup=period + smoothing + signal - 2)
        self._high = Highest(period)
        self._low = Lowest(period)
        self._k = Sma(smoothing)
        self._d = Sma(signal)

    def update(self, bar: PriceBar) -> StochasticValue | None:
        """Take the next bar and return the lines, None until warm."""
        position = range_position("Stochastic", bar, self._high, self._low)
        if position is None:
            return None
        k = self._k.update(100.0 * position)
        if k is None:
            return None
        d = self._d.update(k)
        if d is None:
            return None
        self.ready = True
        self.value = lines = StochasticValue(k, d)
        return lines


class WilliamsR(Indicator[float]):
    """Give where the close stands below the high of the last `period` bars, -100.0 to 0.0.

    -100 * (highest high - close) / (highest high - lowest low). A range of zero gives -50.0.

    Source: L. R. Williams, "How I Made One Million Dollars Last Year Trading Commodities", 1973.
    """

    __slots__ = ("_high", "_low", "period")

    def __init__(self, period: int = 14) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=period)
        self._high = Highest(period)
        self._low = Lowest(period)

    def update(self, bar: PriceBar) -> float | None:
        """Take the next bar and return %R, None until `period` bars were seen."""
        position = range_position("WilliamsR", bar, self._high, self._low)
        if position is None:
            return None
        self.ready = True
        self.value = percent = 100.0 * (position - 1.0)
        return percent


class Cci(Indicator[float]):
    """Give the commodity channel index: distance from the mean in units of the mean distance.

    (typical - mean) / (0.015 * mean deviation) over the last `period` bars, typical = (high + low +
    close) / 3. 0.0 when the mean deviation is zero; sums are exact integers, so it then really is.
    An update costs O(period): every distance changes with the mean.

    Source: D. R. Lambert, "Commodity Channel Index: Tool for Trading Cyclic Trends", Commodities,
    1980.
    """

    __slots__ = ("_window", "period")

    def __init__(self, period: int = 20) -> None:
        self.period = whole("period", period, least=2)
        super().__init__(warmup=period)
        self._window = DecimalWindow("Cci", period)

    def update(self, bar: PriceBar) -> float | None:
        """Take the next bar and return the index, None until `period` bars were seen."""
        window = self._window
        # Three times the typical price: a decimal stays a decimal, and the factor cancels.
        window.push(bar.high + bar.low + bar.close)
        if not self.ready and self._warms_up():
            return None
        period, total = self.period, window.total
        distances = sum([abs(period * units - total) for units in window.units])
        distance = period * window.newest - total
        self.value = index = distance * period / (0.015 * distances) if distances else 0.0
        return index


class RateOfChange(Indicator[float]):
    """Give the change over `period` updates in percent: 100 * (value / value `period` ago - 1).

    0.0 when the value `period` ago was zero (as TA-Lib does).

    Source: J. J. Murphy, "Technical Analysis of the Financial Markets", 1999.
    """

    __slots__ = ("_values", "period")

    def __init__(self, period: int = 10) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=period + 1)
        self._values: deque[float] = deque(maxlen=period + 1)

    def update(self, value: float) -> float | None:
        """Take the next value and return the change, None until `period` + 1 values were seen."""
        if not LOWEST < value < LARGEST:
            refuse("RateOfChange", value)
        values = self._values
        values.append(value)
        if len(values) <= self.period:
            return None
        self.ready = True
        before = values[0]
        self.value = change = 100.0 * (value - before) / before if before else 0.0
        return change


def range_position(owner: str, bar: PriceBar, high: Highest, low: Lowest) -> float | None:
    """Return where the close stands between `low` and `high`, both updated here: 0.0 to 1.0.

    0.5 when they are equal, None until they are warm. Raises ValueRefused, in the name of `owner`,
    for a bar with a price that is not finite.
    """
    close = bar.close
    if not LOWEST < bar.high + bar.low + close < LARGEST:
        refuse(owner, bar.high + bar.low + close)
    highest = high.update(bar.high)
    lowest = low.update(bar.low)
    if highest is None or lowest is None:
        return None
    return (close - lowest) / (highest - lowest) if highest > lowest else 0.5
