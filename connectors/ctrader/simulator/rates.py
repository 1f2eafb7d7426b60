"""The venue's limits on requests of one connection: 50 ordinary and 5 historical in a second.

Heartbeats do not count.
"""

from collections import deque

from connectors.ctrader.requests import HISTORICAL, ORDINARY

LIMITS = {ORDINARY: 50, HISTORICAL: 5}
_SECOND_NS = 1_000_000_000


class Buckets:
    """Count requests by group."""

    def __init__(self) -> None:
        self._times: dict[str, deque[int]] = {name: deque(maxlen=n) for name, n in LIMITS.items()}

    def admit(self, endpoint: str, now: int) -> bool:
        """Count a request and return whether it is within the limit; one above is not counted."""
        times = self._times[endpoint]
        if len(times) == LIMITS[endpoint] and now - times[0] < _SECOND_NS:
            return False
        times.append(now)
        return True
