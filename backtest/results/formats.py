"""Write figures as people read them: money, percentages, ratios, durations, moments.

Chooses no colour and no layout, and never hides a figure's sign.
"""

import math
from datetime import UTC, datetime
from itertools import pairwise

from backtest.results.definitions import Definition, Metric

ABSENT = "n/a"
SECOND_NS = 10**9
NOISE = 1e-9
"""What is smaller is the noise of sums in floats and is shown as zero."""
_PARTS = (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0))


def figure(definition: Definition, metric: Metric, currency: str = "") -> str:
    """Return a metric as text with its unit, or n/a."""
    if metric.value is None:
        return ABSENT
    value = metric.value
    texts = {
        "money": money,
        "fraction": percent,
        "ratio": ratio,
        "count": count,
        "seconds": duration,
        "bps": bps,
    }
    text = texts[definition.unit](value)
    return f"{text} {currency}" if definition.unit == "money" and currency else text


def money(value: float) -> str:
    """Return money with two decimals, or with four figures where two decimals would show little."""
    if not math.isfinite(value):
        return ABSENT
    return _small(value, 0.1) or _plain(f"{value:,.2f}")


def percent(value: float) -> str:
    """Return a fraction in percent with two decimals."""
    if not math.isfinite(value):
        return ABSENT
    return f"{_small(100 * value, 0.01) or _plain(f'{100 * value:,.2f}')}%"


def ratio(value: float) -> str:
    """Return a ratio with two decimals."""
    return _plain(f"{value:,.2f}") if math.isfinite(value) else ABSENT


def bps(value: float) -> str:
    """Return hundredths of a percent with two decimals."""
    return f"{ratio(value)} bps" if math.isfinite(value) else ABSENT


def count(value: float) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,.0f}" if math.isfinite(value) else ABSENT


def price(value: float) -> str:
    """Return a price with at most eight significant figures, without zeros at its end."""
    return f"{value:.8g}" if math.isfinite(value) else ABSENT


def duration(seconds: float) -> str:
    """Return a time span in its two largest units: `3 d 4 h`, `2 min 5 s`, `1.5 s`, `250 ms`."""
    if not math.isfinite(seconds):
        return ABSENT
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if seconds < 1:
        for unit, scale in (("ms", 1e3), ("us", 1e6)):
            if seconds * scale >= 1:
                return f"{seconds * scale:.3g} {unit}"
        return f"{seconds * 1e9:.0f} ns" if seconds else "0 s"
    if seconds < 60:
        return f"{seconds:.3g} s"
    for (unit, size), (minor, small) in pairwise(_PARTS):
        whole, rest = divmod(round(seconds / small), round(size / small))
        if whole:
            return f"{whole:,} {unit} {rest} {minor}" if rest else f"{whole:,} {unit}"
    return f"{seconds:.3g} s"


def moment(ts: int, *, seconds: bool = True) -> str:
    """Return nanoseconds UTC as `2023-01-02 14:05:06`, cut to whole seconds or to the minute."""
    at = datetime.fromtimestamp(ts // SECOND_NS, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}" if seconds else f"{at:%Y-%m-%d %H:%M}"


def day(ts: int) -> str:
    """Return nanoseconds UTC as `2023-01-02`."""
    return f"{datetime.fromtimestamp(ts // SECOND_NS, UTC):%Y-%m-%d}"


def _small(value: float, below: float) -> str:
    return f"{value:.4g}" if NOISE < abs(value) < below else ""


def _plain(text: str) -> str:
    """Return `text` without the sign of a zero."""
    return text[1:] if text.startswith("-") and not text.strip("-0.,") else text
