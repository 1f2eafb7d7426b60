"""The one seam of time: what a connector calls now, and how its tasks wait.

Reads no clock of the machine: the clock is handed in, waiting is the event loop's.
"""

import asyncio
from typing import Protocol

_SECOND_NS = 1_000_000_000


class Clock(Protocol):
    """Tell the time of the engine; under a seeded loop it is the loop's own."""

    def now(self) -> int:
        """Return nanoseconds UTC; never goes back."""


class Alarm:
    """Let one task wait for a moment or for being rung, whichever is first.

    A ring while nobody waits is kept, so that none is missed.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: asyncio.Future[None] | None = None
        self._rung = False

    def ring(self) -> None:
        """Wake the task that waits, or the next one to wait."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
        else:
            self._rung = True

    async def wait(self, until: int | None = None) -> None:
        """Return when rung, or at `until` (ns) if that is given."""
        if self._rung:
            self._rung = False
            return
        loop = asyncio.get_running_loop()
        waiting = self._waiting = loop.create_future()
        timer = None
        if until is not None:
            delay = max(0, until - self._clock.now()) / _SECOND_NS
            timer = loop.call_later(delay, _wake, waiting)
        try:
            await waiting
        finally:
            self._waiting = None
            if timer is not None:
                timer.cancel()


async def pause(clock: Clock, until: int) -> None:
    """Wait until a moment (ns)."""
    while clock.now() < until:
        await Alarm(clock).wait(until)


def _wake(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)
