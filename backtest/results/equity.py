"""Turn samples of equity into curves, daily returns, drawdowns and a monthly table.

Knows no fills and no formula of a ratio: those are in `trips` and `metrics`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtest.results.tables import Table

DAY_NS = 86_400 * 10**9
EVERY_DAY_FROM = 300
"""An instrument with at least so many days a year trades on weekends too."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Curve:
    """Hold samples of one account, or of several summed, in rising order of time.

    `ts` is in nanoseconds UTC, strictly rising; the rest is in the account's currency.
    """

    ts: Integers
    equity: Floats
    balance: Floats
    gross_exposure: Floats

    @property
    def elapsed_ns(self) -> int:
        """Return the time from the first to the last sample."""
        return int(self.ts[-1] - self.ts[0]) if len(self.ts) else 0


@dataclass(frozen=True, slots=True)
class Drawdown:
    """Describe the falls of a curve from its peaks.

    `fractions` is, for each sample, the share of the peak that is lost; `deepest` its maximum and
    `deepest_money` the largest loss in money (which need not be at the same sample); `longest_ns`
    is the longest time from a peak to the first sample that reaches it again, or to the end.
    """

    fractions: Floats
    deepest: float
    deepest_money: float
    longest_ns: int


@dataclass(frozen=True, slots=True)
class Month:
    """Give the return of one month in UTC; None where the equity before it was not positive."""

    year: int
    month: int
    change: float | None


def account_curves(equity: Table) -> dict[str, Curve]:
    """Return the curve of every account by name; of several samples at one time the last counts."""
    accounts = equity.labels("account")
    curves = {}
    for code, name in enumerate(accounts.names):
        rows = np.flatnonzero(accounts.codes == code)
        if len(rows):
            chosen = equity.take(rows)
            curves[name] = _curve(chosen)
    return curves


def sum_curves(curves: list[Curve]) -> Curve:
    """Return the sum of curves of one currency over all their times.

    Between its samples a curve keeps its last values; before its first it has its first equity and
    balance, and no exposure. No curves give an empty one.
    """
    if not curves:
        nothing = np.zeros(0)
        return Curve(np.zeros(0, dtype=np.int64), nothing, nothing, nothing)
    ts = np.unique(np.concatenate([curve.ts for curve in curves]))
    equity, balance, gross = np.zeros((3, len(ts)))
    for curve in curves:
        place = np.searchsorted(curve.ts, ts, side="right") - 1
        equity += curve.equity[np.maximum(place, 0)]
        balance += curve.balance[np.maximum(place, 0)]
        gross += np.where(place >= 0, curve.gross_exposure[np.maximum(place, 0)], 0.0)
    return Curve(ts, equity, balance, gross)


def day_ends(curve: Curve, days_per_year: int) -> tuple[Integers, Floats]:
    """Return the days after the first sample and the equity at their ends.

    Days are those of UTC, counted from 1970-01-01; a sample at midnight ends the day before. With
    300 days a year or more every calendar day counts and keeps the last value seen. With fewer,
    Monday to Friday count where they hold a sample, and what happens on a weekend counts to the
    Monday after it.
    """
    later = curve.ts > curve.ts[0]
    days = (curve.ts[later] - 1) // DAY_NS
    equity = curve.equity[later]
    if days_per_year < EVERY_DAY_FROM:
        weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
        days = days + np.where(weekday > 4, 7 - weekday, 0)
    last = np.append(np.flatnonzero(np.diff(days)), len(days) - 1) if len(days) else days
    days, equity = days[last], equity[last]
    if days_per_year < EVERY_DAY_FROM or not len(days):
        return days, equity
    every = np.arange(days[0], days[-1] + 1)
    return every, equity[np.searchsorted(days, every, side="right") - 1]


def drawdown(curve: Curve) -> Drawdown:
    """Return the drawdown of a curve whose first equity is positive."""
    peak = np.maximum.accumulate(curve.equity)
    lost = peak - curve.equity
    fractions = lost / peak
    under = np.flatnonzero(lost > 0)
    return Drawdown(
        fractions=fractions,
        deepest=float(fractions.max()),
        deepest_money=float(lost.max()),
        longest_ns=_longest(curve.ts, lost, under),
    )


def monthly_returns(curve: Curve) -> tuple[Month, ...]:
    """Return the return of every calendar month (UTC) that the curve touches, in order.

    A sample at the midnight that begins a month ends the month before it. A month without a sample
    has the return 0.
    """
    if len(curve.ts) < 2:
        return ()
    stamps = (curve.ts - 1).astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
    first = curve.ts[:1].astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)[0]
    months = np.arange(first, stamps[-1] + 1)
    ends = curve.equity[np.searchsorted(stamps, months, side="right") - 1]
    starts = np.concatenate((curve.equity[:1], ends[:-1]))
    return tuple(
        Month(1970 + int(m) // 12, int(m) % 12 + 1, float(end / start - 1) if start > 0 else None)
        for m, start, end in zip(months, starts, ends, strict=True)
    )


def _curve(samples: Table) -> Curve:
    ts = samples.integers("ts")
    order = np.argsort(ts, kind="stable")
    last = order[np.append(np.diff(ts[order]) > 0, [True])]
    columns = (samples.floats(name)[last] for name in ("equity", "balance", "gross_exposure"))
    return Curve(ts[last], *columns)


def _longest(ts: Integers, lost: Floats, under: Integers) -> int:
    """Return the longest time under water, counted from the last sample at the peak."""
    if not len(under):
        return 0
    at_peak = np.where(lost > 0, 0, np.arange(len(ts)))
    began = ts[np.maximum.accumulate(at_peak)[under]]
    ended = ts[np.minimum(under + 1, len(ts) - 1)]
    return int((ended - began).max())
