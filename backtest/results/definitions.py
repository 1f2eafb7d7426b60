"""Name every metric of a run, its title, group and unit: the one list that code and docs share.

Holds no formula; those are in `metrics` and, with their sources, in `docs/metrics.md`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Unit = Literal["money", "fraction", "ratio", "count", "seconds", "bps"]
"""`fraction`: 0.01 is one percent. `money` is in the account's currency."""

Group = Literal["Result", "Risk", "Trades", "Long and short", "Activity", "Execution"]


@dataclass(frozen=True, slots=True)
class Metric:
    """Hold a value, or None with the reason why a figure would be absurd."""

    value: float | None
    reason: str = ""

    @classmethod
    def absent(cls, reason: str) -> "Metric":
        """Return a metric without a value; `reason` is shown wherever the value would be."""
        return cls(None, reason)

    @classmethod
    def finite(cls, value: float, otherwise: str) -> "Metric":
        """Return `value`, or the reason `otherwise` when it is NaN or infinite."""
        return cls(float(value)) if math.isfinite(value) else cls(None, otherwise)


@dataclass(frozen=True, slots=True)
class Definition:
    """Describe one metric; `good` is +1 where more is better, -1 where less is, 0 where neither."""

    name: str
    title: str
    group: Group
    unit: Unit
    good: Literal[-1, 0, 1] = 0

    def tone(self, metric: Metric) -> int:
        """Return the sign by which a figure is coloured: that of a result, 0 for all others."""
        signed = self.good == 1 and self.unit in ("money", "fraction")
        if not signed or metric.value is None or self.name.endswith("rate"):
            return 0
        return (metric.value > 0) - (metric.value < 0)


DEFINITIONS = (
    Definition("start_equity", "Start equity", "Result", "money"),
    Definition("end_equity", "End equity", "Result", "money"),
    Definition("pnl", "Profit and loss", "Result", "money", 1),
    Definition("total_return", "Total return", "Result", "fraction", 1),
    Definition("cagr", "CAGR", "Result", "fraction", 1),
    Definition("buy_and_hold", "Buy and hold", "Result", "fraction"),
    Definition("volatility", "Volatility, a year", "Risk", "fraction", -1),
    Definition("sharpe", "Sharpe ratio", "Risk", "ratio", 1),
    Definition("sortino", "Sortino ratio", "Risk", "ratio", 1),
    Definition("calmar", "Calmar ratio", "Risk", "ratio", 1),
    Definition("max_drawdown", "Max. drawdown", "Risk", "fraction", -1),
    Definition("max_drawdown_money", "Max. drawdown, money", "Risk", "money", -1),
    Definition("max_drawdown_duration", "Longest drawdown", "Risk", "seconds", -1),
    Definition("trades", "Trades", "Trades", "count"),
    Definition("win_rate", "Win rate", "Trades", "fraction", 1),
    Definition("profit_factor", "Profit factor", "Trades", "ratio", 1),
    Definition("expectancy", "Expectancy, a trade", "Trades", "money", 1),
    Definition("average_win", "Average win", "Trades", "money", 1),
    Definition("average_loss", "Average loss", "Trades", "money", 1),
    Definition("average_trade", "Average trade", "Trades", "fraction", 1),
    Definition("best_trade", "Best trade", "Trades", "fraction", 1),
    Definition("worst_trade", "Worst trade", "Trades", "fraction", 1),
    Definition("average_holding", "Average holding time", "Trades", "seconds"),
    Definition("long_trades", "Long trades", "Long and short", "count"),
    Definition("long_win_rate", "Long win rate", "Long and short", "fraction", 1),
    Definition("long_pnl", "Long result", "Long and short", "money", 1),
    Definition("short_trades", "Short trades", "Long and short", "count"),
    Definition("short_win_rate", "Short win rate", "Long and short", "fraction", 1),
    Definition("short_pnl", "Short result", "Long and short", "money", 1),
    Definition("exposure", "Time in market", "Activity", "fraction"),
    Definition("max_leverage", "Max. leverage", "Activity", "ratio"),
    Definition("traded_value", "Traded value", "Activity", "money"),
    Definition("turnover", "Turnover", "Activity", "ratio"),
    Definition("fees", "Fees", "Activity", "money", -1),
    Definition("other_cash", "Swap, funding, other", "Activity", "money", 1),
    Definition("orders", "Orders sent", "Execution", "count"),
    Definition("denied", "Denied by the gate", "Execution", "count"),
    Definition("rejected", "Rejected by the venue", "Execution", "count"),
    Definition("fills", "Fills", "Execution", "count"),
    Definition("fill_ratio", "Fill ratio", "Execution", "fraction"),
    Definition("maker_share", "Maker share", "Execution", "fraction"),
    Definition("slippage_bps", "Slippage to arrival", "Execution", "bps", -1),
    Definition("slippage_money", "Slippage, money", "Execution", "money", -1),
    Definition("time_to_fill", "Median time to fill", "Execution", "seconds"),
)
"""Every metric, in the order in which tables and reports show them."""

BY_NAME = {definition.name: definition for definition in DEFINITIONS}

Measures = Mapping[str, Metric]
"""The metrics of one account or of the whole run by name, in the order of DEFINITIONS."""


def measures_to_json(measures: Measures) -> dict[str, dict[str, float | None] | dict[str, str]]:
    """Return `{"metrics": name to number or null, "reasons": name to why it is null}`."""
    return {
        "metrics": {name: metric.value for name, metric in measures.items()},
        "reasons": {name: metric.reason for name, metric in measures.items() if metric.reason},
    }


def measures_from_json(stored: Mapping[str, object]) -> dict[str, Metric]:
    """Return the measures that `measures_to_json` gave; names unknown here are left out."""
    values, reasons = stored.get("metrics"), stored.get("reasons")
    values = values if isinstance(values, dict) else {}
    reasons = reasons if isinstance(reasons, dict) else {}
    return {
        name: _metric(values[name], str(reasons.get(name, "not recorded")))
        for name in BY_NAME
        if name in values
    }


def _metric(value: object, reason: str) -> Metric:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Metric(float(value))
    return Metric.absent(reason)
