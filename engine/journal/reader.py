"""Read journals back: whole entries in order, torn tails told apart from damage.

Changes nothing on the disk but what `cut_torn` is asked to.
"""

from collections import deque
from collections.abc import Iterator
from heapq import merge
from operator import attrgetter
from pathlib import Path

import msgspec

from engine.errors import DataError
from engine.journal.disk import Disk
from engine.journal.entries import VERSION, Entry, decode
from engine.journal.segments import Segment, read_segment, segment_paths
from engine.journal.writer import JOURNAL, MARKET_DATA

VERSIONS = range(1, VERSION + 1)
"""The versions of the format that are read."""


class Located(msgspec.Struct, frozen=True):
    """Hold an entry and where it stands: the segment's name and the byte its frame starts at."""

    entry: Entry
    segment: str
    start: int


def segments(disk: Disk, folder: Path) -> Iterator[Segment]:
    """Yield the segments of one stream, each checked against the one before it.

    Raises DataError at the first that is damaged.
    """
    paths = segment_paths(disk, folder)
    before = None
    for path in paths:
        found = read_segment(disk, path, VERSIONS, before, last=path == paths[-1])
        if found is not None:
            yield found
            before = found


def located(disk: Disk, folder: Path) -> Iterator[Located]:
    """Yield the entries of one stream with their places. Raises DataError for damage."""
    for segment in segments(disk, folder):
        for frame in segment.frames:
            try:
                entry = decode(frame.payload)
            except msgspec.MsgspecError as error:
                raise DataError(
                    f"{segment.path} holds something unknown at byte {frame.start} ({error}); read "
                    "it with the version of Lockstep that wrote it"
                ) from None
            yield Located(entry, segment.path.name, frame.start)


def read_run(disk: Disk, run: Path, *, market: bool = True) -> Iterator[Entry]:
    """Yield all entries of a run in the order of their sequence, with market data or without.

    A torn entry at the end is left out. Raises DataError for damage, and where there is no journal.
    """
    if not segment_paths(disk, run / JOURNAL):
        raise DataError(f"{run} holds no journal; name the folder of a live or paper run")
    entries = (each.entry for each in located(disk, run / JOURNAL))
    if not market:
        return entries
    quotes = (each.entry for each in located(disk, run / MARKET_DATA))
    return merge(entries, quotes, key=attrgetter("sequence"))


def require_whole(disk: Disk, run: Path) -> None:
    """Raise DataError where a run's market data does not reach back to its beginning."""
    first = next(iter(segment_paths(disk, run / MARKET_DATA)), None)
    if first is not None and first.stem.lstrip("0") != "1":
        raise DataError(
            f"the oldest market data of {run} was removed, as live.journal.keep_market_mb says; "
            "this needs all of it"
        )


def cut_torn(disk: Disk, run: Path) -> int:
    """Cut what a crash has torn from the ends of a run's streams; return how many bytes went.

    Raises DataError for damage, which is never cut.
    """
    gone = 0
    for folder in (run / JOURNAL, run / MARKET_DATA):
        paths = segment_paths(disk, folder)
        last = next(iter(deque(segments(disk, folder), maxlen=1)), None)
        if last is not None and last.torn:
            disk.cut(last.path, last.end)
            gone += last.torn
        if paths and (last is None or last.path != paths[-1]):
            gone += len(disk.read(paths[-1]))
            disk.remove(paths[-1])
    return gone
