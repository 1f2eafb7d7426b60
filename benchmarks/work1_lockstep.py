"""Work 1 in Lockstep: one-minute bars, averages of 20 and 50, long or flat, 1 bp fee, next open.

The strategy is called on every bar and ties of the averages are no cross.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from backtest.catalogue.columns import Columns
from benchmarks.contract import workload_arguments
from benchmarks.data import load_bars
from benchmarks.lockstep_run import prepare, run
from engine.model.instrument import Instrument
from lockstep import Bar, Strategy
from lockstep.indicators import Sma

NAME = "BARS.SIM"
MINUTE = 60_000_000_000
FEES = "[exchange.fees]\ntaker_bps = 1.0\nmaker_bps = 1.0\n"


class Cross(Strategy):
    """Buy one when the fast average crosses above the slow one, sell it when it crosses below."""

    def on_start(self) -> None:
        self.fast, self.slow = Sma(20), Sma(50)
        self.before: float | None = None
        self.long = False
        self.subscribe_bars(NAME, "1m")

    def on_bar(self, bar: Bar) -> None:
        fast, slow = self.fast.update(bar.close), self.slow.update(bar.close)
        if fast is None or slow is None:
            return
        difference = fast - slow
        before, self.before = self.before, difference
        if before is None:
            return
        if difference > 0 >= before and not self.long:
            self.long = True
            self.buy(NAME, 1)
        elif difference < 0 <= before and self.long:
            self.long = False
            self.sell(NAME, 1)


def columns(folder: Path, rows: int) -> Iterable[Columns]:
    """Yield the dataset's first bars in units of a hundredth."""
    bars = load_bars(folder, rows)
    prices = {
        name: np.rint(bars[field] * 100).astype(np.int64)
        for name, field in (("open", "o"), ("high", "h"), ("low", "l"), ("close", "c"))
    }
    times = {"ts_open": bars["ts"] - MINUTE, "ts_close": bars["ts"], "ts_recv": bars["ts"]}
    yield Columns(NAME, "bars", "1m", times | prices | {"volume": bars["v"].astype(np.int64)})


def main() -> None:
    """Prepare the catalogue, or run and print the result."""
    asked = workload_arguments(__doc__)
    if asked.prepare:
        instrument = Instrument.define(NAME, tick="0.01", currency="USD", days_per_year=365)
        prepare(asked.data, asked.rows, instrument, lambda: columns(asked.data, asked.rows))
    else:
        run(1, asked.data, asked.rows, Cross(), FEES)


if __name__ == "__main__":
    main()
