"""Draw bands round a price: Bollinger, Keltner and Donchian.

Says nothing about a price outside them; breaking out and turning back are for strategies.
"""

from math import sqrt
from typing import NamedTuple

from lockstep.indicators.averages import Ema
from lockstep.indicators.decimal_window import MomentWindow
from lockstep.indicators.indicator import (
    LARGEST,
    LOWEST,
    Indicator,
    PriceBar,
    positive,
    refuse,
    whole,
)
from lockstep.indicators.rolling import Highest, Lowest
from lockstep.indicators.volatility import Atr


class Bands(NamedTuple):
    """Hold the three lines of a channel, in units of price."""

    upper: float
    middle: float
    lower: float


class BollingerBands(Indicator[Bands]):
    """Give the mean of the last `period` values and lines `width` standard deviations round it.

    The deviation is of the population, as in the source; `sample=True` takes the sample's. Sums are
    exact integers (see `decimal_window`): equal values give three equal lines.

    Source: J. Bollinger, "Bollinger on Bollinger Bands", 2001.
    """

    __slots__ = ("_factor", "_moments", "period", "sample", "width")

    def __init__(self, period: int = 20, width: float = 2.0, *, sample: bool = False) -> None:
        self.period = whole("period", period, least=2)
        self.width = positive("width", width)
        self.sample = sample
        super().__init__(warmup=period)
        self._moments = MomentWindow("BollingerBands", period)
        divisor = sqrt(period * (period - 1)) if sample else float(period)
        self._factor = self.width / divisor

    def update(self, value: float) -> Bands | None:
        """Take the next value and return the bands, None until `period` values were seen."""
        moments = self._moments
        moments.push(value)
        if not self.ready and self._warms_up():
            return None
        window = moments.window
        middle = window.total / (self.period * window.scale)
        distance = self._factor * sqrt(moments.scatter()) / window.scale
        self.value = bands = Bands(middle + distance, middle, middle - distance)
        return bands


class Keltner(Indicator[Bands]):
    """Give the Ema of the close over `period` and lines `width` average true ranges round it.

    The modern form: Ema of closes and Wilder's Atr over `atr_period`, where the source has simple
    means of typical price and of high - low over 10 days.

    Source: C. W. Keltner, "How to Make Money in Commodities", 1960; modern form by L. B. Raschke.
    """

    __slots__ = ("_average", "_range", "atr_period", "period", "width")

    def __init__(self, period: int = 20, width: float = 2.0, atr_period: int = 10) -> None:
        self.period = whole("period", period)
        self.width = positive("width", width)
        self.atr_period = whole("atr_period", atr_period)
        super().__init__(warmup=max(period, atr_period))
        self._average = Ema(period)
        self._range = Atr(atr_period)

    def update(self, bar: PriceBar) -> Bands | None:
        """Take the next bar and return the bands, None until warm."""
        reach = self._range.update(bar)
        middle = self._average.update(bar.close)
        if reach is None or middle is None:
            return None
        self.ready = True
        distance = self.width * reach
        self.value = bands = Bands(middle + distance, middle, middle - distance)
        return bands


class Donchian(Indicator[Bands]):
    """Give the highest high and lowest low of the last `period` bars, and their middle.

    The newest bar is part of the channel: to see a breakout, read `value` before `update`.

    Source: R. D. Donchian's four-week rule, as told by J. J. Murphy, "Technical Analysis of the
    Financial Markets", 1999.
    """

    __slots__ = ("_high", "_low", "period")

    def __init__(self, period: int = 20) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=period)
        self._high = Highest(period)
        self._low = Lowest(period)

    def update(self, bar: PriceBar) -> Bands | None:
        """Take the next bar and return the bands, None until `period` bars were seen."""
        high, low = bar.high, bar.low
        if not LOWEST < high + low < LARGEST:
            refuse("Donchian", high + low)
        upper = self._high.update(high)
        lower = self._low.update(low)
        if upper is None or lower is None:
            return None
        self.ready = True
        self.value = bands = Bands(upper, (upper + lower) / 2.0, lower)
        return bands
