"""Compare with buying equal amounts of the traded instruments at the first mark and holding them.

Leaves out fees, leverage and exchange rates: it is a yardstick, not a strategy.
"""

import numpy as np

from backtest.results.definitions import Metric
from backtest.results.equity import Floats, Integers
from backtest.results.tables import Table


def buy_and_hold(marks: Table, fills: Table) -> Metric:
    """Return the mean over instruments of last over first mark, less one.

    The instruments are those that were traded, or all that have marks when none was.
    """
    held = _held(marks, fills)
    if isinstance(held, str):
        return Metric.absent(held)
    return Metric(float(np.mean([price[-1] / price[0] - 1 for _, price in held])))


def growth(marks: Table, fills: Table, ts: Integers) -> Floats | None:
    """Return the value of 1.0 held since the first mark, at rising times; None without marks.

    Between its marks an instrument keeps its last price; before its first it is worth 1.0.
    """
    held = _held(marks, fills)
    if isinstance(held, str):
        return None
    total = np.zeros(len(ts))
    for at, price in held:
        place = np.maximum(np.searchsorted(at, ts, side="right") - 1, 0)
        total += price[place] / price[0]
    return total / len(held)


def _held(marks: Table, fills: Table) -> list[tuple[Integers, Floats]] | str:
    """Return times and prices of each instrument that counts, or why there are none."""
    instruments, price, ts = marks.labels("instrument"), marks.floats("price"), marks.integers("ts")
    names = fills.labels("instrument").names
    traded = {names[code] for code in np.unique(fills.labels("instrument").codes)}
    held = []
    for name in instruments.names:
        rows = np.flatnonzero(instruments.rows_of(name) & np.isfinite(price))
        if not len(rows) or (traded and name not in traded):
            continue
        if price[rows[0]] <= 0:
            return f"{name} began at a price that is not positive"
        held.append((ts[rows], price[rows]))
    return held or "no marks"
