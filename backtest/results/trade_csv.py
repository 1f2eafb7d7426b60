"""Write all round trips of a run as one CSV file for spreadsheets.

Rounds nothing: numbers are the shortest decimals of the floats, times are ISO 8601 in UTC.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backtest.results.equity import Integers
from backtest.results.metrics import RunResult

TRADES = "trades.csv"


def write_trades(path: Path, result: RunResult) -> None:
    """Write closed trips in the order of closing, then open ones; one account after another.

    Columns: strategy, account, instrument, side, opened, closed (empty while open), quantity,
    entry_price, exit_price, pnl (before fees), fees, net, currency (of the account).
    """
    import pyarrow as pa
    from pyarrow import csv

    tables = [_table(result, number) for number in range(len(result.views))]
    if not tables:
        path.write_text("", encoding="utf-8")
        return
    columns = {
        name: np.concatenate([table[name] for table in tables])
        for table in tables
        for name in table
    }
    arrays = {name: pa.array(column, from_pandas=True) for name, column in columns.items()}
    csv.write_csv(pa.table(arrays), path, csv.WriteOptions(quoting_style="needed"))


def _table(result: RunResult, number: int) -> dict[str, NDArray[np.generic]]:
    view = result.views[number]
    trips = view.trips
    return {
        "strategy": trips.strategy.text(),
        "account": trips.account.text(),
        "instrument": trips.instrument.text(),
        "side": np.where(trips.side > 0, "long", "short"),
        "opened": _moments(trips.ts_open),
        "closed": np.where(trips.closed, _moments(trips.ts_close), ""),
        "quantity": trips.quantity,
        "entry_price": trips.entry_price,
        "exit_price": trips.exit_price,
        "pnl": trips.pnl,
        "fees": trips.fees,
        "net": trips.net,
        "currency": np.full(len(trips.side), view.currency),
    }


def _moments(ts: Integers) -> NDArray[np.str_]:
    return np.char.add(np.datetime_as_string(ts.astype("datetime64[ns]"), unit="ns"), "Z")
