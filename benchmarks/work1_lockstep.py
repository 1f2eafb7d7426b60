"""Run work 1 in Lockstep: `ROWS --data FOLDER [--prepare]`; SMA 20/50 cross on one-minute bars."""

from collections.abc import Iterator

import numpy as np

from backtest.catalogue.columns import Columns
from benchmarks.contract import WorkloadArguments, workload_arguments
from benchmarks.data import MINUTE_NS, load_bars
from benchmarks.lockstep_run import INSTRUMENT, run_workload, ticks
from lockstep import Bar, Strategy
from lockstep.indicators import Sma


class Cross(Strategy):
    """Hold one unit while the fast average is above the slow one, from a cross on."""

    def on_start(self) -> None:
        """Subscribe to the bars."""
        self.fast, self.slow = Sma(20), Sma(50)
        self.before: float | None = None
        self.long = False
        self.subscribe_bars(INSTRUMENT, "1m")

    def on_bar(self, bar: Bar) -> None:
        """Trade when the difference of the averages becomes positive or negative."""
        fast, slow = self.fast.update(bar.close), self.slow.update(bar.close)
        if fast is None or slow is None:
            return
        before, now = self.before, fast - slow
        self.before = now
        if before is None:
            return
        if now > 0 >= before and not self.long:
            self.long = True
            self.buy(INSTRUMENT, 1)
        elif now < 0 <= before and self.long:
            self.long = False
            self.sell(INSTRUMENT, 1)


def columns(chosen: WorkloadArguments) -> Iterator[Columns]:
    """Yield the dataset's bars as a catalogue stores them."""
    rows = load_bars(chosen.data, chosen.rows)
    names = {"open": "o", "high": "h", "low": "l", "close": "c"}
    arrays = {"ts_open": rows["ts"] - MINUTE_NS, "ts_close": rows["ts"], "ts_recv": rows["ts"]}
    arrays |= {name: ticks(rows[field]) for name, field in names.items()}
    arrays["volume"] = rows["v"].astype(np.int64)
    yield Columns(INSTRUMENT, "bars", "1m", arrays)


if __name__ == "__main__":
    run_workload(1, workload_arguments(__doc__), columns, Cross, fee_bps=1.0)
