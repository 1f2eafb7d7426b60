"""Suspect a wrong time zone or a wrong bar label from when the rows fall.

Changes nothing and refuses nothing: a suspicion is a sentence in the report.
"""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.open_hours import OpenHours
from backtest.importers.batch import Notes
from backtest.importers.wall_clock import BUCKET_NS, WallClock
from engine.bars.spec import BarSpec
from engine.errors import DataError
from engine.model.calendar import Calendar

_ZONES = (
    "UTC",
    "America/New_York",
    "Europe/London",
    "UTC-5",
    "America/Chicago",
    "Europe/Athens",
    "Europe/Moscow",
    "Asia/Tokyo",
)
"""Zones that recordings are commonly in; Europe/Athens is what many brokers' servers show."""

_FEWEST_ROWS = 20
_FEWEST_SESSIONS = 10
_BETTER = 5
_HALF_HOUR_NS = 1_800_000_000_000


def suspect_zone(notes: Notes, calendar: Calendar) -> str | None:
    """Return a warning when far fewer rows lie outside the calendar under another zone.

    Counts quarters of an hour at their middle. Without a calendar nothing can be suspected.
    """
    if not calendar.sessions or not notes.clocks:
        return None
    counts = np.array(sorted(notes.clocks.items()), dtype=np.int64)
    local = counts[:, 0] * BUCKET_NS + BUCKET_NS // 2
    hours = OpenHours(
        calendar, int(local[0]) - _HALF_HOUR_NS * 48, int(local[-1]) + _HALF_HOUR_NS * 48
    )
    now = _rows_outside(counts, local, hours, notes.zone)
    if now is None or now < _FEWEST_ROWS:
        return None
    outside = {
        zone: count
        for zone in _ZONES
        if (count := _rows_outside(counts, local, hours, zone)) is not None
    }
    best = min(outside, key=lambda zone: outside[zone])
    if outside[best] * _BETTER > now:
        return None
    return (
        f"{now} rows lie outside the trading calendar when read as {notes.zone}, "
        f"{outside[best]} when read as {best}: check --timezone"
    )


def suspect_clock(behind_ns: int) -> str | None:
    """Return a warning when rows arrive before they happen, by up to `behind_ns`."""
    if behind_ns <= 0:
        return None
    return (
        f"the recorder's clock is at least {behind_ns / 1e9:.3f} s behind the venue's, so that "
        "rows "
        "arrive before they happen: add --correct-skew to move arrivals forward"
    )


def suspect_label(session_starts: list[int], spec: BarSpec, label: str) -> str | None:
    """Return a warning when sessions seem to start one bar off the half hour.

    `session_starts` are the opening times of bars that follow two hours without any. Tells nothing
    for bars that do not divide half an hour, or with fewer than ten sessions.
    """
    length = spec.step_ns
    if (
        length is None
        or not label
        or _HALF_HOUR_NS % length
        or len(session_starts) < _FEWEST_SESSIONS
    ):
        return None
    other, shift = ("end", -length) if label == "start" else ("start", length)
    opens = np.array(session_starts, dtype=np.int64)
    as_read, shifted = (
        float(np.mean(times % _HALF_HOUR_NS == 0)) for times in (opens, opens + shift)
    )
    if as_read > 0.2 or shifted < 0.8:
        return None
    return (
        f"{shifted:.0%} of {len(opens)} sessions begin on the half hour only if a bar's time is "
        "its "
        f"{other}, not its {label}: check --label"
    )


def _rows_outside(
    counts: NDArray[np.int64], local: NDArray[np.int64], hours: OpenHours, zone: str
) -> int | None:
    """Count rows outside the hours; None when the clocks of the zone never show one of them."""
    lines = np.zeros(len(local), dtype=np.int64)
    try:
        instants = WallClock(zone, "earlier", Counter()).to_utc(local, "", lines)
    except DataError:
        return None
    return int(counts[~hours.contains(instants), 1].sum())
