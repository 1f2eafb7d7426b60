"""Walk a batch from row to row that matters, and let exchange and kernel know what lies between.

Decides nothing: a row that matters takes the same way as without a scan.
"""

import numpy as np

from backtest.replay import Batch, Walk
from backtest.scan.lane import Lane
from backtest.scan.search import Search
from backtest.venue import SimulatedVenue
from engine.kernel import Kernel
from engine.quiet import Bounds

_WORTH = 48
"""Scanning costs as much as it saves when every so manieth row matters."""

_PROBE = 16
"""How many batches are walked row by row before it is tried again whether a scan is worth it."""


def walk_rows(batch: Batch) -> None:
    """Walk every row of a batch."""
    for walk, rows in batch.runs():
        walk(rows)


class Scan:
    """Scan the batches of a run, or walk them row by row where too many rows matter."""

    def __init__(self, venue: SimulatedVenue, kernel: Kernel) -> None:
        self._venue = venue
        self._clock = kernel.clock
        self._watches = kernel.control.rulebook.watches
        self._unscanned = 0

    def walk(self, batch: Batch) -> None:
        """Process all rows of a batch."""
        if self._unscanned or self._watches:
            self._unscanned = max(0, self._unscanned - 1)
            walk_rows(batch)
        elif self._scan(batch) * _WORTH > len(batch):
            self._unscanned = _PROBE

    def _scan(self, batch: Batch) -> int:
        """Process all rows; return how many of them mattered."""
        rows = _Rows(batch)
        search, size, venue = rows.search, len(batch), self._venue
        mattered = place = 0
        while True:
            rows.draw()
            found = search.next(place, venue.due)
            if found > place:
                self._pass_over(rows, batch, found)
            if found == size:
                return mattered
            lane, row, walk = rows.at(found)
            walk((lane.event(row),))
            mattered += 1
            place = found + 1

    def _pass_over(self, rows: "_Rows", batch: Batch, until: int) -> None:
        """Take in the rows before `until`: the last of each part, and the time of the last."""
        now = -1
        for last in rows.search.last.tolist():
            if last >= 0:
                lane, row, _ = rows.at(last)
                lane.pass_over(row)
                if lane.market is not None and last > now:
                    now = last
        if now >= 0:
            self._clock.now = int(batch.times[now])


class _Rows:
    """Lay out a batch for the search, and find each merged row in its part again."""

    def __init__(self, batch: Batch) -> None:
        self._lanes: list[Lane] = []
        self._walks: list[Walk] = []
        firsts, seconds = [], []
        for track, columns in batch.parts:
            assert track.lane is not None, "a track that is scanned has a lane"
            first, second = track.lane.load(columns)
            firsts.append(first)
            seconds.append(second)
            self._lanes.append(track.lane)
            self._walks.append(track.walk)
        order, count = batch.order, len(firsts)
        if order is None:
            first, second, rows = firsts[0], seconds[0], np.arange(len(batch))
        else:
            first, second = np.concatenate(firsts)[order], np.concatenate(seconds)[order]
            begins = np.cumsum([0, *map(len, firsts[:-1])])
            rows = order - begins[batch.part_of_row]
        self.search = Search(batch.times, batch.part_of_row, first, second, count)
        self._parts, self._rows = batch.part_of_row.data, rows.data

    def at(self, place: int) -> tuple[Lane, int, Walk]:
        """Return the lane of a merged row, its place there, and what is done with it."""
        part = self._parts[place]
        return self._lanes[part], self._rows[place], self._walks[part]

    def draw(self) -> None:
        """Draw the bounds of every part as things are now."""
        for part, lane in enumerate(self._lanes):
            bounds = Bounds(lane.instrument)
            lane.draw(bounds)
            self.search.bound(part, bounds.spans, bounds.until)
