"""Remember whether an instrument's calendar is open, until it changes.

Reads no clock: every question brings its time.
"""

from engine.model.calendar import Calendar


class Hours:
    """Answer for one calendar; asking again within one session costs a comparison."""

    __slots__ = ("_calendar", "_end", "_open", "since")

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._open = False
        self.since = self._end = 0

    def is_open(self, ts: int) -> bool:
        """Return whether a session covers `ts`; `since` then says when that began."""
        if not self.since <= ts < self._end:
            self._open, self.since, self._end = self._calendar.interval(ts)
        return self._open
