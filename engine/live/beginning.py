"""Begin a run on disk: recover the books of the one before, and open a journal that has them.

Asks no venue and starts no strategy; after a crash at any step the next start does it again.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from engine.errors import DataError, UsageError
from engine.journal.disk import Disk
from engine.journal.entries import Kind
from engine.journal.reader import cut_torn, read_run
from engine.journal.segments import segment_paths
from engine.journal.writer import JOURNAL, Journal
from engine.kernel import Kernel
from engine.live.automaton import Automaton
from engine.live.recorder import Recorder
from engine.model.reports import OrderFilled
from engine.recovery.books import Books
from engine.recovery.restore import take_snapshot
from engine.recovery.run_started import RunStarted
from engine.recovery.snapshot import Snapshot
from engine.recovery.state_folder import Identity, StateFolder
from engine.recovery.trades import SeenTrades


def recover(
    disk: Disk, state: StateFolder, make_kernel: Callable[[], Kernel]
) -> tuple[Snapshot, SeenTrades]:
    """Return the books of the last run and every trade ever booked; the beginning without one.

    A torn tail of the last run's journal is cut. Raises DataError where it is damaged.
    """
    trades = state.trades()
    last = state.identity.run
    if not last:
        return take_snapshot(make_kernel(), {}), trades
    cut_torn(disk, Path(last))
    entries = list(read_run(disk, Path(last), market=False))
    for entry in entries:
        if entry.kind is Kind.INPUT and isinstance(entry.body, OrderFilled):
            trades.add(entry.body)
    books = Books(make_kernel()).bring_up(entries)
    state.keep_trades(trades)
    return books, trades


def last_run(disk: Disk, identity: Identity) -> RunStarted | None:
    """Return what the last run was made of; None where there was none.

    Raises DataError when its journal is gone.
    """
    if not identity.run:
        return None
    run = Path(identity.run)
    if not segment_paths(disk, run / JOURNAL):
        raise DataError(
            f"the journal of the last run, {run}, is gone, and the bot's books with it; put it "
            "back, or remove the bot's state folder to begin with what the venue has"
        )
    first = next(iter(read_run(disk, run, market=False)), None)
    return first.body if first is not None and isinstance(first.body, RunStarted) else None


def begin(
    journal: Journal, started: RunStarted, automaton: Automaton, books: Snapshot, trades: SeenTrades
) -> Recorder:
    """Open a run's journal with what the run is made of and the books it begins with.

    Point the state folder to the run afterwards. Raises UsageError when the journal cannot be
    written.
    """
    journal.append(Kind.NOTE, started)
    recorder = Recorder(journal, automaton, trades)
    recorder.take(msgspec.structs.replace(books, ts_recv=started.ts_recv, counter=0))
    if not journal.flush(sync=True):
        raise UsageError(f"{journal.failure}; make room, or choose another run.out")
    return recorder
