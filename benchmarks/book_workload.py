"""Give the book of work 3 as a catalogue stores it.

It holds no strategy and measures nothing.
"""

from collections.abc import Iterator

import numpy as np

from backtest.catalogue.columns import Columns
from benchmarks.contract import WorkloadArguments
from benchmarks.data import load_deltas
from benchmarks.lockstep_run import INSTRUMENT
from engine.model.market import CLEARS_BOOK, LAST_IN_EVENT


def columns(chosen: WorkloadArguments) -> Iterator[Columns]:
    """Yield the changes; each is an event of its own, and the first begins the book."""
    deltas = load_deltas(chosen.data, chosen.rows)
    flags = np.full(len(deltas), LAST_IN_EVENT, dtype=np.int64)
    flags[0] |= CLEARS_BOOK
    facts = {"side": deltas["side"], "price": deltas["px"], "size": deltas["sz"].astype(np.int64)}
    times = {"ts_event": deltas["ts"], "ts_recv": deltas["ts"]}
    sequence = np.arange(1, len(deltas) + 1, dtype=np.int64)
    both = {"sequence": sequence, "flags": flags}
    yield Columns(INSTRUMENT, "book", None, times | both | facts)
