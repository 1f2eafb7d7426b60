"""Turn times of wall clocks into UTC, a column at a time.

Guesses nothing: a time that a zone's clocks skip or show twice is refused, unless told which.
"""

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import iso_time
from backtest.importers.options import Fold
from engine.errors import DataError
from engine.model.zones import time_zone

BUCKET_NS: Final = 900_000_000_000
"""A quarter of an hour: offsets change at whole quarters only."""

_FIXED = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d\d))?")
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock
_SECOND_NS = 1_000_000_000


class WallClock:
    """Convert local times of one zone; remembers how many rows fell into each quarter of an hour.

    `zone` is an IANA name, `UTC`, or an offset such as `UTC-5` or `+03:00`.
    """

    def __init__(self, zone: str, fold: Fold = "refuse", seen: Counter[int] | None = None) -> None:
        self.zone = zone
        self._fold = fold
        self._fixed = fixed_offset_ns(zone)
        self._named = None if self._fixed is not None else time_zone(zone)
        self._offsets: dict[int, int] = {}
        self._seen = Counter[int]() if seen is None else seen

    def to_utc(
        self, local: NDArray[np.int64], member: str, lines: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the instants of local times; DataError for one that is skipped or shown twice."""
        heads, starts, lengths = self._count(local)
        if self._fixed is not None:
            return local - self._fixed
        offsets = [
            self._offset(bucket, member, int(lines[start]))
            for bucket, start in zip(heads.tolist(), starts.tolist(), strict=True)
        ]
        return local - np.repeat(np.array(offsets, dtype=np.int64), lengths)

    def count(self, local: NDArray[np.int64]) -> None:
        """Remember times that need no conversion."""
        self._count(local)

    def _count(self, local: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
        """Return for each run of one quarter of an hour the quarter, its start and its length."""
        buckets = local // BUCKET_NS
        starts = np.flatnonzero(np.diff(buckets, prepend=buckets[:1] - 1))
        lengths = np.diff(starts, append=len(local))
        heads = buckets[starts]
        for bucket, count in zip(heads.tolist(), lengths.tolist(), strict=True):
            self._seen[bucket] += count
        return heads, starts, lengths

    def _offset(self, bucket: int, member: str, line: int) -> int:
        known = self._offsets.get(bucket)
        if known is None:
            known = self._offsets[bucket] = self._look_up(bucket, member, line)
        return known

    def _look_up(self, bucket: int, member: str, line: int) -> int:
        wall = (_NAIVE_EPOCH + timedelta(seconds=bucket * BUCKET_NS // _SECOND_NS)).replace(
            tzinfo=self._named
        )
        first, second = (_offset_ns(wall.replace(fold=fold)) for fold in (0, 1))
        if first == second:
            return first
        shown = iso_time(bucket * BUCKET_NS).removesuffix("Z")
        if first < second:
            msg = f"{member}:{line}: the clocks of {self.zone} skip {shown}; check --timezone"
            raise DataError(msg)
        if self._fold == "refuse":
            msg = (
                f"{member}:{line}: the clocks of {self.zone} show {shown} twice; check --timezone, "
                "or add --fold earlier or later"
            )
            raise DataError(msg)
        return first if self._fold == "earlier" else second


def midnight_ns(day: str, member: str) -> int:
    """Return when a day (`YYYY-MM-DD`) begins on a wall clock; DataError when there is no such."""
    try:
        return int(np.datetime64(day, "ns").astype(np.int64))
    except ValueError as error:
        msg = f"{member}: there is no day {day}; rename the file as its source named it"
        raise DataError(msg) from error


def fixed_offset_ns(zone: str) -> int | None:
    """Return the offset of `UTC`, `UTC-5` or `+03:00` in nanoseconds, None for a named zone."""
    if zone.upper() in ("UTC", "GMT", "Z"):
        return 0
    found = _FIXED.fullmatch(zone.upper())
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return (-1 if found[1] == "-" else 1) * minutes * 60 * _SECOND_NS


def _offset_ns(moment: datetime) -> int:
    offset = moment.utcoffset()
    return 0 if offset is None else (offset.days * 86_400 + offset.seconds) * _SECOND_NS
