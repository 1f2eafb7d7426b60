"""Weigh prices by what was traded: on-balance volume, money flow and VWAP.

Trusts the feed's volume; a feed that gives none (zeros) gets the neutral values stated here.
"""

from lockstep.indicators.decimal_window import DecimalWindow
from lockstep.indicators.indicator import LARGEST, LOWEST, Indicator, PriceBar, refuse, whole
from lockstep.indicators.simple_average import Sma


class RunningSum:
    """Add up numbers without end, keeping the rounding errors: within 2 ulp of the exact sum.

    The bound is for numbers of one sign; with mixed signs it is relative to the sum of sizes.

    Source: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen",
    ZAMM, 1974.
    """

    __slots__ = ("_lost", "_sum")

    def __init__(self) -> None:
        self._sum = 0.0
        self._lost = 0.0

    def add(self, number: float) -> float:
        """Add `number` and return the sum so far."""
        before = self._sum
        self._sum = after = before + number
        if abs(before) >= abs(number):
            self._lost += (before - after) + number
        else:
            self._lost += (number - after) + before
        return after + self._lost


class Obv(Indicator[float]):
    """Add the volume of bars that closed higher than the one before, subtract that of lower ones.

    Starts at 0.0 with the first bar; only differences have a meaning. Equal closes change nothing.

    Source: J. E. Granville, "Granville's New Key to Stock Market Profits", 1963.
    """

    __slots__ = ("_previous", "_sum")

    def __init__(self) -> None:
        super().__init__(warmup=1)
        self._previous: float | None = None
        self._sum = RunningSum()

    def update(self, bar: PriceBar) -> float:
        """Take the next bar and return the balance, never None."""
        close, volume = bar.close, bar.volume
        if not LOWEST < close + volume < LARGEST:
            refuse("Obv", close + volume)
        previous = close if self._previous is None else self._previous
        self._previous = close
        self.ready = True
        signed = volume if close > previous else -volume if close < previous else 0.0
        self.value = balance = self._sum.add(signed)
        return balance


class Vwap(Indicator[float]):
    """Give the mean typical price since the last `reset`, weighted by volume.

    Typical price = (high + low + close) / 3. Call `reset` at the start of each session. None, and
    not ready, until a bar since then had volume: the warm-up counts such bars.

    Source: S. A. Berkowitz, D. E. Logue, E. A. Noser, "The Total Cost of Transactions on the NYSE",
    Journal of Finance, 1988.
    """

    __slots__ = ("_traded", "_turnover")

    def __init__(self) -> None:
        super().__init__(warmup=1)
        self.reset()

    def reset(self) -> None:
        """Forget all bars, as at the start of a session."""
        self._turnover = RunningSum()
        self._traded = RunningSum()
        self.value = None
        self.ready = False

    def update(self, bar: PriceBar) -> float | None:
        """Take the next bar and return the price, None until something was traded."""
        volume = bar.volume
        turnover = (bar.high + bar.low + bar.close) * volume
        if not LOWEST < turnover < LARGEST:
            refuse("Vwap", turnover)
        turnover = self._turnover.add(turnover)
        traded = self._traded.add(volume)
        if traded <= 0.0:
            return None
        self.ready = True
        self.value = price = turnover / (3.0 * traded)
        return price


class Mfi(Indicator[float]):
    """Give the money flow index, 0.0 to 100.0: the share of rising bars in the money traded.

    Flow = typical price * volume; it is positive when the typical price (high + low + close) / 3
    rose, negative when it fell, and left out when equal. Over the last `period` changes. 50.0 when
    no money flowed (no volume, or no change).

    Source: G. Quong, A. Soudack, "Volume-Weighted RSI: Money Flow", Technical Analysis of Stocks &
    Commodities, 1989.
    """

    __slots__ = ("_negative", "_positive", "_typical", "period")

    def __init__(self, period: int = 14) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=period + 1)
        # Integers tell rising from equal, where sums of floats would differ in the last bit.
        self._typical = DecimalWindow("Mfi", 1)
        self._positive = Sma(period)
        self._negative = Sma(period)

    def update(self, bar: PriceBar) -> float | None:
        """Take the next bar and return the index, None until `period` + 1 bars were seen."""
        typical = bar.high + bar.low + bar.close
        flow = typical * bar.volume
        if not LOWEST < flow < LARGEST:
            refuse("Mfi", flow)
        last = self._typical
        last.push(typical)
        first_bar = self._seen == 0
        if not self.ready:
            self._warms_up()
        if first_bar:
            return None
        gained = self._positive.update(flow if last.newest > last.dropped else 0.0)
        lost = self._negative.update(flow if last.newest < last.dropped else 0.0)
        if gained is None or lost is None:
            return None
        moved = gained + lost
        self.value = index = 100.0 * gained / moved if moved > 0.0 else 50.0
        return index
