"""Compute every indicator from its definition, over whole arrays and without any running state.

Each function takes arrays of whole numbers (prices in ticks) and returns one row an update, NaN
while the indicator warms up. Nothing here is shared with the incremental code.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64] | npt.NDArray[np.float64]


class Bars:
    """Hold the columns of a run of bars."""

    def __init__(self, high: Ints, low: Ints, close: Ints, volume: Ints) -> None:
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume

    @property
    def typical3(self) -> Ints:
        return self.high + self.low + self.close


def late(rows: Numbers, length: int) -> Floats:
    """Put NaN in front of `rows` so that there are `length` of them."""
    padded = np.full((length, *rows.shape[1:]), np.nan)
    if len(rows):
        padded[length - len(rows) :] = rows
    return padded


def rolling(values: Numbers, period: int, function: Callable[[Floats], Numbers]) -> Floats:
    """Apply `function` to the matrix of all windows of `period` values."""
    if len(values) < period:
        return np.full(len(values), np.nan)
    windows = sliding_window_view(values.astype(np.float64), period)
    return late(function(windows), len(values))


def chained(values: Floats, function: Callable[[Floats], Floats]) -> Floats:
    """Apply `function` to what follows the leading NaN."""
    start = int(np.isnan(values).sum())
    return late(function(values[start:]), len(values))


def sma(values: Numbers, period: int) -> Floats:
    return rolling(values, period, lambda windows: windows.sum(axis=1) / period)


def highest(values: Numbers, period: int) -> Floats:
    return rolling(values, period, lambda windows: windows.max(axis=1))


def lowest(values: Numbers, period: int) -> Floats:
    return rolling(values, period, lambda windows: windows.min(axis=1))


def exponential(values: Numbers, period: int, weight: float) -> Floats:
    """Sum all values since the seed with their closed-form weights."""
    if len(values) < period:
        return np.full(len(values), np.nan)
    tail = np.concatenate([[values[:period].mean()], values[period:]])
    rows = []
    for end in range(len(tail)):
        weights = weight * (1.0 - weight) ** np.arange(end, -1, -1.0)
        weights[0] = (1.0 - weight) ** end
        rows.append(weights @ tail[: end + 1])
    return late(np.array(rows), len(values))


def ema(values: Numbers, period: int) -> Floats:
    return exponential(values, period, 2.0 / (period + 1))


def rma(values: Numbers, period: int) -> Floats:
    return exponential(values, period, 1.0 / period)


def wma(values: Numbers, period: int) -> Floats:
    weights = np.arange(1, period + 1) / np.arange(1, period + 1).sum()
    return rolling(values, period, lambda windows: windows @ weights)


def hma(values: Ints, period: int) -> Floats:
    raw = 2 * wma(values, period // 2) - wma(values, period)
    return chained(raw, lambda tail: wma(tail, int(np.sqrt(period))))


def dema(values: Ints, period: int) -> Floats:
    first = ema(values, period)
    return 2 * first - chained(first, lambda tail: ema(tail, period))


def tema(values: Ints, period: int) -> Floats:
    first = ema(values, period)
    second = chained(first, lambda tail: ema(tail, period))
    return 3 * first - 3 * second + chained(second, lambda tail: ema(tail, period))


def kama(values: Ints, period: int, fast: int, slow: int) -> Floats:
    if len(values) <= period:
        return np.full(len(values), np.nan)
    change = np.abs(values[period:] - values[:-period])
    travelled = sliding_window_view(np.abs(np.diff(values)), period).sum(axis=1)
    ratio = np.divide(change, travelled, out=np.zeros(len(change)), where=travelled > 0)
    weights = (ratio * (2 / (fast + 1) - 2 / (slow + 1)) + 2 / (slow + 1)) ** 2
    average = float(values[period - 1])
    rows = []
    for weight, value in zip(weights, values[period:], strict=True):
        average = weight * value + (1.0 - weight) * average
        rows.append(average)
    return late(np.array(rows), len(values))


def rsi(values: Ints, period: int) -> Floats:
    changes = np.diff(values)
    gain = rma(np.where(changes > 0, changes, 0), period)
    loss = rma(np.where(changes < 0, -changes, 0), period)
    with np.errstate(divide="ignore", invalid="ignore"):
        index = 100.0 - 100.0 / (1.0 + gain / loss)
    index[(gain == 0) & (loss == 0)] = 50.0
    return late(index, len(values))


def macd(values: Ints, fast: int, slow: int, signal: int) -> Floats:
    line = ema(values, fast) - ema(values, slow)
    smooth = chained(line, lambda tail: ema(tail, signal))
    lines = np.column_stack([line, smooth, line - smooth])
    lines[np.isnan(smooth)] = np.nan
    return lines


def rate_of_change(values: Ints, period: int) -> Floats:
    before = values[:-period]
    ratio = np.divide(values[period:], before, out=np.ones(len(before)), where=before != 0)
    return late(100.0 * (ratio - 1.0), len(values))


def scatter(values: Ints, period: int) -> Ints:
    """Return period**2 times the variance of each window, in whole numbers."""
    windows = sliding_window_view(values, period)
    scattered: Ints = period * (windows**2).sum(axis=1) - windows.sum(axis=1) ** 2
    return scattered


def standard_deviation(values: Ints, period: int, sample: bool) -> Floats:
    if len(values) < period:
        return np.full(len(values), np.nan)
    squares = scatter(values, period) / period
    return late(np.sqrt(squares / (period - 1 if sample else period)), len(values))


def z_score(values: Ints, period: int, sample: bool) -> Floats:
    deviation = standard_deviation(values, period, sample)
    distance = values - sma(values, period)
    return np.where(deviation == 0, 0.0, distance / np.where(deviation == 0, 1.0, deviation))


def slope(values: Ints, period: int) -> Floats:
    positions = np.arange(period) - (period - 1) / 2
    return rolling(values, period, lambda windows: windows @ positions / (positions @ positions))


def correlation(first: Ints, second: Ints, period: int) -> Floats:
    if len(first) < period:
        return np.full(len(first), np.nan)
    one, other = sliding_window_view(first, period), sliding_window_view(second, period)
    shared = period * (one * other).sum(axis=1) - one.sum(axis=1) * other.sum(axis=1)
    spread = np.sqrt(scatter(first, period)) * np.sqrt(scatter(second, period))
    return late(np.where(spread == 0, 0.0, shared / np.where(spread == 0, 1.0, spread)), len(first))


def bollinger(values: Ints, period: int, width: float, sample: bool) -> Floats:
    distance = width * standard_deviation(values, period, sample)
    return around(sma(values, period), distance)


def around(middle: Floats, distance: Floats) -> Floats:
    return np.column_stack([middle + distance, middle, middle - distance])


def true_range(bars: Bars) -> Ints:
    before = np.concatenate([bars.close[:1], bars.close[:-1]])
    reaches = [bars.high - bars.low, np.abs(bars.high - before), np.abs(bars.low - before)]
    ranges: Ints = np.max(reaches, axis=0)
    ranges[:1] = reaches[0][:1]
    return ranges


def atr(bars: Bars, period: int) -> Floats:
    return rma(true_range(bars), period)


def position(bars: Bars, period: int) -> Floats:
    """Return where each close stands in the range of the last `period` bars, a half if it is 0."""
    low = lowest(bars.low, period)
    reach = highest(bars.high, period) - low
    return np.where(reach == 0, 0.5, (bars.close - low) / np.where(reach == 0, 1.0, reach))


def stochastic(bars: Bars, period: int, smoothing: int, signal: int) -> Floats:
    k = chained(100.0 * position(bars, period), lambda tail: sma(tail, smoothing))
    d = chained(k, lambda tail: sma(tail, signal))
    lines = np.column_stack([k, d])
    lines[np.isnan(d)] = np.nan
    return lines


def williams_r(bars: Bars, period: int) -> Floats:
    return -100.0 * (1.0 - position(bars, period))


def cci(bars: Bars, period: int) -> Floats:
    typical = bars.typical3
    if len(typical) < period:
        return np.full(len(typical), np.nan)
    windows = sliding_window_view(typical, period)
    # Everything times `period`, so that distances are whole and zero means zero.
    distances = period * windows - windows.sum(axis=1, keepdims=True)
    deviation = 0.015 * np.abs(distances).mean(axis=1)
    index = np.where(deviation == 0, 0.0, distances[:, -1] / np.where(deviation == 0, 1, deviation))
    return late(index, len(typical))


def keltner(bars: Bars, period: int, width: float, atr_period: int) -> Floats:
    lines = around(ema(bars.close, period), width * atr(bars, atr_period))
    lines[np.isnan(lines).any(axis=1)] = np.nan
    return lines


def donchian(bars: Bars, period: int) -> Floats:
    upper, lower = highest(bars.high, period), lowest(bars.low, period)
    return np.column_stack([upper, (upper + lower) / 2, lower])


def obv(bars: Bars) -> Floats:
    signed = np.sign(np.diff(bars.close)) * bars.volume[1:]
    return np.concatenate([np.zeros(min(1, len(bars.close))), np.cumsum(signed)])


def vwap(bars: Bars) -> Floats:
    traded = np.cumsum(bars.volume)
    turnover = np.cumsum(bars.typical3 * bars.volume)
    return np.where(traded == 0, np.nan, turnover / (3.0 * np.where(traded == 0, 1, traded)))


def mfi(bars: Bars, period: int) -> Floats:
    typical = bars.typical3
    if len(typical) <= period:
        return np.full(len(typical), np.nan)
    flows = np.sign(np.diff(typical)) * (typical * bars.volume)[1:]
    windows = sliding_window_view(flows, period)
    gained = np.where(windows > 0, windows, 0).sum(axis=1)
    moved = np.abs(windows).sum(axis=1)
    index = np.where(moved == 0, 50.0, 100.0 * gained / np.where(moved == 0, 1, moved))
    return late(index, len(typical))
