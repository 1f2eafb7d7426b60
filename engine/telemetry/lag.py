"""Measure how late the running loop is.

Says nothing about who made it late.
"""

import asyncio
from collections.abc import Callable


class LoopLag:
    """Observe the delay of a timer that fires every `interval_s` seconds, until stopped."""

    def __init__(self, observe: Callable[[int], None], interval_s: float = 0.25) -> None:
        self._observe = observe
        self._interval = interval_s
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time() + interval_s
        self._handle = self._loop.call_at(self._due, self._tick)

    def stop(self) -> None:
        """End the measurement."""
        self._handle.cancel()

    def _tick(self) -> None:
        now = self._loop.time()
        self._observe(max(0, round((now - self._due) * 1_000_000_000)))
        self._due = now + self._interval
        self._handle = self._loop.call_at(self._due, self._tick)
