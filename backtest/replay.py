"""The replay connector: recorded streams merged into one order of time, as batches of ready events.

Keeps no clock and calls nobody; the driver walks the batches.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import Columns, join_columns
from backtest.events import Event, events_of
from backtest.scan.lane import Lane
from backtest.stream import StreamReader
from engine.model.instrument import Instrument

Walk = Callable[[Iterable[Any]], None]
Integers = NDArray[np.int64]


class Track(msgspec.Struct, frozen=True):
    """Bind one stream to what shall be done with its events, and to how it is scanned."""

    reader: StreamReader
    instrument: Instrument
    walk: Walk
    lane: Lane | None = None


class Batch:
    """Hold rows of several tracks, in the order of the tracks; none is earlier than the last batch.

    An event's `ts_recv` is the time at which it is due.
    """

    def __init__(self, parts: list[tuple[Track, Integers, Columns]]) -> None:
        self.tracks = [track for track, _, _ in parts]
        self.times = [times for _, times, _ in parts]
        self.columns = [columns for _, _, columns in parts]
        self.end = max(int(times[-1]) for times in self.times)

    def __len__(self) -> int:
        """Return the number of rows."""
        return sum(map(len, self.times))

    @property
    def lanes(self) -> list[Lane]:
        """Return the lanes of the tracks, which must have one."""
        return [track.lane for track in self.tracks if track.lane is not None]

    def rest(self, taken: list[int]) -> "Batch | None":
        """Return what is left once the first rows of each track have been taken; None if nothing.

        `taken` counts them, in the order of the tracks.
        """
        parts = [
            (track, times[start:], columns.part(start, len(times)))
            for track, times, columns, start in zip(
                self.tracks, self.times, self.columns, taken, strict=True
            )
            if start < len(times)
        ]
        return Batch(parts) if parts else None

    def runs(self) -> Iterable[tuple[Walk, Iterator[Event]]]:
        """Return runs of events of one track each, by time, and what to do with them.

        A run must be walked to its end before the next.
        """
        events = [
            events_of(track.instrument, columns)
            for track, columns in zip(self.tracks, self.columns, strict=True)
        ]
        if len(events) == 1:
            return [(self.tracks[0].walk, events[0])]
        order = np.argsort(np.concatenate(self.times), kind="stable")
        numbers = np.repeat(np.arange(len(events)), [len(times) for times in self.times])[order]
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        lengths = np.diff(starts, append=len(order)).tolist()
        sources = numbers[starts].tolist()
        runs = map(islice, map(events.__getitem__, sources), lengths)
        walks = [track.walk for track in self.tracks]
        return zip(map(walks.__getitem__, sources), runs, strict=True)


class Replay:
    """Merge tracks by (time, track number, row), in the same order for every chunk size.

    A track's number is its place in `tracks`. Memory holds a few chunks of each track, however long
    the recording is.
    """

    def __init__(self, tracks: list[Track]) -> None:
        self._tracks = tracks

    def batches(self) -> Iterator[Batch]:
        """Yield batches in order; no event of a batch is earlier than one of the batch before."""
        while any(track.reader.waiting for track in self._tracks):
            before = self._safe_before()
            parts = [part for track in self._tracks if (part := self._take(track, before))]
            for track in self._tracks:
                if not track.reader.waiting:
                    track.reader.load()
            if parts:
                yield Batch(parts)
            for track in self._tracks:
                track.reader.walked()

    def _take(self, track: Track, before: int | None) -> tuple[Track, Integers, Columns] | None:
        """Take a track's rows before a time; a chunk where it is the only one."""
        found = []
        while (taken := track.reader.take(before)) is not None:
            found.append(taken)
            if len(self._tracks) == 1:
                break
        if len(found) < 2:
            return (track, *found[0]) if found else None
        times, columns = zip(*found, strict=True)
        return track, np.concatenate(times), join_columns(list(columns))

    def _safe_before(self) -> int | None:
        """Return the time before which every row is loaded: the least horizon of unfinished tracks.

        Rows at a horizon itself may continue in the next chunk, so they wait for it; a track whose
        loaded rows all lie at the horizon reads on first.
        """
        if len(self._tracks) == 1:
            return None
        while True:
            open_tracks = [track for track in self._tracks if not track.reader.exhausted]
            if not open_tracks:
                return None
            slowest = min(open_tracks, key=_horizon)
            least = _horizon(slowest)
            if any(_first_time(track) < least for track in self._tracks if track.reader.waiting):
                return least
            slowest.reader.load()


def _horizon(track: Track) -> int:
    horizon = track.reader.horizon
    return 2**63 if horizon is None else horizon


def _first_time(track: Track) -> int:
    return track.reader.first_time
