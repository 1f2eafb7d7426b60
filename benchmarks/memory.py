"""Measure the peak memory of Lockstep on work 1 against the number of rows.

It judges the growth only; the absolute peak is reported beside its target.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import table
from benchmarks.contract import Result
from benchmarks.runners import LOCKSTEP, Bench, Failure, make_data

HERE = Path(__file__).resolve().parent
ROWS = (500_000, 1_000_000, 2_000_000, 4_000_000)
GROWTH_AT_MOST = 1.15  # from the fewest rows to the most
TARGET_MB = 200  # at a million rows, reported only


def measure(bench: Bench, rows: int) -> Result | Failure:
    """Return the result of one run of work 1 on the first `rows` bars."""
    runner = replace(LOCKSTEP[1], rows=rows)
    return bench.prepare(runner) or bench.measure(runner)


def main() -> int:
    """Print the peaks and their growth; return 1 if a run failed or memory grows with the rows."""
    parser = argparse.ArgumentParser(description="Measure peak memory against the number of rows.")
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS, help="fewest first")
    parser.add_argument("--cache", type=Path, default=HERE / ".cache", help="where data is kept")
    parser.add_argument("--seed", type=int, default=7, help="seed of the data")
    chosen = parser.parse_args()
    rows = sorted(chosen.rows)
    data = make_data(chosen.cache, chosen.seed, bars=rows[-1], quotes=2, trades=1)
    bench = Bench(Path(data["folder"]), None)
    peaks: list[float] = []
    lines = [("rows", "peak MB", "")]
    for count in rows:
        told = measure(bench, count)
        if isinstance(told, Failure):
            print(f"no result at {count:,} rows: {told.reason}")
            return 1
        peaks.append(told.rss_mb)
        lines.append((f"{count:,}", f"{told.rss_mb:.1f}", ""))
    growth = peaks[-1] / peaks[0]
    print(table.aligned(lines))
    print(f"target at 1,000,000 rows on the reference machine: {TARGET_MB} MB")
    print(
        f"growth over {rows[-1] / rows[0]:.0f} times the rows: {growth:.2f}, limit {GROWTH_AT_MOST}"
    )
    return 1 if growth > GROWTH_AT_MOST else 0


if __name__ == "__main__":
    sys.exit(main())
