"""Compute the results of a run from its tables, for each account and for the whole.

Runs nothing and prints nothing; the single metrics are in `measures`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backtest.results.definitions import Measures, measures_to_json
from backtest.results.equity import (
    Curve,
    Drawdown,
    Month,
    account_curves,
    drawdown,
    monthly_returns,
    sum_curves,
)
from backtest.results.execution import Execution, execution
from backtest.results.measures import Scope, absent, measure
from backtest.results.tables import EQUITY, FILLS, MARKS, ORDERS, Table, read_table
from backtest.results.trips import Converted, Trips, convert, round_trips

TOP_LEVEL = ("start_equity", "end_equity", "pnl", "fees", "max_drawdown", "sharpe")


@dataclass(frozen=True, slots=True)
class Tables:
    """Hold the four tables of a run."""

    orders: Table
    fills: Table
    equity: Table
    marks: Table


@dataclass(frozen=True, slots=True)
class Basis:
    """Say on what the figures rest.

    `days_per_year` is 252 or 365 (the largest of the run's instruments), `risk_free` a yearly rate
    (0.02 is two percent), `currencies` the currency of each account by its id.
    """

    days_per_year: int = 252
    risk_free: float = 0.0
    currencies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """Hold what one account, or all accounts of one currency together, made.

    `trips` has the closed trips first, in the order of their closing, then the open ones; `fall` is
    None where the first equity is not positive; `name` is '' for all accounts together.
    """

    name: str
    currency: str
    curve: Curve
    fall: Drawdown | None
    months: tuple[Month, ...]
    fills: Table
    marks: Table
    converted: Converted
    trips: Trips
    execution: Execution
    measures: Measures


@dataclass(frozen=True, slots=True)
class RunResult:
    """Hold the results of a run: `total` is None where accounts differ in currency."""

    basis: Basis
    total: Result | None
    accounts: tuple[Result, ...]

    @property
    def views(self) -> tuple[Result, ...]:
        """Return what a page shows in full: the total where there is one, else each account."""
        return self.accounts if self.total is None else (self.total,)

    def summary(self) -> dict[str, object]:
        """Return what `summary.json` holds of the metrics, ready for JSON.

        A figure that does not exist is null. The top level, `metrics` and `reasons` are the
        total's, `accounts` has those of each account, and `basis` what computing them again needs.
        """
        total = self.total
        measures = absent("accounts differ in currency") if total is None else total.measures
        return {
            "currency": None if total is None else total.currency,
            **{name: measures[name].value for name in TOP_LEVEL},
            **measures_to_json(measures),
            "accounts": {
                account.name: {"currency": account.currency, **measures_to_json(account.measures)}
                for account in self.accounts
            },
            "basis": {
                "days_per_year": self.basis.days_per_year,
                "risk_free": self.basis.risk_free,
            },
        }


def read_tables(folder: Path) -> Tables:
    """Read the four tables of a run folder; raises DataError naming the file at fault."""
    return Tables(
        orders=read_table(folder / ORDERS.file_name, ORDERS),
        fills=read_table(folder / FILLS.file_name, FILLS),
        equity=read_table(folder / EQUITY.file_name, EQUITY),
        marks=read_table(folder / MARKS.file_name, MARKS),
    )


def compute(tables: Tables, basis: Basis) -> RunResult:
    """Return the results of a run, per account and, where all accounts share a currency, in total.

    Accounts are those of the equity table, by name; one that `basis` names no currency for has ''.
    """
    converted = convert(tables.fills, basis.currencies)
    trips = round_trips(tables.fills, converted)
    curves = account_curves(tables.equity)
    accounts = tuple(
        _result(_of_account(tables, converted, trips, name), curve, basis, name)
        for name, curve in curves.items()
    )
    if len(accounts) == 1:
        return RunResult(basis, accounts[0], accounts)
    currencies = {basis.currencies.get(name, ""): None for name in curves}
    if len(currencies) > 1:
        return RunResult(basis, None, accounts)
    whole = sum_curves(list(curves.values()))
    return RunResult(basis, _result((tables, converted, trips), whole, basis, ""), accounts)


def _of_account(
    tables: Tables, converted: Converted, trips: Trips, name: str
) -> tuple[Tables, Converted, Trips]:
    rows = tables.fills.labels("account").rows_of(name)
    orders = tables.orders.take(tables.orders.labels("account").rows_of(name))
    chosen = Tables(orders, tables.fills.take(rows), tables.equity, tables.marks)
    return chosen, converted.take(rows), trips.take(trips.account.rows_of(name))


def _result(data: tuple[Tables, Converted, Trips], curve: Curve, basis: Basis, name: str) -> Result:
    tables, converted, trips = data
    positive = len(curve.ts) > 0 and curve.equity[0] > 0
    scope = Scope(
        curve=curve,
        fall=drawdown(curve) if positive else None,
        fills=tables.fills,
        converted=converted,
        trips=trips,
        execution=execution(tables.orders, tables.fills),
        marks=tables.marks,
    )
    currencies = basis.currencies
    return Result(
        name=name,
        currency=currencies.get(name, "") if name else next(iter(currencies.values()), ""),
        curve=curve,
        fall=scope.fall,
        months=monthly_returns(curve),
        fills=tables.fills,
        marks=tables.marks,
        converted=converted,
        trips=trips,
        execution=scope.execution,
        measures=measure(scope, basis.days_per_year, basis.risk_free),
    )
