"""How fast a connection sends what must not come in bursts: its own requests, and historical ones.

Knows no limit of the venue, only the share of it that it is made with.
"""

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

from engine.errors import InvariantError
from engine.model.zones import NEVER

T = TypeVar("T")

OWN_REQUESTS = 10
"""Logins and subscriptions in one window; the share that the gate leaves to them is as large."""

HISTORICAL_REQUESTS = 4
"""Historical requests in one window; the venue takes 5 in a second."""

WINDOW_NS = 1_100_000_000
"""A second, and a margin for what is sent late."""

WAITING_MAX = 10_000
"""What may wait in a line; more than instruments and accounts can ask for is a fault of ours."""


class Line(Generic[T]):
    """Let things wait so that at most `limit` leave in any WINDOW_NS."""

    __slots__ = ("_sent", "_waiting")

    def __init__(self, limit: int) -> None:
        self._sent: deque[int] = deque(maxlen=limit)
        self._waiting: deque[T] = deque()

    def add(self, item: T) -> None:
        """Put something at the end."""
        if len(self._waiting) >= WAITING_MAX:
            raise InvariantError(f"more than {WAITING_MAX} requests of a session wait")
        self._waiting.append(item)

    def leaving(self, now: int) -> Iterator[T]:
        """Take what may leave now, and count it."""
        while self._waiting and self._ready_at(now) <= now:
            self._sent.append(now)
            yield self._waiting.popleft()

    def __len__(self) -> int:
        return len(self._waiting)

    def due(self, now: int) -> int:
        """Return when the first may leave; NEVER when nothing waits."""
        return self._ready_at(now) if self._waiting else NEVER

    def clear(self) -> None:
        """Forget what waits, not what left: the venue still counts it."""
        self._waiting.clear()

    def _ready_at(self, now: int) -> int:
        if len(self._sent) < (self._sent.maxlen or 0):
            return now
        return max(now, self._sent[0] + WINDOW_NS)
