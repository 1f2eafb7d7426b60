"""Keep the loop from sleeping for a while after each event, for those who want microseconds.

Processes nothing: it only lets the loop look at its sockets again and again. It takes a processor
for itself, and is not for a loop of virtual time, which would wait for ever.
"""

import asyncio

from engine.live.runner import Clock


class Spinner:
    """Spin the running loop until `span_ns` have passed since the last `kick`."""

    def __init__(self, span_ns: int, clock: Clock) -> None:
        self._span_ns = span_ns
        self._now = clock.now
        self._until = 0
        self._is_spinning = False
        self._call_soon = asyncio.get_running_loop().call_soon

    def hear(self, _event: object, _decided: list[object]) -> None:
        """Spin on: something has happened."""
        self.kick()

    def kick(self) -> None:
        """Spin from now on for a whole span."""
        self._until = self._now() + self._span_ns
        if not self._is_spinning:
            self._is_spinning = True
            self._call_soon(self._spin)

    def stop(self) -> None:
        """Spin no more."""
        self._until = 0

    def _spin(self) -> None:
        if self._now() < self._until:
            self._call_soon(self._spin)
        else:
            self._is_spinning = False
