"""Make the data of the benchmarks: bars for work 1, quotes and trades for 2, a book for 3.

It knows no engine and measures nothing. The draws come in the order in which the scripts for other
engines make theirs, and the files have the names and fields those scripts read.
"""

import argparse
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.book_data import make_deltas

Rows = npt.NDArray[np.void]

DEFAULT_CACHE = Path(__file__).resolve().parent / ".cache"
DEFAULT_SEED = 7
START_NS = 1_577_836_800_000_000_000  # 2020-01-01 UTC
MINUTE_NS = 60_000_000_000
TICKS_PER_UNIT = 100  # prices lie on a grid of 0.01
FIRST_PRICE = 100.0
FIRST_BID_TICKS = 100_000

BAR_FIELDS = np.dtype(
    [("ts", "i8"), ("o", "f8"), ("h", "f8"), ("l", "f8"), ("c", "f8"), ("v", "f8")]
)
QUOTE_FIELDS = np.dtype([("ts", "i8"), ("bid", "i8"), ("ask", "i8"), ("bsz", "f8"), ("asz", "f8")])
TRADE_FIELDS = np.dtype([("ts", "i8"), ("px", "i8"), ("sz", "f8"), ("side", "i8")])


@dataclass(frozen=True, slots=True)
class Sizes:
    """Say how many rows of each kind a dataset holds."""

    bars: int = 1_000_000
    quotes: int = 2_000_000
    trades: int = 500_000
    deltas: int = 2_000_000

    def __post_init__(self) -> None:
        """Refuse sizes that the generators cannot fill."""
        if self.bars < 1 or self.trades < 1 or self.quotes <= self.trades:
            raise ValueError(
                f"{self}: ask for at least one bar and one trade, and more quotes than trades"
            )


def make_bars(count: int, seed: int = DEFAULT_SEED) -> Rows:
    """Draw `count` one-minute bars of a geometric random walk.

    `ts` is the close of the bar in ns UTC; prices are floats on the 0.01 grid; the open of a bar is
    the close of the one before.
    """
    generator = np.random.default_rng(seed)
    returns = generator.standard_normal((count, 4)) * 0.0004
    inside = np.exp(np.log(FIRST_PRICE) + np.cumsum(returns).reshape(count, 4))
    opens = np.concatenate(([FIRST_PRICE], inside[:-1, -1]))
    ticks = np.rint(np.column_stack((opens, inside)) * TICKS_PER_UNIT)
    rows = np.zeros(count, BAR_FIELDS)
    rows["ts"] = START_NS + MINUTE_NS * np.arange(1, count + 1, dtype=np.int64)
    rows["o"] = ticks[:, 0] / TICKS_PER_UNIT
    rows["h"] = ticks.max(axis=1) / TICKS_PER_UNIT
    rows["l"] = np.maximum(ticks.min(axis=1), 1) / TICKS_PER_UNIT
    rows["c"] = ticks[:, -1] / TICKS_PER_UNIT
    rows["v"] = generator.integers(1, 1000, count)
    return rows


def make_quotes_and_trades(quotes: int, trades: int, seed: int = DEFAULT_SEED) -> tuple[Rows, Rows]:
    """Draw top-of-book quotes and the trades that happen between them.

    Times are ns UTC and strictly increasing within each stream, and no trade has the time of a
    quote; prices are integer ticks of 0.01. A trade comes 500 ns after its quote, at the bid
    (`side` -1) or at the ask (+1), now and then up to three ticks through it.
    """
    generator = np.random.default_rng(seed)
    market = _make_quotes(generator, quotes)
    return market, _make_trades(generator, market, trades)


def _make_quotes(generator: np.random.Generator, count: int) -> Rows:
    rows = np.zeros(count, QUOTE_FIELDS)
    moves = generator.choice([-1, 0, 1], size=count, p=[0.1, 0.8, 0.1])
    rows["bid"] = FIRST_BID_TICKS + np.cumsum(moves)
    rows["ask"] = rows["bid"] + generator.choice([1, 1, 1, 2], size=count)
    gaps = generator.exponential(50e6, count).astype(np.int64) + 1_000
    rows["ts"] = START_NS + np.cumsum(gaps)
    rows["bsz"] = generator.integers(1, 50, count)
    rows["asz"] = generator.integers(1, 50, count)
    return rows


