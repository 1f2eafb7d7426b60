"""Compute the indicators that follow a trend from their definitions, over whole arrays.

The rules are written as their books tell them, bar by bar where they are stated so.
"""

import numpy as np

from tests.property.batch_formulas import Bars, Floats, atr, chained, late, rma, true_range


def adx(bars: Bars, period: int) -> Floats:
    length = len(bars.close)
    rise, fall = np.diff(bars.high), -np.diff(bars.low)
    plus = rma(np.where((rise > fall) & (rise > 0), rise, 0), period)
    minus = rma(np.where((fall > rise) & (fall > 0), fall, 0), period)
    reach = rma(true_range(bars)[1:], period)
    moved = plus + minus
    dx = 100.0 * np.abs(plus - minus) / np.where(moved == 0, 1.0, moved)
    index = chained(dx, lambda tail: rma(tail, period))
    safe_reach = np.where(reach == 0, np.inf, reach)
    lines = np.column_stack([index, 100.0 * plus / safe_reach, 100.0 * minus / safe_reach])
    lines[np.isnan(index)] = np.nan
    return late(lines, length)


def supertrend(bars: Bars, period: int, width: float) -> Floats:
    ranges = atr(bars, period)
    start = period - 1
    rows: list[tuple[float, int]] = []
    upper = lower = np.nan
    for i in range(start, len(bars.close)):
        middle = (bars.high[i] + bars.low[i]) / 2
        basic_upper, basic_lower = middle + width * ranges[i], middle - width * ranges[i]
        before = bars.close[i - 1]
        if i == start or basic_upper < upper or before > upper:
            upper = basic_upper
        if i == start or basic_lower > lower or before < lower:
            lower = basic_lower
        if i == start:
            direction = -1
        elif rows[-1][1] == -1:
            direction = 1 if bars.close[i] > upper else -1
        else:
            direction = -1 if bars.close[i] < lower else 1
        rows.append((lower if direction == 1 else upper, direction))
    return late(np.array(rows).reshape(-1, 2), len(bars.close))


def parabolic_sar(bars: Bars, step: float, limit: float) -> Floats:
    high, low = bars.high.tolist(), bars.low.tolist()
    if len(high) < 2:
        return np.full((len(high), 2), np.nan)
    fell_more = low[0] - low[1] > high[1] - high[0]
    up = not (fell_more and low[1] < low[0])
    level: float = low[0] if up else high[0]
    extreme = high[1] if up else low[1]
    speed = step
    rows = []
    for i in range(1, len(high)):
        # The first output has only its own bar to keep clear of, as in TA-Lib.
        lows, highs = low[max(i - 1, 1) : i + 1], high[max(i - 1, 1) : i + 1]
        if up and low[i] <= level:
            up, level, extreme, speed = False, max([extreme, *highs]), low[i], step
        elif not up and high[i] >= level:
            up, level, extreme, speed = True, min([extreme, *lows]), high[i], step
        elif up and high[i] > extreme:
            extreme, speed = high[i], min(speed + step, limit)
        elif not up and low[i] < extreme:
            extreme, speed = low[i], min(speed + step, limit)
        rows.append((level, 1 if up else -1))
        level = level + speed * (extreme - level)
        level = min([level, *lows]) if up else max([level, *highs])
    return late(np.array(rows, dtype=np.float64), len(high))
