"""Watch the journal's disk: without room, or after a failure, nothing may add risk.

Writes nothing itself; the journal does.
"""

import asyncio
from collections.abc import Callable

from engine.journal.writer import Journal
from engine.live.runner import Clock, Runner
from engine.model.risk import ENGINE, FIRM, Cause, LatchCleared, LatchSet, RiskState

CHECK_S = 5.0


class StorageWatch:
    """Look at the disk every CHECK_S seconds; reduce while it is full, for good once it failed.

    `tell` hears of each change in one line.
    """

    def __init__(
        self, journal: Journal, runner: Runner, clock: Clock, tell: Callable[[str], None]
    ) -> None:
        self._journal = journal
        self._runner = runner
        self._clock = clock
        self._tell = tell
        self._reason = ""
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look now, and from now on."""
        self.check()
        self._timer = asyncio.get_running_loop().call_later(CHECK_S, self.start)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def check(self) -> None:
        """Set or clear the latch, whichever the disk asks for."""
        reason = self._journal.failure
        if not reason and self._journal.is_full:
            reason = "the disk is nearly full"
        if reason == self._reason:
            return
        self._reason, now = reason, self._clock.now()
        if reason:
            self._tell(f"{reason}: nothing new is sent")
            latch = LatchSet(FIRM, Cause.STORAGE, RiskState.REDUCING, ENGINE, reason, now)
            self._runner.take(latch)
        else:
            self._tell("the disk has room again")
            cleared = LatchCleared(FIRM, Cause.STORAGE, ENGINE, "the disk has room again", now)
            self._runner.take(cleared)
