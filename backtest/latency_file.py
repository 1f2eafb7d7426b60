"""Read the latencies of real orders from a file, to be interpolated in a backtest.

Measures nothing and judges nothing but whether the file can be used.
"""

import csv
from itertools import pairwise
from pathlib import Path

from backtest.latency import RecordedDelay
from engine.errors import DataError

_COLUMNS = ("ts_sent", "ts_exchange", "ts_received")


def recorded_delays(path: Path) -> tuple[RecordedDelay, RecordedDelay]:
    """Return the delays to the exchange, by time of sending, and back, by time at the exchange.

    The file is a CSV with the columns `ts_sent`, `ts_exchange` and `ts_received` in nanoseconds
    UTC, both clocks brought together. Raises DataError for a file that is none, and for rows that
    are not in order or take less than no time.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [tuple(int(row[name]) for name in _COLUMNS) for row in csv.DictReader(file)]
    except (OSError, KeyError, TypeError, ValueError) as error:
        msg = f"{path} holds no latencies ({error}); give a CSV with {', '.join(_COLUMNS)} in ns"
        raise DataError(msg) from error
    if not rows:
        raise DataError(f"{path} holds no row; record some orders, or choose another model")
    for line, (sent, reached, received) in enumerate(rows, start=2):
        if not sent <= reached <= received:
            msg = f"{path}:{line}: sent {sent}, at the exchange {reached}, received {received}"
            raise DataError(f"{msg} go back in time; bring the two clocks together")
    for line, (one, other) in enumerate(pairwise(rows), start=3):
        if other[0] <= one[0] or other[1] <= one[1]:
            raise DataError(f"{path}:{line} is not later than the line before; sort the rows")
    sent_at, reached_at, received_at = zip(*rows, strict=True)
    there = [reached - sent for sent, reached in zip(sent_at, reached_at, strict=True)]
    back = [received - reached for reached, received in zip(reached_at, received_at, strict=True)]
    return RecordedDelay(sent_at, there), RecordedDelay(reached_at, back)
