"""Check a journal whole, and cut one that is damaged where a person has decided so.

Repairs nothing: what is cut is gone, and the venue has to tell it.
"""

from pathlib import Path

import msgspec

from engine.errors import DataError
from engine.journal.disk import Disk
from engine.journal.frames import frames
from engine.journal.reader import located, segments
from engine.journal.segments import segment_paths
from engine.journal.writer import JOURNAL, MARKET_DATA


class CheckReport(msgspec.Struct, frozen=True):
    """Hold what was found: whole entries, bytes of a torn end, and the first damage in words."""

    entries: int
    torn: int
    damage: str


def check(disk: Disk, run: Path) -> CheckReport:
    """Read both streams of a run. Raises DataError where there is no journal."""
    if not segment_paths(disk, run / JOURNAL):
        raise DataError(f"{run} holds no journal; name the folder of a live or paper run")
    entries = torn = 0
    for folder in (run / JOURNAL, run / MARKET_DATA):
        try:
            for segment in segments(disk, folder):
                torn += segment.torn
            for _ in located(disk, folder):
                entries += 1
        except DataError as error:
            return CheckReport(entries, torn, str(error))
    return CheckReport(entries, torn, "")


def cut_at_damage(disk: Disk, run: Path) -> int:
    """Cut both streams where they are torn or damaged; return how many bytes went."""
    return sum(_cut(disk, folder) for folder in (run / JOURNAL, run / MARKET_DATA))


def _cut(disk: Disk, folder: Path) -> int:
    gone, damaged = 0, False
    for path in segment_paths(disk, folder):
        data = disk.read(path)
        end = 0 if damaged else max((frame.end for frame in frames(data, 0, None)), default=0)
        damaged = damaged or end < len(data)
        if end == 0:
            disk.remove(path)
        elif end < len(data):
            disk.cut(path, end)
        gone += len(data) - end
    return gone
