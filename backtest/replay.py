"""The replay connector: recorded streams merged into one order of time, as batches of ready events.

Keeps no clock and calls nobody; the driver walks the batches.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from backtest.events import Event, events_of
from backtest.stream import StreamReader
from engine.model.instrument import Instrument

Walk = Callable[[Iterable[Any]], None]
Batch = tuple[NDArray[np.int64], Iterable[tuple[Walk, Iterator[Event]]]]
"""Times of all events, and runs of events of one track each: what to do with them, and they.

A run must be walked to its end before the next. An event's `ts_recv` is its time.
"""


class Track(msgspec.Struct, frozen=True):
    """Bind one stream to what shall be done with its events."""

    reader: StreamReader
    instrument: Instrument
    walk: Walk


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
            parts = []
            for number, track in enumerate(self._tracks):
                while (taken := track.reader.take(before)) is not None:
                    parts.append((number, taken[0], events_of(track.instrument, taken[1])))
                    if before is None and len(self._tracks) == 1:
                        break
            for track in self._tracks:
                if not track.reader.waiting:
                    track.reader.load()
            if parts:
                yield self._merge(parts)
            for track in self._tracks:
                track.reader.walked()

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

    def _merge(self, parts: list[tuple[int, NDArray[np.int64], Iterator[Event]]]) -> Batch:
        if len(parts) == 1:
            number, times, events = parts[0]
            return times, [(self._tracks[number].walk, events)]
        times = np.concatenate([part[1] for part in parts])
        order = np.argsort(times, kind="stable")
        part_of_row = np.repeat(np.arange(len(parts)), [len(part[1]) for part in parts])[order]
        starts = np.flatnonzero(np.diff(part_of_row, prepend=-1))
        lengths = np.diff(starts, append=len(order)).tolist()
        sources = part_of_row[starts].tolist()
        walks = [self._tracks[number].walk for number, _, _ in parts]
        makers = [events for _, _, events in parts]
        runs = map(islice, map(makers.__getitem__, sources), lengths)
        return times[order], zip(map(walks.__getitem__, sources), runs, strict=True)


def _horizon(track: Track) -> int:
    horizon = track.reader.horizon
    return 2**63 if horizon is None else horizon


def _first_time(track: Track) -> int:
    return track.reader.first_time
