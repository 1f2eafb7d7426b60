"""Scheduled cash of positions: funding, swaps and clearings, when they fall due and what they move.

Books nothing.
"""

from datetime import timedelta

import msgspec

from engine.errors import ValueRefused
from engine.model.zones import NEVER, SECOND_NS, instant, local_time, time_zone

_SEARCH_DAYS = 8
_EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
_WEEKDAYS = (0, 1, 2, 3, 4)


class Funding(msgspec.Struct, frozen=True, kw_only=True, tag="funding", tag_field="model"):
    """Let longs pay shorts `rate` times the value of the position, at each multiple of `every_s`.

    Multiples count from midnight UTC of 1 January 1970. A negative rate makes shorts pay.
    """

    rate: float
    every_s: int = 28_800

    def __post_init__(self) -> None:
        if self.every_s <= 0:
            raise ValueRefused(
                f"funding every {self.every_s} s never falls due; give 28800 for 8 h"
            )

    def due_after(self, ts: int) -> int:
        """Return the first time after `ts` (nanoseconds UTC) at which this is paid."""
        every = self.every_s * SECOND_NS
        return (ts // every + 1) * every

    def amount(self, size: float, price: float, point_value: float, due: int) -> float:
        """Return what a position of signed `size` receives, in the instrument's currency."""
        return -size * price * point_value * self.rate


class Swap(msgspec.Struct, frozen=True, kw_only=True, tag="swap", tag_field="model"):
    """Pay a position for being held over a night: money for 1.0 of quantity, negative is a cost.

    A night counts at local `time` on `days` (0 = Monday), the one on `triple` three times.
    """

    long: float
    short: float
    time: str = "17:00"
    timezone: str = "America/New_York"
    days: tuple[int, ...] = _WEEKDAYS
    triple: int | None = 2

    def __post_init__(self) -> None:
        _check_times((self.time,), self.timezone, self.days)

    def due_after(self, ts: int) -> int:
        """Return the first time after `ts` (nanoseconds UTC) at which a night is counted."""
        return _next_time(ts, (self.time,), self.timezone, self.days)

    def amount(self, size: float, price: float, point_value: float, due: int) -> float:
        """Return what a position of signed `size` receives, in the instrument's currency."""
        nights = 3 if local_time(due, time_zone(self.timezone)).weekday() == self.triple else 1
        return abs(size) * (self.long if size > 0 else self.short) * nights


class Clearing(msgspec.Struct, frozen=True, kw_only=True, tag="clearing", tag_field="model"):
    """Settle the unrealised profit of a position in cash at local `times` on `days`.

    The position is carried at the settlement price from then on.
    """

    times: tuple[str, ...]
    timezone: str = "UTC"
    days: tuple[int, ...] = _EVERY_DAY

    def __post_init__(self) -> None:
        _check_times(self.times, self.timezone, self.days)

    def due_after(self, ts: int) -> int:
        """Return the first time after `ts` (nanoseconds UTC) at which positions are cleared."""
        return _next_time(ts, self.times, self.timezone, self.days)


CashModel = Funding | Swap | Clearing
"""The models that a configuration may name, by their field `model`."""


def _next_time(ts: int, times: tuple[str, ...], timezone: str, days: tuple[int, ...]) -> int:
    zone = time_zone(timezone)
    today = local_time(ts, zone).date()
    for ahead in range(-1, _SEARCH_DAYS):
        day = today + timedelta(days=ahead)
        if day.weekday() not in days:
            continue
        due = [instant(day, _second(time), zone) for time in times]
        later = [at for at in due if at > ts]
        if later:
            return min(later)
    return NEVER


def _second(time: str) -> int:
    hour, _, minute = time.partition(":")
    return int(hour) * 3_600 + int(minute) * 60


def _check_times(times: tuple[str, ...], timezone: str, days: tuple[int, ...]) -> None:
    time_zone(timezone)
    for time in times:
        hour, _, minute = time.partition(":")
        if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
            raise ValueRefused(f"{time!r} is no time of day for scheduled cash; give HH:MM")
    if not times or not days or any(day not in _EVERY_DAY for day in days):
        raise ValueRefused("scheduled cash needs a time and days from 0 (Monday) to 6 (Sunday)")
