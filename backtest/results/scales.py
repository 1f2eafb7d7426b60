"""Choose what a chart shows: round ticks on both axes, and few points out of many.

Draws nothing.
"""

import math
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from backtest.results.equity import DAY_NS, Floats, Integers

SECOND_NS = 10**9
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800)
_STEPS_H = (1, 2, 3, 6, 12)
_STEPS_D = (1, 2, 4, 7, 14)
_MONTHS = (1, 2, 3, 6)
MONTH_DAYS = 30.44


def value_ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Return round numbers from `low` to `high`, about as many as asked for."""
    rough = (high - low) / about
    if not rough > 0 or not math.isfinite(rough):
        return (low,)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(number * step for number in range(first, last + 1))


def value_label(value: float, ticks: tuple[float, ...]) -> str:
    """Return a tick with as many decimals as tell the ticks apart."""
    step = min((b - a for a, b in pairwise(ticks)), default=abs(value) or 1.0)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    if abs(step * 10**digits - round(step * 10**digits)) > 0.01:  # a step of 2.5
        digits += 1
    return f"{value if abs(value) > step / 1e6 else 0.0:,.{min(digits, 9)}f}"


def time_ticks(start: int, end: int, about: int = 6) -> tuple[tuple[int, str], ...]:
    """Return round moments between two times (nanoseconds UTC) and their labels."""
    step_s = (end - start) / SECOND_NS / about
    if step_s <= 0:
        return ((start, f"{datetime.fromtimestamp(start // SECOND_NS, UTC):%Y-%m-%d %H:%M}"),)
    days = step_s / 86_400
    if days > _STEPS_D[-1]:
        return _month_ticks(start, end, days / MONTH_DAYS)
    seconds = [*_STEPS_S, *(3_600 * h for h in _STEPS_H), *(86_400 * d for d in _STEPS_D)]
    step = next(s for s in seconds if s >= step_s) * SECOND_NS
    form = "%d %b" if step >= DAY_NS else "%H:%M" if step >= 60 * SECOND_NS else "%H:%M:%S"
    first = -(-start // step) * step
    return tuple((ts, _label(ts, form)) for ts in range(first, end + 1, step))


def extremes(values: Floats, limit: int) -> Integers:
    """Return the rows to draw, in order: all, or of equal stretches the lowest and the highest.

    The first and the last row are always among them; NaN must not be.
    """
    size = len(values)
    if size <= limit:
        return np.arange(size)
    edges = np.linspace(0, size, limit // 2, dtype=np.int64)
    kept = {0: None, size - 1: None}
    for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        part = values[low:high]
        kept[low + int(part.argmin())] = None
        kept[low + int(part.argmax())] = None
    return np.array(sorted(kept), dtype=np.int64)


def notable(values: Floats, limit: int) -> Integers:
    """Return the rows to draw, in order: all, or the outermost fifth and others evenly."""
    size = len(values)
    if size <= limit:
        return np.arange(size)
    ranked = np.argsort(values, kind="stable")
    tails = np.concatenate((ranked[: limit // 10], ranked[-(limit // 10) :]))
    even = np.linspace(0, size - 1, limit - len(tails)).astype(np.int64)
    return np.unique(np.concatenate((tails, even)))


def _month_ticks(start: int, end: int, months: float) -> tuple[tuple[int, str], ...]:
    if months <= _MONTHS[-1]:
        step = next(m for m in _MONTHS if m >= months)
    else:
        step = 12 * next((y for y in (1, 2, 5, 10) if 12 * y >= months), 20)
    first, last = (
        int(np.datetime64(ts, "ns").astype("datetime64[M]").astype(int)) for ts in (start, end)
    )
    ticks = []
    for month in range(-(-first // step) * step, last + 1, step):
        ts = int(np.datetime64(month, "M").astype("datetime64[ns]").astype(np.int64))
        if ts >= start:
            ticks.append((ts, _label(ts, "%Y" if month % 12 == 0 else "%b")))
    return tuple(ticks)


def _label(ts: int, form: str) -> str:
    at = datetime.fromtimestamp(ts // SECOND_NS, UTC)
    midnight = form not in {"%Y", "%b"} and ts % DAY_NS == 0
    return f"{at:%d %b}" if midnight else at.strftime(form)