def _make_trades(generator: np.random.Generator, quotes: Rows, count: int) -> Rows:
    after = quotes[np.sort(generator.choice(len(quotes) - 1, count, replace=False))]
    sides = generator.choice([1, -1], count)
    through = generator.choice([0, 1, 2, 3], count, p=[0.9, 0.05, 0.03, 0.02])
    rows = np.zeros(count, TRADE_FIELDS)
    rows["ts"] = after["ts"] + 500
    rows["px"] = np.where(sides > 0, after["ask"], after["bid"]) + sides * through
    rows["sz"] = generator.integers(1, 10, count)
    rows["side"] = sides
    return rows


def prepare(
    cache: Path = DEFAULT_CACHE, seed: int = DEFAULT_SEED, sizes: Sizes | None = None
) -> Path:
    """Return the folder that holds the dataset, making what is missing.

    The folder is named after seed and sizes and holds `bars.npy`, `quotes.npy`, `trades.npy`
    and `deltas.npy`.
    """
    sizes = sizes or Sizes()
    counts = "-".join(map(str, asdict(sizes).values()))
    folder = cache / f"seed{seed}-{counts}"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "bars.npy").exists():
        _save(folder / "bars.npy", make_bars(sizes.bars, seed))
    if not (folder / "trades.npy").exists():
        quotes, trades = make_quotes_and_trades(sizes.quotes, sizes.trades, seed)
        _save(folder / "quotes.npy", quotes)
        _save(folder / "trades.npy", trades)
    if not (folder / "deltas.npy").exists():
        _save(folder / "deltas.npy", make_deltas(sizes.deltas, seed))
    return folder


def _save(path: Path, rows: Rows) -> None:
    # under its name only when complete: an interrupted run must not leave half a file
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.save(file, rows)
    partial.replace(path)


def load_bars(folder: Path, count: int | None = None) -> Rows:
    """Return the first `count` bars of a dataset, all of them by default."""
    return _first(folder / "bars.npy", count)


def load_quotes_and_trades(folder: Path, quotes: int | None = None) -> tuple[Rows, Rows]:
    """Return the first `quotes` quotes of a dataset and the trades up to the last of them."""
    market = _first(folder / "quotes.npy", quotes)
    trades = _first(folder / "trades.npy", None)
    return market, trades[trades["ts"] <= market["ts"][-1]]


def load_deltas(folder: Path, count: int | None = None) -> Rows:
    """Return the first `count` changes of the book, all of them by default."""
    return _first(folder / "deltas.npy", count)


def _first(path: Path, count: int | None) -> Rows:
    rows: Rows = np.load(path)
    if count is None:
        return rows
    if not 1 <= count <= len(rows):
        raise ValueError(
            f"{path.name}: asked for {count} rows of {len(rows)}; make a larger dataset"
        )
    return rows[:count]


def digest(folder: Path) -> str:
    """Return the SHA-256 of the files' bytes, in hexadecimal."""
    total = hashlib.sha256()
    for name in ("bars.npy", "quotes.npy", "trades.npy", "deltas.npy"):
        with (folder / name).open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def main() -> None:
    """Make a dataset and print one line `DATA {json}` with its folder, seed, sizes and digest."""
    parser = argparse.ArgumentParser(description="Make the market data of the benchmarks.")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    for kind, count in asdict(Sizes()).items():
        parser.add_argument(f"--{kind}", type=int, default=count)
    chosen = parser.parse_args()
    sizes = Sizes(chosen.bars, chosen.quotes, chosen.trades)
    folder = prepare(chosen.cache, chosen.seed, sizes)
    facts: dict[str, Any] = {"folder": str(folder.resolve()), "seed": chosen.seed}
    print("DATA " + json.dumps(facts | asdict(sizes) | {"sha256": digest(folder)}))


if __name__ == "__main__":
    main()
