"""Measure a strategy that is called every second while its orders rest: ticks a second, and memory.

The rows are quotes of one instrument, a million a day, a hundred a second. It judges the growth of
memory from one day to all of them; speed is reported beside the replay floor of the same run.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from backtest.catalogue.columns import Columns
from backtest.events import events_of
from benchmarks.contract import Result, WorkloadArguments, results_in, workload_arguments
from benchmarks.lockstep_run import INSTRUMENT, run_workload
from engine.model.instrument import Instrument
from lockstep import Every, Order, QuoteTick, Strategy

HERE = Path(__file__).resolve().parent
DAY_ROWS = 1_000_000
DAY_NS = 86_400 * 10**9
OPEN_NS = 10_000 * 10**9
FIRST_NS = 1_640_995_200 * 10**9
GROWTH_MB_AT_MOST = 200
FLOOR_ROWS = 200_000


class Watcher(Strategy):
    """Keep a bid and an ask far from the market, and look at it every second."""

    def on_start(self) -> None:
        """Subscribe to a quote each second."""
        self.resting: tuple[Order, ...] = ()
        self.seconds = 0
        self.subscribe_quotes(INSTRUMENT, Every(1))

    def on_quote(self, quote: QuoteTick) -> None:
        """Move both orders once in ten minutes."""
        self.seconds += 1
        if self.seconds % 600 == 1:
            for order in self.resting:
                self.cancel(order)
            low, high = round(quote.bid - 500, 2), round(quote.ask + 500, 2)
            self.resting = self.buy(INSTRUMENT, 1, low), self.sell(INSTRUMENT, 1, high)


def day(number: int) -> Columns:
    """Return the quotes of one day."""
    dice = np.random.default_rng(number)
    times = FIRST_NS + number * DAY_NS + np.sort(dice.integers(0, OPEN_NS, DAY_ROWS))
    bids = 4_000_000 + np.cumsum(dice.integers(-1, 2, DAY_ROWS))
    sizes = dice.integers(1, 100, (2, DAY_ROWS))
    both = {"ts_event": times, "ts_recv": times, "bid": bids, "ask": bids + 1}
    return Columns(INSTRUMENT, "quotes", None, both | {"bid_size": sizes[0], "ask_size": sizes[1]})


def columns(chosen: WorkloadArguments) -> Iterator[Columns]:
    """Yield the days."""
    return map(day, range(chosen.rows // DAY_ROWS))


def measure(rows: int, data: Path) -> Result:
    """Return the result of a run in a process of its own, its data made and its columns kept."""
    command = [sys.executable, str(HERE / "long_run.py"), str(rows), "--data", str(data)]
    subprocess.run([*command, "--prepare"], check=True)
    subprocess.run(command, check=True, capture_output=True)  # keeps the columns
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return next(results_in(done.stdout))


def floor_ns() -> float:
    """Return what it takes to make a row into a quote and call a method that counts it."""
    instrument = Instrument.define(INSTRUMENT, tick="0.01", currency="USD")
    rows, counted = day(0).part(0, FLOOR_ROWS), 0
    began = time.perf_counter()
    for quote in events_of(instrument, rows):
        counted += quote.ts_recv > 0
    return (time.perf_counter() - began) / counted * 1e9


def main() -> int:
    """Print speed and memory; return 1 if memory grows by more than it may."""
    parser = argparse.ArgumentParser(description="Measure a long run of sparse wakes.")
    parser.add_argument("--days", type=int, default=10, help="a million rows each")
    parser.add_argument(
        "--cache", type=Path, help="where data is kept; a temporary folder if absent"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data = chosen.cache or Path(temporary)
        data.mkdir(parents=True, exist_ok=True)
        short, long = (measure(days * DAY_ROWS, data) for days in (1, chosen.days))
    floor = floor_ns()
    for result in (short, long):
        print(
            f"{result.n:>12,} rows  {result.n / result.run_s / 1e6:6.2f} M/s  "
            f"{floor / result.ns_per_event:6.2f} x as fast as the floor  {result.rss_mb:7.1f} MB"
        )
    growth = long.rss_mb - short.rss_mb
    print(f"memory grows by {growth:.1f} MB, at most {GROWTH_MB_AT_MOST}")
    return int(growth > GROWTH_MB_AT_MOST)


if __name__ == "__main__":
    if "--data" in sys.argv:
        run_workload(4, workload_arguments(__doc__), columns, Watcher, fee_bps=0.0)
    else:
        sys.exit(main())
