"""Follow a trend: directional movement, SuperTrend and parabolic stop-and-reverse.

Places no stop orders; the levels here are numbers that a strategy may use as such.
"""

from typing import NamedTuple

from engine.errors import UsageError
from lockstep.indicators.averages import Rma
from lockstep.indicators.decimal_window import DecimalWindow
from lockstep.indicators.indicator import (
    LARGEST,
    LOWEST,
    Indicator,
    PriceBar,
    positive,
    refuse,
    whole,
)
from lockstep.indicators.volatility import Atr, TrueRange


class AdxValue(NamedTuple):
    """Hold the lines of directional movement, each 0.0 to 100.0."""

    adx: float
    plus_di: float
    minus_di: float


class Adx(Indicator[AdxValue]):
    """Give Wilder's average directional index with both directional indicators.

    Each bar after the first moves up by max(high - previous high, 0) if that is more than it moves
    down, and the other way round; neither way if both are equal (exactly so, for decimals). Both
    and the true range are smoothed by Rma, seeded with the mean of the first `period`. di = 100 *
    movement / true range, 0.0 when that is zero. dx = 100 * |plus - minus| / (plus + minus), 0.0
    when both are zero. adx = Rma of dx, seeded with the mean of the first `period`.

    Source: J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
    """

    __slots__ = (
        "_adx",
        "_down",
        "_last_high",
        "_last_low",
        "_middle",
        "_range",
        "_true_range",
        "_up",
        "period",
    )

    def __init__(self, period: int = 14) -> None:
        self.period = whole("period", period)
        super().__init__(warmup=2 * period)
        self._true_range = TrueRange()
        self._range = Rma(period)
        self._up = Rma(period)
        self._down = Rma(period)
        self._adx = Rma(period)
        # A bar moves up by more than down when high + low grew; integers see when it did not.
        self._middle = DecimalWindow("Adx", 1)
        self._last_high = 0.0
        self._last_low = 0.0

    def update(self, bar: PriceBar) -> AdxValue | None:
        """Take the next bar and return the lines, None until 2 * `period` bars were seen."""
        first_bar = not self._true_range.ready
        reach = self._true_range.update(bar)
        high, low, middle = bar.high, bar.low, self._middle
        middle.push(high + low)
        rise = high - self._last_high if middle.newest > middle.dropped else 0.0
        fall = self._last_low - low if middle.newest < middle.dropped else 0.0
        self._last_high, self._last_low = high, low
        if first_bar:
            return None
        smooth_range = self._range.update(reach)
        up = self._up.update(max(rise, 0.0))
        down = self._down.update(max(fall, 0.0))
        if smooth_range is None or up is None or down is None:
            return None
        moved = up + down
        adx = self._adx.update(100.0 * abs(up - down) / moved if moved > 0.0 else 0.0)
        if adx is None:
            return None
        self.ready = True
        share = 100.0 / smooth_range if smooth_range > 0.0 else 0.0
        self.value = lines = AdxValue(adx, share * up, share * down)
        return lines


class TrendStop(NamedTuple):
    """Hold a trailing level in units of price, and the trend: 1 up (level below), -1 down."""

    level: float
    direction: int


class Supertrend(Indicator[TrendStop]):
    """Give a level `width` average true ranges behind the price that turns when a close crosses it.

    Bands lie `width` * Atr(`period`) round (high + low) / 2. The lower band never falls while the
    close before was not below it, the upper band never rises while the close before was not above
    it. The trend turns up when a close is above the upper band, down when one is below the lower.
    The first output is a trend down, as on TradingView.

    Source: devised by O. Seban, who published no formula; the rules are those of `ta.supertrend`,
    TradingView Pine Script v5, 2021.
    """

    __slots__ = ("_close", "_lower", "_range", "_upper", "period", "width")

    def __init__(self, period: int = 10, width: float = 3.0) -> None:
        self.period = whole("period", period)
        self.width = positive("width", width)
        super().__init__(warmup=period)
        self._range = Atr(period)
        self._close = 0.0
        self._upper = 0.0
        self._lower = 0.0

    def update(self, bar: PriceBar) -> TrendStop | None:
        """Take the next bar and return level and direction, None until `period` bars were seen."""
        reach = self._range.update(bar)
        if reach is None:
            return None
        middle = (bar.high + bar.low) / 2.0
        upper, lower = middle + self.width * reach, middle - self.width * reach
        before = self.value
        direction = -1
        if before is not None:
            if self._close <= self._upper:
                upper = min(upper, self._upper)
            if self._close >= self._lower:
                lower = max(lower, self._lower)
            direction = _turned(before.direction, bar.close, upper, lower)
        self.ready = True
        self._close, self._upper, self._lower = bar.close, upper, lower
        self.value = stop = TrendStop(lower if direction > 0 else upper, direction)
        return stop


