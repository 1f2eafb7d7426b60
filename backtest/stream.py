"""One recorded stream on its way through a run: chunks read ahead of need, taken up to a time.

Makes no events; memory holds a few chunks however long the stream is.
"""

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import Columns


class StreamReader:
    """Hand out the rows of one stream in order.

    `time` names the column that orders rows: a row is due at its value plus `delay_ns`. Columns
    that are not in order (venue time behind a jittery wire) are brought into order by never letting
    time go back. Bars that opened up to `keep_ns` ago are still found by `next_open`.
    """

    def __init__(
        self, source: Iterator[Columns], time: str, delay_ns: int = 0, keep_ns: int = 0
    ) -> None:
        self._source = source
        self._time = time
        self._delay = delay_ns
        self._keep = keep_ns
        self._waiting: deque[Columns] = deque()
        self._taken: deque[Columns] = deque()
        self._latest = -(2**63)
        self.exhausted = False
        self.load()

    def load(self) -> bool:
        """Read one more chunk; return False when there is none."""
        chunk = next((part for part in self._source if len(part)), None)
        if chunk is None:
            self.exhausted = True
            return False
        self._waiting.append(self._in_order(chunk))
        return True

    @property
    def horizon(self) -> int | None:
        """Return the time of the last row that is loaded, None when no row is waiting."""
        return int(self._times(self._waiting[-1])[-1]) if self._waiting else None

    @property
    def first_time(self) -> int:
        """Return the time of the first row that is loaded and not taken; there must be one."""
        return int(self._times(self._waiting[0])[0])

    @property
    def waiting(self) -> bool:
        """Say whether rows are loaded that have not been taken."""
        return bool(self._waiting)

    def take(self, before: int | None) -> tuple[NDArray[np.int64], Columns] | None:
        """Remove and return (times, rows) of the next chunk, cut before a time; None if none."""
        if not self._waiting:
            return None
        chunk = self._waiting[0]
        times = self._times(chunk)
        cut = len(chunk) if before is None else int(np.searchsorted(times, before, side="left"))
        if cut == 0:
            return None
        if cut == len(chunk):
            self._waiting.popleft()
        else:
            self._waiting[0] = chunk.part(cut, len(chunk))
        taken = chunk.part(0, cut)
        self._taken.append(taken)
        return times[:cut], self._seen(times[:cut], taken)

    def walked(self) -> None:
        """Take note that all rows handed out have been used: forget what no order can wait for."""
        taken = self._taken
        if taken and "ts_open" in taken[-1].arrays:
            oldest = int(taken[-1].arrays[self._time][-1]) - self._keep
            while taken and taken[0].arrays["ts_open"][-1] < oldest:
                taken.popleft()
        else:
            taken.clear()

    def next_open(self, since: int) -> tuple[int, int, int, int] | None:
        """Return (ts_open, ts_close, open, volume) of the first bar that opens from a time on.

        Looks at what was taken last, what is loaded, and reads on where it must. `since` must not
        be earlier than what has been walked by more than `keep_ns`.
        """
        for taken in self._taken:
            if found := _first_open(taken, since):
                return found
        place = 0
        while place < len(self._waiting) or self.load():
            if found := _first_open(self._waiting[place], since):
                return found
            place += 1
        return None

    def _seen(self, times: NDArray[np.int64], chunk: Columns) -> Columns:
        """Return rows that were received when they are due, by whatever column that is."""
        if self._time == "ts_recv" and not self._delay:
            return chunk
        arrays = {**chunk.arrays, "ts_recv": times}
        return Columns(chunk.instrument, chunk.kind, chunk.spec, arrays, chunk.trade_ids)

    def _times(self, chunk: Columns) -> NDArray[np.int64]:
        times: NDArray[np.int64] = chunk.arrays[self._time]
        return times + self._delay if self._delay else times

    def _in_order(self, chunk: Columns) -> Columns:
        times = chunk.arrays[self._time]
        if times[0] >= self._latest and bool(np.all(times[1:] >= times[:-1])):
            self._latest = int(times[-1])
            return chunk
        ordered = np.maximum(np.maximum.accumulate(times), self._latest)
        self._latest = int(ordered[-1])
        return Columns(
            chunk.instrument,
            chunk.kind,
            chunk.spec,
            {**chunk.arrays, self._time: ordered},
            chunk.trade_ids,
        )


def _first_open(chunk: Columns, since: int) -> tuple[int, int, int, int] | None:
    bar = chunk.arrays
    opens = bar["ts_open"]
    if opens[-1] < since:
        return None
    place = opens.searchsorted(since)
    times = int(opens[place]), int(bar["ts_close"][place])
    return *times, int(bar["open"][place]), int(bar["volume"][place])
