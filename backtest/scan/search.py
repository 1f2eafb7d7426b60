"""The search for the next row that matters, over the merged rows of a batch, in numpy.

It knows neither exchange nor kernel. `backtest.native.search` is its compiled twin.
"""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

_FIRST_LOOK, _FURTHEST_LOOK = 256, 65_536
"""How many rows are looked at in one go: few at first, more the longer nothing is found."""


class Search:
    """Hold the rows of a batch, and the bounds of each of its parts.

    `first` and `second` are what the bounds of a part's rows are drawn on, `parts` says which part
    a row is of. Bounds begin closed.
    """

    def __init__(
        self, times: Integers, parts: Integers, first: Integers, second: Integers, count: int
    ) -> None:
        self._times = times
        self._parts = parts
        self._columns = first, second, first + second
        self._spans = np.zeros((6, count), dtype=np.int64)
        self._until = np.full(count, np.iinfo(np.int64).min)
        self.last = np.full(count, -1)
        """The last row of each part that was passed in the search before; -1 for none."""

    def bound(self, part: int, spans: list[int], until: int) -> None:
        """Set the bounds of a part: three pairs of least and greatest values, and a time."""
        self._spans[:, part] = spans
        self._until[part] = until

    def next(self, start: int, due: int) -> int:
        """Return the first row from `start` on that is out of bounds, or is at `due` or later."""
        self.last[:] = -1
        look, size = _FIRST_LOOK, len(self._times)
        while start < size:
            stop = min(start + look, size)
            found = start + self._outside(start, stop, due)
            self.last[self._parts[start:found]] = np.arange(start, found)
            if found < stop:
                return found
            start, look = stop, min(2 * look, _FURTHEST_LOOK)
        return size

    def _outside(self, start: int, stop: int, due: int) -> int:
        """Return how many rows pass before the first that does not."""
        times, parts = self._times[start:stop], self._parts[start:stop]
        outside = times >= np.minimum(self._until, due)[parts]
        for place, column in enumerate(self._columns):
            low, high = self._spans[2 * place], self._spans[2 * place + 1]
            values = column[start:stop]
            outside |= (values < low[parts]) | (values > high[parts])
        return int(outside.argmax()) if outside.any() else stop - start
