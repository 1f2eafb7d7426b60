"""Answer when a market was open for whole columns of times.

Holds no rules of its own: the instrument's calendar decides.
"""

import numpy as np
from numpy.typing import NDArray

from engine.model.calendar import Calendar


class OpenHours:
    """Hold the open intervals of a calendar between two times, in nanoseconds UTC."""

    def __init__(self, calendar: Calendar, start_ns: int, end_ns: int) -> None:
        opens, closes = [], []
        at = start_ns
        while at < end_ns:
            is_open, _, change = calendar.interval(at)
            if is_open:
                opens.append(at)
                closes.append(min(change, end_ns))
            at = change
        self._opens = np.array(opens, dtype=np.int64)
        self._closes = np.array(closes, dtype=np.int64)
        self._before = np.concatenate([[0], np.cumsum(self._closes - self._opens)])

    def contains(self, times: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return where the market is open."""
        place = np.searchsorted(self._opens, times, side="right")
        inside: NDArray[np.bool_] = np.zeros(len(times), dtype=bool)
        some = place > 0
        inside[some] = times[some] < self._closes[place[some] - 1]
        return inside

    def elapsed(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how long the market was open from the start until each time."""
        place = np.searchsorted(self._opens, times, side="right")
        done = self._before[place]
        running = np.zeros(len(times), dtype=np.int64)
        some = place > 0
        over = self._closes[place[some] - 1] - np.minimum(
            times[some], self._closes[place[some] - 1]
        )
        running[some] = over
        found: NDArray[np.int64] = done - running
        return found
