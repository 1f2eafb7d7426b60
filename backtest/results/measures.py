"""Compute the metrics of one account, or of several of one currency, from its slice of the tables.

Chooses no accounts and reads no file; formulas of risk are in `ratios`, netting is in `trips`.
"""

import math
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from backtest.results import ratios
from backtest.results.benchmark import buy_and_hold
from backtest.results.definitions import DEFINITIONS, Measures, Metric
from backtest.results.equity import Curve, Drawdown, Floats
from backtest.results.execution import SECOND_NS, Execution
from backtest.results.tables import Table
from backtest.results.trips import Converted, Trips

NO_EQUITY = Metric.absent("no equity was sampled")
NO_FILLS = Metric.absent("no fills")
NO_START = Metric.absent("start equity is not positive")
NO_TRADE = Metric.absent("no closed trade")

Part = dict[str, Metric]

BALANCE_NOISE = 1e-10
"""What is smaller, as a share of all money that moved, is the noise of sums in floats."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Hold all that the metrics of one account need; `trips` has closed and open ones."""

    curve: Curve
    fall: Drawdown | None
    fills: Table
    converted: Converted
    trips: Trips
    execution: Execution
    marks: Table


def measure(scope: Scope, days_per_year: int, risk_free: float) -> Measures:
    """Return every metric of DEFINITIONS, in that order."""
    closed = scope.trips.take(scope.trips.closed)
    parts = {
        **_money(scope.curve),
        "buy_and_hold": buy_and_hold(scope.marks, scope.fills),
        **_risk(scope, days_per_year, risk_free),
        **_trades(closed),
        **_side("long", closed.take(closed.side > 0)),
        **_side("short", closed.take(closed.side < 0)),
        **_activity(scope),
        **_execution(scope),
    }
    return {definition.name: parts[definition.name] for definition in DEFINITIONS}


def absent(reason: str) -> Measures:
    """Return every metric of DEFINITIONS without a value, for one reason."""
    return {definition.name: Metric.absent(reason) for definition in DEFINITIONS}


def _money(curve: Curve) -> Part:
    if not len(curve.ts):
        names = ("start_equity", "end_equity", "pnl", "total_return", "cagr")
        return dict.fromkeys(names, NO_EQUITY)
    start, end = float(curve.equity[0]), float(curve.equity[-1])
    return {
        "start_equity": Metric(start),
        "end_equity": Metric(end),
        "pnl": Metric(float(Decimal(repr(end)) - Decimal(repr(start)))),
        "total_return": ratios.total_return(curve),
        "cagr": ratios.cagr(curve),
    }


def _risk(scope: Scope, days_per_year: int, risk_free: float) -> Part:
    returns = ratios.daily_returns(scope.curve, days_per_year)
    deepest, money, longest = _fall(scope)
    return {
        "volatility": ratios.volatility(returns, days_per_year),
        "sharpe": ratios.sharpe(returns, days_per_year, risk_free),
        "sortino": ratios.sortino(returns, days_per_year, risk_free),
        "calmar": ratios.calmar(ratios.cagr(scope.curve), deepest),
        "max_drawdown": deepest,
        "max_drawdown_money": money,
        "max_drawdown_duration": longest,
    }


def _fall(scope: Scope) -> tuple[Metric, Metric, Metric]:
    fall = scope.fall
    if fall is None:
        reason = NO_START if len(scope.curve.ts) else NO_EQUITY
        return reason, reason, reason
    return Metric(fall.deepest), Metric(fall.deepest_money), Metric(fall.longest_ns / SECOND_NS)


def _trades(closed: Trips) -> Part:
    net, change = closed.net, closed.change
    wins, losses = net[net > 0], net[net < 0]
    no_value = "a trade has no entry value"
    return {
        "trades": Metric(float(len(net))),
        "win_rate": _share(len(wins), len(net)),
        "profit_factor": _profit_factor(wins, losses),
        "expectancy": _mean(net, NO_TRADE),
        "average_win": _mean(wins, Metric.absent("no winning trade")),
        "average_loss": _mean(losses, Metric.absent("no losing trade")),
        "average_trade": Metric.finite(change.mean(), no_value) if len(net) else NO_TRADE,
        "best_trade": Metric.finite(change.max(), no_value) if len(net) else NO_TRADE,
        "worst_trade": Metric.finite(change.min(), no_value) if len(net) else NO_TRADE,
        "average_holding": _mean(closed.holding_ns / SECOND_NS, NO_TRADE),
    }


