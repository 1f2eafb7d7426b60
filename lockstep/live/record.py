"""Keep the decision log and the tables of a live run while it goes on.

Influences nothing: it hears what was decided and samples on a timer of its own. A disk that refuses
ends the record, never the run; the journal has all of it.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from backtest.decision_log import DecisionLog
from backtest.run_tables import RunTables
from engine.errors import LockstepError
from engine.journal.entries import MARKET
from engine.kernel import Decision, Kernel, TimersDue
from engine.live.runner import Clock

FLUSH_AT = 512
"""How many decisions or rows wait in memory before they are written."""
INTERVAL_NS = 60_000_000_000
"""The time between two samples of equity unless `run.equity_interval` says otherwise."""

DECIDED: tuple[type, ...] = get_args(Decision)
"""What belongs into a decision log; what is kept for the next start does not."""
_NEVER_DECIDED = frozenset((*MARKET, TimersDue))
"""Events that come in great numbers, to be told at once."""


class LiveRecord:
    """Record a run into its folder; `tell` hears, once, why that has ended too early."""

    def __init__(
        self,
        kernel: Kernel,
        folder: Path,
        interval_ns: int | None,
        clock: Clock,
        tell: Callable[[str], None],
    ) -> None:
        self._log = DecisionLog(folder)
        self._tables = RunTables(kernel, folder)
        self._interval = interval_ns or INTERVAL_NS
        self._clock = clock
        self._tell = tell
        self._waiting: list[object] = []
        self._is_over = False
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Take a sample now, and from now on."""
        self._guarded(lambda: self._tables.sample(self._clock.now()))
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._interval / 1e9, self.start)

    def hear(self, event: object, decided: list[object]) -> None:
        """Take note of an event and of what was decided on it."""
        if type(event) in _NEVER_DECIDED:
            if not decided:
                return
        elif isinstance(event, DECIDED):
            self._waiting.append(event)
        self._waiting += [each for each in decided if isinstance(each, DECIDED)]
        if len(self._waiting) + self._tables.waiting >= FLUSH_AT:
            self._guarded(self._write)

    def finish(self) -> str:
        """Take the last sample and close the files; return the digest, empty where it is not whole.

        Call it at the end of the run, once nothing is processed any more.
        """
        if self._timer is not None:
            self._timer.cancel()
        self._guarded(lambda: self._tables.sample(self._clock.now()))
        self._guarded(self._write)
        self._guarded(self._tables.close)
        digest = self._log.close()
        return "" if self._is_over else digest

    def _write(self) -> None:
        self._log.write(self._waiting)
        self._waiting.clear()
        self._tables.write()

    def _guarded(self, work: Callable[[], object]) -> None:
        """Do one piece of work, unless one before it has failed."""
        if self._is_over:
            self._waiting.clear()
            return
        try:
            work()
        except (OSError, LockstepError) as error:
            self._is_over = True
            self._tell(f"the run's tables end here: {error}; lockstep report makes them again")
