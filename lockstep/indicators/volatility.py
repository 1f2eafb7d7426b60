"""Measure how far bars reach: true range and its average.

Measures no deviation of closes; that is `rolling.StandardDeviation`.
"""

from lockstep.indicators.averages import Rma
from lockstep.indicators.indicator import LARGEST, LOWEST, Indicator, PriceBar, refuse, whole


class TrueRange(Indicator[float]):
    """Give the reach of a bar including the gap from the close before it.

    max(high, previous close) - min(low, previous close); of the first bar, high - low.

    Source: J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
    """

    __slots__ = ("_previous",)

    def __init__(self) -> None:
        super().__init__(warmup=1)
        self._previous: float | None = None

    def update(self, bar: PriceBar) -> float:
        """Take the next bar and return its true range, never None."""
        high, low, close = bar.high, bar.low, bar.close
        if not LOWEST < high + low + close < LARGEST:
            refuse("TrueRange", high + low + close)
        previous = self._previous
        self._previous = close
        self.ready = True
        reach = high - low
        if previous is not None:
            if previous > high:
                reach = previous - low
            elif previous < low:
                reach = high - previous
        self.value = reach
        return reach


class Atr(Indicator[float]):
    """Give the average true range: Rma over `period` of the true range, in units of price.

    Seed: the mean of the first `period` true ranges, the first of which is high - low.

    Source: J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
    """

    __slots__ = ("_average", "_range", "period")

    def __init__(self, period: int = 14) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=period)
        self._range = TrueRange()
        self._average = Rma(period)

    def update(self, bar: PriceBar) -> float | None:
        """Take the next bar and return the average, None until `period` bars were seen."""
        self.value = average = self._average.update(self._range.update(bar))
        self.ready = average is not None
        return average
