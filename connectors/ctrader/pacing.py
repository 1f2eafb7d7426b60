"""How fast a session sends what nobody approved: its logins and subscriptions.

Knows no limit of the venue beyond the share that the session may use of it.
"""

from collections import deque

REQUESTS = 10
"""Own requests in one window; the share that the gate leaves to them is as large."""

WINDOW_NS = 1_100_000_000
"""A second, and a margin for what is sent late."""

WAITING_MAX = 10_000
"""Requests that may wait; more than instruments and accounts can ask for is a fault of ours."""


class Pacer:
    """Let through at most REQUESTS in any WINDOW_NS."""

    __slots__ = ("_sent",)

    def __init__(self) -> None:
        self._sent: deque[int] = deque(maxlen=REQUESTS)

    def ready_at(self, now: int) -> int:
        """Return from when on one more may be sent."""
        if len(self._sent) < REQUESTS:
            return now
        return max(now, self._sent[0] + WINDOW_NS)

    def count(self, now: int) -> None:
        """Note that one is sent now."""
        self._sent.append(now)
