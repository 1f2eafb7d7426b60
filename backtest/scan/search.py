"""The search for the next row that matters, in the columns of each lane, with numpy.

It knows neither exchange nor kernel. `backtest.native.search` is its compiled twin.
"""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from engine.books.levels import Levels
from engine.native.selection import compiled
from engine.quiet import Bounds

Integers = NDArray[np.int64]
LaneColumns = tuple[Integers, Integers, Integers]
"""Times of a lane's rows in order, and the two columns that its bounds are drawn on."""

BookColumns = tuple[Integers, Integers, Integers, Integers, Integers, Levels, Levels]
"""Times, flags, sides, prices and sizes of changes, and the bids and asks that they change.

Only the compiled search takes them.
"""

SearchColumns = LaneColumns | BookColumns

_FIRST_LOOK, _FURTHEST_LOOK = 256, 65_536
"""How many rows are looked at in one go: few at first, more the longer nothing is found."""


class Search:
    """Find the next row out of bounds by (time, lane, row). Bounds begin closed."""

    def __init__(self, lanes: list[LaneColumns]) -> None:
        self._lanes = lanes
        self._spans: list[list[int]] = [[] for _ in lanes]
        self._until = [-(2**63)] * len(lanes)
        self._cursors = [0] * len(lanes)
        self._told = [0] * len(lanes)

    def bound(self, lane: int, bounds: Bounds) -> None:
        """Take the present bounds of a lane."""
        first, second = (
            (bounds.first_low, bounds.first_high),
            (bounds.second_low, bounds.second_high),
        )
        self._spans[lane] = [*first, *second, bounds.sum_low, bounds.sum_high]
        self._until[lane] = bounds.until

    def next(self, due: int) -> int:
        """Move to the first row that is out of bounds or at `due` or later; return its lane or -1.

        The row is the one at the lane's cursor, and every cursor has passed what comes before it.
        """
        found, found_row, at = -1, 0, 2**63 - 1
        for lane, (times, _, _) in enumerate(self._lanes):
            row = self._outside(lane, min(due, at))
            if row < len(times) and (found < 0 or times[row] < at):
                found, found_row, at = lane, row, int(times[row])
        cursors = self._cursors
        for lane, (times, _, _) in enumerate(self._lanes):
            if found < 0:
                cursors[lane] = len(times)
            elif lane == found:
                cursors[lane] = found_row
            else:
                before = at + 1 if lane < found else at
                cursors[lane] = max(cursors[lane], int(times.searchsorted(np.int64(before))))
        return found

    def moved(self) -> list[tuple[int, int]]:
        """Return (lane, last row passed) of the lanes that passed rows since the call before."""
        found = [
            (lane, cursor - 1)
            for lane, (cursor, told) in enumerate(zip(self._cursors, self._told, strict=True))
            if cursor > told
        ]
        self._told = self._cursors[:]
        return found

    def row(self, lane: int) -> int:
        """Return the row at a lane's cursor."""
        return self._cursors[lane]

    def take(self, lane: int) -> None:
        """Step over the row at a lane's cursor."""
        self._cursors[lane] += 1
        self._told[lane] = self._cursors[lane]

    def _outside(self, lane: int, due: int) -> int:
        """Return the first row of a lane that is out of bounds, or is at `due` or later."""
        times, first, second = self._lanes[lane]
        end = int(times.searchsorted(np.int64(min(due, self._until[lane]))))
        place, look = self._cursors[lane], _FIRST_LOOK
        end = max(place, end)
        while place < end:
            stop = min(place + look, end)
            within = _within(self._spans[lane], first[place:stop], second[place:stop])
            if not within.all():
                return place + int(within.argmin())
            place, look = stop, min(2 * look, _FURTHEST_LOOK)
        return end


def _within(spans: list[int], first: Integers, second: Integers) -> NDArray[np.bool_]:
    low, high, second_low, second_high, sum_low, sum_high = spans
    total = first + second
    within = (low <= first) & (first <= high) & (second_low <= second) & (second <= second_high)
    return within & (sum_low <= total) & (total <= sum_high)


def make_search(lanes: list[SearchColumns]) -> Search:
    """Return a search of lanes, compiled where the core is."""
    native = compiled("backtest.native.search")
    if native is not None:
        return cast("Search", native.Search(lanes))
    return Search([lane for lane in lanes if len(lane) == 3])
