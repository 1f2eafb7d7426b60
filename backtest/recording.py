"""Write down a backtest as it happens: decision log, digest, and the tables of the run.

Influences nothing: it listens, and samples on a timer of its own.
"""

from pathlib import Path

from backtest.decision_log import DecisionLog
from backtest.run_tables import RunTables
from engine.kernel import Kernel
from engine.timers import Phase

FLUSH_AT = 512
"""How many decisions wait in memory before they are encoded and hashed, and rows are made."""

_OPERATOR = Phase.OPERATOR


class Recorder:
    """Record a run into its folder.

    Equity is sampled every `interval_ns` of engine time and at the end. The digest is the SHA-256
    of `decisions.log`: one JSON object a line, in the order in which things were decided. Without a
    folder only the digest is made.
    """

    def __init__(self, kernel: Kernel, folder: Path | None, interval_ns: int) -> None:
        self._kernel = kernel
        self._interval = interval_ns
        self._log = DecisionLog(folder)
        self.tables = RunTables(kernel, folder)

    def start(self, ts: int) -> None:
        """Take the first sample and schedule the rest."""
        self.tables.sample(ts)
        self._schedule(ts)

    def flush(self) -> None:
        """Write what has happened since the last call once there is enough of it."""
        if len(self._kernel.decisions) + self.tables.waiting >= FLUSH_AT:
            self._write()

    def finish(self, ts: int) -> str:
        """Take the last sample, write what is open, close the files and return the digest."""
        self.tables.sample(ts)
        self._write()
        self.tables.close()
        return self._log.close()

    def _write(self) -> None:
        decisions = self._kernel.decisions
        self._log.write(decisions)
        decisions.clear()
        self.tables.write()

    def _schedule(self, ts: int) -> None:
        following = ts - ts % self._interval + self._interval
        self._kernel.timers.schedule(following, _OPERATOR, self._tick)

    def _tick(self, ts: int) -> None:
        self.tables.sample(ts)
        self._schedule(ts)
