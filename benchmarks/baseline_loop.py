"""Measure the replay floor: rows made into Structs, each handed to a callback that only counts.

It is what a Python strategy called on every row costs before any engine: no order, gate, ledger or
log. It imports nothing of Lockstep, so that it stays where it is when the engine moves.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import repeat

import msgspec
import numpy as np

from benchmarks.contract import Answer, report, workload_arguments
from benchmarks.data import (
    MINUTE_NS,
    TICKS_PER_UNIT,
    Rows,
    load_bars,
    load_deltas,
    load_quotes_and_trades,
)

INSTRUMENT = "BTCUSDT.SIM"
CHUNK_ROWS = 8_192  # small enough that a chunk's Python numbers stay in the processor's cache
REPLAYS = 3  # a replay is short: one alone would be a sample of the machine's mood


class FloorBar(msgspec.Struct, frozen=True, gc=False):
    """Carry what a bar event carries."""

    instrument: str
    spec: str
    ts_open: int
    ts_close: int
    ts_recv: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class FloorQuote(msgspec.Struct, frozen=True, gc=False):
    """Carry what a quote event carries."""

    instrument: str
    ts_event: int
    ts_recv: int
    bid: float
    ask: float
    bid_size: float
    ask_size: float


class FloorDelta(msgspec.Struct, frozen=True, gc=False):
    """Carry what a change of a book carries."""

    ts_event: int
    ts_recv: int
    side: int
    price: int
    size: int


class FloorTrade(msgspec.Struct, frozen=True, gc=False):
    """Carry what a trade event carries."""

    instrument: str
    ts_event: int
    ts_recv: int
    price: float
    size: float
    aggressor: int


class Listener:
    """Receive every row as a strategy would, and keep one number of it."""

    def __init__(self) -> None:
        self.seen = 0
        self.last = 0.0

    def on_bar(self, bar: FloorBar) -> None:
        """Count the bar and keep its close."""
        self.seen += 1
        self.last = bar.close

    def on_quote(self, quote: FloorQuote) -> None:
        """Count the quote and keep its bid."""
        self.seen += 1
        self.last = quote.bid

    def on_trade(self, trade: FloorTrade) -> None:
        """Count the trade and keep its price."""
        self.seen += 1
        self.last = trade.price

    def on_delta(self, delta: FloorDelta) -> None:
        """Count the change and keep its price."""
        self.seen += 1
        self.last = delta.price


def replay_bars(rows: Rows, on_bar: Callable[[FloorBar], None]) -> None:
    """Call `on_bar` with each row of the bars' table, in order."""
    for start in range(0, len(rows), CHUNK_ROWS):
        chunk = rows[start : start + CHUNK_ROWS]
        closes = chunk["ts"].tolist()
        prices = (chunk[name].tolist() for name in ("o", "h", "l", "c", "v"))
        columns = ((chunk["ts"] - MINUTE_NS).tolist(), closes, closes, *prices)
        for bar in map(FloorBar, repeat(INSTRUMENT), repeat("1m"), *columns):
            on_bar(bar)


def replay_quotes_and_trades(
    quotes: Rows,
    trades: Rows,
    on_quote: Callable[[FloorQuote], None],
    on_trade: Callable[[FloorTrade], None],
) -> None:
    """Call `on_quote` and `on_trade` with the rows of both tables merged by time, quotes first."""
    order = np.argsort(np.concatenate((quotes["ts"], trades["ts"])), kind="stable")
    is_trade = order >= len(quotes)
    quote_rows, trade_rows = _quotes(quotes), _trades(trades)
    for start in range(0, len(order), CHUNK_ROWS):
        for trade_next in is_trade[start : start + CHUNK_ROWS].tolist():
            if trade_next:
                on_trade(next(trade_rows))
            else:
                on_quote(next(quote_rows))


def _quotes(rows: Rows) -> Iterator[FloorQuote]:
    for start in range(0, len(rows), CHUNK_ROWS):
        chunk = rows[start : start + CHUNK_ROWS]
        times = chunk["ts"].tolist()
        prices = ((chunk[name] / TICKS_PER_UNIT).tolist() for name in ("bid", "ask"))
        sizes = (chunk[name].tolist() for name in ("bsz", "asz"))
        yield from map(FloorQuote, repeat(INSTRUMENT), times, times, *prices, *sizes)


def _trades(rows: Rows) -> Iterator[FloorTrade]:
    for start in range(0, len(rows), CHUNK_ROWS):
        chunk = rows[start : start + CHUNK_ROWS]
        times, prices = chunk["ts"].tolist(), (chunk["px"] / TICKS_PER_UNIT).tolist()
        sizes, sides = chunk["sz"].tolist(), chunk["side"].tolist()
        yield from map(FloorTrade, repeat(INSTRUMENT), times, times, prices, sizes, sides)


def replay_deltas(rows: Rows, on_delta: Callable[[FloorDelta], None]) -> None:
    """Hand each change of a book to a callback."""
    for start in range(0, len(rows), CHUNK_ROWS):
        chunk = rows[start : start + CHUNK_ROWS]
        times, sides = chunk["ts"].tolist(), chunk["side"].tolist()
        prices, sizes = chunk["px"].tolist(), chunk["sz"].astype(np.int64).tolist()
        for delta in map(FloorDelta, times, times, sides, prices, sizes):
            on_delta(delta)


def deltas_floor_s(rows: Rows) -> float:
    """Return the median seconds of a bare replay of a book's changes."""
    listener = Listener()
    return _seconds(lambda: replay_deltas(rows, listener.on_delta), listener, len(rows))


def bars_floor_s(rows: Rows) -> float:
    """Return the median seconds of a bare replay of bars, for a ratio in the caller's process."""
    listener = Listener()
    return _seconds(lambda: replay_bars(rows, listener.on_bar), listener, len(rows))


def quotes_and_trades_floor_s(quotes: Rows, trades: Rows) -> float:
    """Return the median seconds of a bare replay of quotes and trades, the merge included."""
    listener = Listener()

    def replay() -> None:
        replay_quotes_and_trades(quotes, trades, listener.on_quote, listener.on_trade)

    return _seconds(replay, listener, len(quotes) + len(trades))


def _seconds(replay: Callable[[], None], listener: Listener, expected: int) -> float:
    elapsed: list[float] = []
    for _ in range(REPLAYS):
        gc.collect()
        listener.seen = 0
        started = time.perf_counter()
        replay()
        elapsed.append(time.perf_counter() - started)
        if listener.seen != expected:
            raise RuntimeError(f"floor: the callback saw {listener.seen} rows of {expected}")
    return statistics.median(elapsed)


def main(work: int) -> None:
    """Run the floor of one work as a workload script and print its result."""
    chosen = workload_arguments(__doc__)
    if chosen.prepare:
        return
    started = time.perf_counter()
    if work == 1:
        bars = load_bars(chosen.data, chosen.rows)
        loaded_s, events = time.perf_counter() - started, len(bars)
        run_s = bars_floor_s(bars)
    elif work == 3:
        deltas = load_deltas(chosen.data, chosen.rows)
        loaded_s, events = time.perf_counter() - started, len(deltas)
        run_s = deltas_floor_s(deltas)
    else:
        quotes, trades = load_quotes_and_trades(chosen.data, chosen.rows)
        loaded_s, events = time.perf_counter() - started, len(quotes) + len(trades)
        run_s = quotes_and_trades_floor_s(quotes, trades)
    report("floor", work, events, loaded_s, run_s, Answer())