def _turned(direction: int, close: float, upper: float, lower: float) -> int:
    if direction > 0:
        return -1 if close < lower else 1
    return 1 if close > upper else -1


class ParabolicSar(Indicator[TrendStop]):
    """Give Wilder's stop-and-reverse level, which closes in on the price the longer a trend lasts.

    Start, as in TA-Lib: the trend is down if the second low fell by more than the high rose, else
    up; the first level is the low (down: high) of the first bar. After each bar the level moves by
    the acceleration times its distance from the extreme of the trend, never into the last two bars;
    the acceleration starts at `step` and grows by `step` with each new extreme up to `limit`. A bar
    that touches the level turns the trend: the level jumps to the old extreme (never inside the
    last two bars) and the acceleration starts again.

    Source: J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
    """

    __slots__ = (
        "_acceleration",
        "_direction",
        "_extreme",
        "_last_high",
        "_last_low",
        "_level",
        "limit",
        "step",
    )

    def __init__(self, step: float = 0.02, limit: float = 0.2) -> None:
        self.step = positive("step", step)
        self.limit = positive("limit", limit)
        if step > limit:
            raise UsageError(
                f"step is {step!r}, above limit {limit!r}; give a step up to the limit"
            )
        super().__init__(warmup=2)
        self._acceleration = self.step
        self._direction = 1
        self._extreme = self._level = self._last_high = self._last_low = 0.0

    def update(self, bar: PriceBar) -> TrendStop | None:
        """Take the next bar and return the level that holds for it, None for the first bar."""
        high, low = bar.high, bar.low
        if not LOWEST < high + low < LARGEST:
            refuse("ParabolicSar", high + low)
        if not self.ready and self._warms_up():
            self._last_high, self._last_low = high, low
            return None
        if self.value is None:
            self._start(high, low)
        self._turn_or_extend(high, low)
        self.value = stop = TrendStop(self._level, self._direction)
        step = self._acceleration * (self._extreme - self._level)
        self._level = self._clear_of_bars(self._level + step, high, low)
        self._last_high, self._last_low = high, low
        return stop

    def _start(self, high: float, low: float) -> None:
        middle = DecimalWindow("ParabolicSar", 1)
        middle.push(self._last_high + self._last_low)
        middle.push(high + low)
        if middle.newest < middle.dropped and low < self._last_low:
            self._direction, self._level, self._extreme = -1, self._last_high, low
        else:
            self._direction, self._level, self._extreme = 1, self._last_low, high
        self._last_high, self._last_low = high, low

    def _turn_or_extend(self, high: float, low: float) -> None:
        rising = self._direction > 0
        farthest, nearest = (high, low) if rising else (low, high)
        if (nearest <= self._level) if rising else (nearest >= self._level):
            self._direction = -self._direction
            self._level = self._clear_of_bars(self._extreme, high, low)
            self._extreme = nearest
            self._acceleration = self.step
        elif (farthest > self._extreme) if rising else (farthest < self._extreme):
            self._extreme = farthest
            self._acceleration = min(self._acceleration + self.step, self.limit)

    def _clear_of_bars(self, level: float, high: float, low: float) -> float:
        if self._direction > 0:
            return min(level, self._last_low, low)
        return max(level, self._last_high, high)
