"""Work out the right answers of the works in numpy, or plain loops, without an engine.

It is not fast for the sake of speed, and shares no code with the engine that it checks.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.contract import Answer, report
from benchmarks.data import (
    TICKS_PER_UNIT,
    Rows,
    load_bars,
    load_deltas,
    load_quotes_and_trades,
)

Integers = npt.NDArray[np.int64]

FAST, SLOW = 20, 50
FEE_PER_MILLION = 100  # 1 bp of the value of each fill
DISTANCE_TICKS = 2  # of each quote from the mid, and the move of the mid that moves it


def moving_average_cross(bars: Rows) -> Answer:
    """Trade work 1: long one unit after the fast average crossed above the slow one, else flat.

    A cross is a difference that becomes positive (negative) after it was not. Orders are market
    orders, filled at the next bar's open; an order of the last bar is never filled. Money is summed
    in integers; PnL values what is left at the last close and is rounded to cents.
    """
    opens = np.rint(bars["o"] * TICKS_PER_UNIT).astype(np.int64)
    closes = np.rint(bars["c"] * TICKS_PER_UNIT).astype(np.int64)
    changes = np.diff(_long_or_flat(_averages_apart(closes)), prepend=0)
    orders = np.flatnonzero(changes)
    filled = orders[orders < len(bars) - 1]
    sizes, prices = changes[filled], opens[filled + 1]
    position = int(sizes.sum())
    gross = position * int(closes[-1]) - int((sizes * prices).sum())
    millionths = gross * 1_000_000 - int(prices.sum()) * FEE_PER_MILLION
    pnl = round(millionths / (1_000_000 * TICKS_PER_UNIT), 2)
    return Answer(fills=len(filled), orders=len(orders), pnl=pnl, position=position)


def _averages_apart(closes: Integers) -> Integers:
    # fast minus slow for each bar, times FAST * SLOW to stay in integers; zero before both exist
    sums = np.concatenate(([0], np.cumsum(closes)))
    ends = np.arange(SLOW, len(sums))
    fast, slow = sums[ends] - sums[ends - FAST], sums[ends] - sums[ends - SLOW]
    apart = np.zeros(len(closes), np.int64)
    apart[SLOW - 1 :] = fast * SLOW - slow * FAST
    return apart


def _long_or_flat(apart: Integers) -> Integers:
    # the position wanted after each bar: the last sign that was not zero; a difference that is
    # positive from the first comparable bar on is no cross, and counts as flat until it ends
    signs = np.sign(apart)
    first_end = np.flatnonzero(signs[SLOW - 1 :] <= 0)
    signs[: SLOW - 1 + (first_end[0] if len(first_end) else len(signs))] = -1
    last_nonzero = np.maximum.accumulate(np.where(signs != 0, np.arange(len(signs)), 0))
    return (signs[last_nonzero] > 0).astype(np.int64)


def quote_around_mid(quotes: Rows, trades: Rows) -> Answer:
    """Trade work 2: keep a bid and an ask of one unit two ticks from the mid.

    Both are replaced when the mid is two ticks or more from where it was when they were placed. A
    resting bid is filled whole by the first trade or the first quoted ask at or below it, a resting
    ask by the first trade or quoted bid at or above it, the quote that moves them included; what
    was filled is placed again at the next replacement only. PnL values the position at the last
    mid; there are no fees.
    """
    doubled_mid = quotes["bid"] + quotes["ask"]
    placed = np.array(_replacements(doubled_mid.tolist()), np.int64)
    at = doubled_mid[placed]
    bids, asks = at // 2 - DISTANCE_TICKS, -(-at // 2) + DISTANCE_TICKS
    # which pair rests when a row comes: a quote meets the pair placed before it, not its own
    by_quote = np.searchsorted(placed, np.arange(len(quotes)), side="left") - 1
    by_trade = np.searchsorted(quotes["ts"][placed], trades["ts"], side="left") - 1
    pair = np.concatenate((by_quote, by_trade))
    low = np.concatenate((quotes["ask"], trades["px"]))
    high = np.concatenate((quotes["bid"], trades["px"]))
    bought = np.unique(pair[(pair >= 0) & (low <= bids[pair])])
    sold = np.unique(pair[(pair >= 0) & (high >= asks[pair])])
    position = len(bought) - len(sold)
    cash = int(asks[sold].sum()) - int(bids[bought].sum())
    pnl = (cash + position * int(doubled_mid[-1]) / 2) / TICKS_PER_UNIT
    return Answer(len(bought) + len(sold), 2 * len(placed), round(pnl, 3), position)


def _replacements(doubled_mid: list[int]) -> list[int]:
    # each decision hangs on the one before, so this stays a loop; all of it is in half ticks
    bound = 2 * DISTANCE_TICKS
    reference = doubled_mid[0] - bound
    placed: list[int] = []
    for row, mid in enumerate(doubled_mid):
        if not -bound < mid - reference < bound:
            reference = mid
            placed.append(row)
    return placed


def touch_changes(deltas: Rows) -> Answer:
    """Follow work 3: count how often the best bid or the best ask became another one.

    The first row that sets either counts; nothing is traded.
    """
    sizes: dict[int, dict[int, float]] = {1: {}, -1: {}}
    best: dict[int, int | None] = {1: None, -1: None}
    changes = 0
    for side, price, size in deltas[["side", "px", "sz"]].tolist():
        levels, before = sizes[side], best[side]
        if size:
            levels[price] = size
            if before is None or (price - before) * side > 0:
                best[side] = price
        else:
            levels.pop(price, None)
            if price == before:
                best[side] = max(levels, key=side.__mul__, default=None)
        changes += best[side] != before
    return Answer(fills=0, orders=0, pnl=0.0, position=0, changes=changes)


def main() -> None:
    """Answer one workload: `WORK ROWS --data FOLDER`, printed as a result."""
    parser = argparse.ArgumentParser(description="Work out a workload's right answer.")
    parser.add_argument("work", type=int, choices=(1, 2, 3))
    parser.add_argument("rows", type=int)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    chosen = parser.parse_args()
    started = time.perf_counter()
    tables: tuple[Rows, ...]
    if chosen.work == 1:
        tables = (load_bars(chosen.data, chosen.rows),)
    elif chosen.work == 2:
        tables = load_quotes_and_trades(chosen.data, chosen.rows)
    else:
        tables = (load_deltas(chosen.data, chosen.rows),)
    loaded = time.perf_counter()
    answer = _ANSWERS[chosen.work](*tables)
    events = sum(map(len, tables))
    now = time.perf_counter()
    report("reference", chosen.work, events, loaded - started, now - loaded, answer)


_ANSWERS: dict[int, Callable[..., Answer]] = {
    1: moving_average_cross,
    2: quote_around_mid,
    3: touch_changes,
}


if __name__ == "__main__":
    main()
