"""Walk a batch from row to row that matters, and let exchange and kernel know what lies between.

Decides nothing: a row that matters takes the same way as without a scan.
"""

from backtest.replay import Batch
from backtest.scan.lane import Lane
from backtest.scan.search import make_search
from backtest.scan.watched import Watched
from backtest.venue import SimulatedVenue
from engine.kernel import Kernel
from engine.native.selection import compiled

_WORTH = 200 if compiled("backtest.native.search") is None else 4
"""Scanning costs as much as it saves when every so manieth row matters."""

_TRIAL = 32
"""How many rows that matter decide whether the rest of a batch is scanned."""

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
        self._watched = Watched(kernel)
        self._unscanned = 0

    def walk(self, batch: Batch) -> None:
        """Process all rows of a batch."""
        if self._unscanned:
            self._unscanned -= 1
            walk_rows(batch)
            return
        rest = self._scan(batch)
        if rest is not None:
            self._unscanned = _PROBE
            walk_rows(rest)

    def _scan(self, batch: Batch) -> Batch | None:
        """Process all rows, or some until it is clear that too many matter: return the rest."""
        lanes, walks = batch.lanes, [track.walk for track in batch.tracks]
        for lane in lanes:
            lane.was_walked = True
        search = make_search(
            [lane.load(rows) for lane, rows in zip(lanes, batch.columns, strict=True)]
        )
        venue, mattered = self._venue, 0
        while True:
            for number, lane in enumerate(lanes):
                bounds = lane.redraw(self._watched.until(lane.market))
                if bounds is not None:
                    search.bound(number, bounds)
            found = search.next(venue.due)
            self._pass_over(lanes, search.moved())
            if found < 0:
                return None
            if mattered == _TRIAL:
                taken = [search.row(number) for number in range(len(lanes))]
                if mattered * _WORTH > sum(taken):
                    return batch.rest(taken)
            mattered += 1
            lane, row = lanes[found], search.row(found)
            ts = lane.times[row]
            if ts >= venue.due:
                venue.advance(ts)
                if ts < venue.due:
                    continue
            search.take(found)
            lane.was_walked = True
            walks[found]((lane.event(row),))

    def _pass_over(self, lanes: list[Lane], moved: list[tuple[int, int]]) -> None:
        """Take in rows that did not matter: the last of each lane, and the time of the last."""
        now = self._clock.now
        for number, row in moved:
            lane = lanes[number]
            lane.pass_over(row)
            if lane.market is not None:
                now = max(now, lane.times[row])
        self._clock.now = now