def _side(name: str, closed: Trips) -> Part:
    net = closed.net
    return {
        f"{name}_trades": Metric(float(len(net))),
        f"{name}_win_rate": _share(int((net > 0).sum()), len(net)),
        f"{name}_pnl": Metric(float(net.sum())) if len(net) else NO_TRADE,
    }


def _profit_factor(wins: Floats, losses: Floats) -> Metric:
    if not len(wins) and not len(losses):
        return NO_TRADE
    if not len(losses):
        return Metric.absent("no losing trade")
    return Metric(float(wins.sum() / -losses.sum()))


def _activity(scope: Scope) -> Part:
    traded = float(scope.converted.value.sum())
    mean = ratios.mean_equity(scope.curve)
    times = traded / mean if mean > 0 else float("nan")
    no_mean = "the mean equity is not positive" if len(scope.curve.ts) else NO_EQUITY.reason
    no_rate = "a fill has no currency rate"
    return {
        "exposure": _exposure(scope),
        "max_leverage": _max_leverage(scope.curve),
        "traded_value": Metric.finite(traded, no_rate),
        "turnover": Metric.finite(times, no_mean if math.isfinite(traded) else no_rate),
        "fees": _fees(scope),
        "other_cash": _other_cash(scope),
    }


def _fees(scope: Scope) -> Metric:
    lost = np.flatnonzero(np.isnan(scope.converted.fee))
    if len(lost):
        currency = scope.fills.labels("fee_currency").text()[lost[0]]
        return Metric.absent(f"{len(lost)} fees in {currency or 'no currency'} have no rate")
    return Metric(float(scope.converted.fee.sum()))


def _other_cash(scope: Scope) -> Metric:
    """Return the change of the balance that neither realised results nor fees explain."""
    if not len(scope.curve.ts):
        return NO_EQUITY
    balance = scope.curve.balance
    booked = float(scope.converted.pnl.sum() - scope.converted.fee.sum())
    change = float(balance[-1] - balance[0])
    other = change - booked
    noise = BALANCE_NOISE * (abs(change) + float(np.abs(scope.converted.pnl).sum()) + 1.0)
    fees = _fees(scope)
    if fees.value is None:
        return fees
    return Metric.finite(0.0 if abs(other) <= noise else other, "a fill has no currency rate")


def _exposure(scope: Scope) -> Metric:
    """Return the share of the sampled time in which any position was open."""
    curve, trips = scope.curve, scope.trips
    if curve.elapsed_ns <= 0:
        return Metric.absent("the run has no duration")
    order = np.argsort(trips.ts_open, kind="stable")
    begins = np.clip(trips.ts_open[order], curve.ts[0], curve.ts[-1])
    ends = np.where(trips.closed, trips.ts_close, curve.ts[-1])[order]
    ends = np.clip(ends, curve.ts[0], curve.ts[-1])
    reached = np.concatenate((curve.ts[:1], np.maximum.accumulate(ends)))[: len(ends)]
    covered = np.maximum(ends - np.maximum(begins, reached), 0)
    return Metric(float(covered.sum() / curve.elapsed_ns))


def _max_leverage(curve: Curve) -> Metric:
    if not len(curve.ts):
        return NO_EQUITY
    held = curve.gross_exposure > 0
    if (curve.equity[held] <= 0).any():
        return Metric.absent("positions were held on equity of zero or below")
    return Metric(float((curve.gross_exposure[held] / curve.equity[held]).max(initial=0.0)))


def _execution(scope: Scope) -> Part:
    page = scope.execution
    no_arrival = "no arrival price" if scope.fills.rows else NO_FILLS.reason
    whole = page.slippage[0] if page.slippage else None
    all_orders = page.fill_times[0] if page.fill_times else None
    return {
        "orders": Metric(float(page.sent)),
        "denied": Metric(float(page.of_status("denied"))),
        "rejected": Metric(float(page.of_status("rejected"))),
        "fills": Metric(float(scope.fills.rows)),
        "fill_ratio": Metric.finite(page.fill_ratio, "no order was sent"),
        "maker_share": Metric.finite(page.maker_share, NO_FILLS.reason),
        "slippage_bps": Metric.finite(whole.bps, no_arrival)
        if whole
        else Metric.absent(no_arrival),
        "slippage_money": Metric(whole.money) if whole else Metric.absent(no_arrival),
        "time_to_fill": Metric(all_orders.median_s) if all_orders else NO_FILLS,
    }


def _mean(values: Floats, otherwise: Metric) -> Metric:
    return Metric(float(values.mean())) if len(values) else otherwise


def _share(part: int, whole: int) -> Metric:
    return Metric(part / whole) if whole else NO_TRADE
