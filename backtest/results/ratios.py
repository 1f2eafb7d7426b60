"""The formulas of risk and return on arrays; each gives a number or the reason why there is none.

Reads no table and converts no currency. Sources are in `docs/metrics.md`.
"""

import math

import numpy as np

from backtest.results.definitions import Metric
from backtest.results.equity import DAY_NS, Curve, Floats, day_ends

RETURNS_MIN = 10
"""Fewer daily returns than this give no ratio."""

ANNUALISE_DAYS_MIN = 30
"""A run shorter than this many days is not turned into a yearly figure."""

YEAR_NS = 365.25 * DAY_NS
_FLAT = 1e-12


def daily_returns(curve: Curve, days_per_year: int) -> Floats | Metric:
    """Return the simple returns from day end to day end (UTC), the first from the first sample.

    Returns a metric with the reason when there are too few days or the equity was not positive.
    """
    if not len(curve.ts):
        return Metric.absent("no equity was sampled")
    _, ends = day_ends(curve, days_per_year)
    levels = np.concatenate((curve.equity[:1], ends))
    if len(ends) < RETURNS_MIN:
        return Metric.absent(f"needs {RETURNS_MIN} daily returns, has {len(ends)}")
    if not (levels > 0).all():
        return Metric.absent("equity was zero or negative")
    return levels[1:] / levels[:-1] - 1


def volatility(returns: Floats | Metric, days_per_year: int) -> Metric:
    """Return the sample deviation of daily returns times the root of the days of a year."""
    if isinstance(returns, Metric):
        return returns
    return Metric(float(returns.std(ddof=1)) * math.sqrt(days_per_year))


def sharpe(returns: Floats | Metric, days_per_year: int, risk_free: float) -> Metric:
    """Return mean over sample deviation of daily returns above the risk-free rate, for a year."""
    if isinstance(returns, Metric):
        return returns
    excess = returns - risk_free / days_per_year
    deviation = float(excess.std(ddof=1))
    if deviation <= _FLAT * float(np.abs(excess).max()):
        return Metric.absent("daily returns do not vary")
    return Metric(float(excess.mean()) / deviation * math.sqrt(days_per_year))


def sortino(returns: Floats | Metric, days_per_year: int, risk_free: float) -> Metric:
    """Return mean over downside deviation of daily returns, the risk-free rate as the target."""
    if isinstance(returns, Metric):
        return returns
    excess = returns - risk_free / days_per_year
    downside = math.sqrt(float(np.mean(np.minimum(excess, 0.0) ** 2)))
    if downside <= _FLAT * float(np.abs(excess).max()):
        return Metric.absent("no day below the target")
    return Metric(float(excess.mean()) / downside * math.sqrt(days_per_year))


def total_return(curve: Curve) -> Metric:
    """Return the last equity over the first, less one."""
    if not len(curve.ts):
        return Metric.absent("no equity was sampled")
    if curve.equity[0] <= 0:
        return Metric.absent("start equity is not positive")
    return Metric(float(curve.equity[-1] / curve.equity[0] - 1))


def cagr(curve: Curve) -> Metric:
    """Return the constant yearly growth that leads from the first to the last equity."""
    change = total_return(curve)
    if change.value is None:
        return change
    if curve.elapsed_ns < ANNUALISE_DAYS_MIN * DAY_NS:
        days = curve.elapsed_ns / DAY_NS
        return Metric.absent(f"{days:.1f} days are too few to annualise ({ANNUALISE_DAYS_MIN})")
    if change.value <= -1:
        return Metric.absent("equity ended at zero or below")
    try:
        return Metric((1 + change.value) ** (YEAR_NS / curve.elapsed_ns) - 1)
    except OverflowError:
        return Metric.absent("growth too large to annualise")


def calmar(growth: Metric, deepest: Metric) -> Metric:
    """Return CAGR over the maximum drawdown."""
    if growth.value is None or deepest.value is None:
        return growth if growth.value is None else deepest
    if deepest.value == 0:
        return Metric.absent("no drawdown")
    return Metric(growth.value / deepest.value)


def mean_equity(curve: Curve) -> float:
    """Return the mean over time, every sample held until the next."""
    if len(curve.ts) < 2:
        return float(curve.equity[0]) if len(curve.ts) else math.nan
    return float(np.average(curve.equity[:-1], weights=np.diff(curve.ts)))
