"""What happens at a given time: a queue of timers, even intervals and cron expressions.

Reads no clock and calls nothing: whoever owns the time pops what is due.
"""

from bisect import bisect_left
from collections.abc import Callable
from datetime import date, timedelta
from enum import IntEnum
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

import msgspec

from engine.cron_fields import CronFields, parse_cron
from engine.errors import StrategyError, ValueRefused
from engine.model.zones import NEVER, instant, local_time, time_zone

Action = TypeVar("Action")

LARGEST_QUEUE = 1_000_000
"""How many timers may wait in one queue; one more is refused."""

_DEAD_WORTH_REMOVING = 64


class Phase(IntEnum):
    """Order what happens at equal time."""

    REPORT = 0
    MARKET = 1
    BAR = 2
    TIMER = 3
    OPERATOR = 4


def _nobody(_due: int) -> None:
    """Take no note of the next timer."""


class TimerQueue(Generic[Action]):
    """Keep timers in the order (time, phase, sequence of scheduling).

    `due` is the time of the earliest, NEVER when there is none: read it before calling `pop`.
    `sooner` is told whenever that becomes earlier, for those who would not read it every time.
    """

    __slots__ = ("_actions", "_heap", "_sequence", "due", "sooner")

    def __init__(self) -> None:
        self.due: int = NEVER
        self.sooner: Callable[[int], None] = _nobody
        self._heap: list[tuple[int, int, int]] = []
        self._actions: dict[int, Action] = {}
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._actions)

    def schedule(self, ts: int, phase: Phase, action: Action) -> int:
        """Add a timer and return its id; ids rise by one from 1 and are never used again.

        A time already past is due at once, with its own time. Raises ValueRefused for a time that
        is NEVER or later, StrategyError when LARGEST_QUEUE timers wait already.
        """
        if ts >= NEVER:
            msg = f"a timer at {ts} ns would never be due; give a time before the year 2262"
            raise ValueRefused(msg)
        if len(self._actions) >= LARGEST_QUEUE:
            msg = f"{LARGEST_QUEUE} timers are waiting already; cancel those no longer needed"
            raise StrategyError(msg)
        sequence = self._sequence = self._sequence + 1
        self._actions[sequence] = action
        heappush(self._heap, (ts, phase, sequence))
        if ts < self.due:
            self.due = ts
            self.sooner(ts)
        return sequence

    def cancel(self, timer: int) -> bool:
        """Take a timer out of the queue; return whether it was still waiting."""
        if timer not in self._actions:
            return False
        del self._actions[timer]
        if len(self._heap) > 2 * len(self._actions) + _DEAD_WORTH_REMOVING:
            self._heap = [entry for entry in self._heap if entry[2] in self._actions]
            heapify(self._heap)
        self._settle()
        return True

    def pop(self, until_ts: int, until_phase: Phase = Phase.OPERATOR) -> tuple[int, Action] | None:
        """Remove and return `(ts, action)` of the earliest timer, or None when none is due.

        A timer is due when its (time, phase) is at or before `(until_ts, until_phase)`.
        """
        if self.due > until_ts or not self._heap:
            return None
        ts, phase, sequence = self._heap[0]
        if ts == until_ts and phase > until_phase:
            return None
        heappop(self._heap)
        action = self._actions.pop(sequence)
        self._settle()
        return ts, action

    def _settle(self) -> None:
        heap = self._heap
        while heap and heap[0][2] not in self._actions:
            heappop(heap)
        self.due = heap[0][0] if heap else NEVER


class Interval(msgspec.Struct, frozen=True):
    """Repeat every `step_ns` from `start_ns` on, without drift: firing n is at start + n * step."""

    step_ns: int
    start_ns: int = 0

    def __post_init__(self) -> None:
        if self.step_ns < 1:
            msg = f"an interval of {self.step_ns} ns does not advance; give one nanosecond or more"
            raise ValueRefused(msg)

    def next_after(self, ts_ns: int) -> int:
        """Return the first firing later than `ts_ns`, and never one before `start_ns`."""
        if ts_ns < self.start_ns:
            return self.start_ns
        return ts_ns + self.step_ns - (ts_ns - self.start_ns) % self.step_ns


class Cron(msgspec.Struct, frozen=True):
    """Fire at the local times that a cron expression of five fields names; see `parse`.

    A local time that a change of clocks skips fires at the first instant after the gap, together
    with any other that falls there; a local time that occurs twice fires at its first occurrence.
    """

    fields: CronFields
    timezone: str = "UTC"

    @classmethod
    def parse(cls, text: str, timezone: str = "UTC") -> "Cron":
        """Read `minute hour day-of-month month day-of-week`, such as `30 9 * * mon-fri`.

        A field is `*` or a list of numbers, names (`jan`, `mon`) and ranges, with steps after `*`
        or a range (`*/5`, `9-17/2`); Sunday is 0 or 7. When neither day field begins with `*`, a
        day that either names will do; else it must satisfy both. Raises ValueRefused for anything
        else, and for a day that no month has.
        """
        time_zone(timezone)
        return cls(parse_cron(text), timezone)

    def next_after(self, ts_ns: int) -> int:
        """Return the first firing later than `ts_ns`."""
        zone = time_zone(self.timezone)
        wall = local_time(ts_ns, zone)
        day, minute = wall.date(), wall.hour * 60 + wall.minute
        while True:
            if self.fields.matches(day):
                minutes = self.fields.minutes_of_day
                for at in minutes[bisect_left(minutes, minute) :]:
                    if (ts := instant(day, at * 60, zone)) > ts_ns:
                        return ts
            day, minute = self._next_day(day), 0

    def _next_day(self, day: date) -> date:
        """Skip whole months that the expression does not name."""
        day += timedelta(days=1)
        while day.month not in self.fields.months:
            day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        return day
