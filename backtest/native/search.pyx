# cython: boundscheck=False, wraparound=False
"""The compiled twin of `backtest.scan.search`: the next row that matters, lane by lane."""

from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t
from libc.stdlib cimport calloc, free

ctypedef const int64_t[::1] Column


cdef struct Lane:
    const int64_t *times
    const int64_t *first
    const int64_t *second
    int64_t size
    int64_t cursor
    int64_t told
    int64_t clean
    int64_t until
    int64_t spans[6]


cdef const int64_t *begin(Column column):
    return &column[0] if column.shape[0] else NULL


cdef int64_t first_at(const Lane *lane, int64_t since, int64_t ts) noexcept nogil:
    """Return the first row from `since` on that is at `ts` or later: nearly always close by."""
    cdef int64_t low = since, step = 1, high, middle
    while low + step <= lane.size and lane.times[low + step - 1] < ts:
        low += step
        step *= 2
    high = min(low + step - 1, lane.size)
    while low < high:
        middle = (low + high) // 2
        if lane.times[middle] < ts:
            low = middle + 1
        else:
            high = middle
    return low


cdef int64_t outside(Lane *lane, int64_t due) noexcept nogil:
    """Return the first row that is out of bounds, or is at `due` or later."""
    cdef int64_t row = max(lane.clean, lane.cursor), ts = min(due, lane.until)
    cdef int64_t low = lane.spans[0], high = lane.spans[1]
    cdef int64_t second_low = lane.spans[2], second_high = lane.spans[3]
    cdef int64_t sum_low = lane.spans[4], sum_high = lane.spans[5]
    cdef int64_t a, b
    if row > lane.cursor and lane.times[row - 1] >= ts:
        return first_at(lane, lane.cursor, ts)
    while row < lane.size and lane.times[row] < ts:
        a = lane.first[row]
        b = lane.second[row]
        if (
            a < low or a > high or b < second_low or b > second_high
            or a + b < sum_low or a + b > sum_high
        ):
            break
        row += 1
    lane.clean = row
    return row


cdef class Search:
    """Find the next row out of bounds by (time, lane, row)."""

    cdef Lane *_lanes
    cdef int _count
    cdef list _columns

    def __cinit__(self, list lanes):
        self._count = len(lanes)
        self._columns = lanes
        self._lanes = <Lane *>calloc(self._count, sizeof(Lane))
        if not self._lanes:
            raise MemoryError
        cdef Lane *lane
        for number, (times, first, second) in enumerate(lanes):
            lane = &self._lanes[number]
            lane.times, lane.first, lane.second = begin(times), begin(first), begin(second)
            lane.size = len(times)
            lane.until = INT64_MIN

    def __dealloc__(self):
        free(self._lanes)

    def bound(self, int number, list spans, int64_t until):
        """Set the bounds of a lane: three pairs of least and greatest values, and a time."""
        cdef Lane *lane = &self._lanes[number]
        cdef int place
        for place in range(6):
            lane.spans[place] = spans[place]
        lane.until = until
        lane.clean = lane.cursor

    def next(self, int64_t due):
        """Move to the first row that is out of bounds or at `due` or later; return its lane or -1."""
        cdef int64_t at = INT64_MAX, row, found_row = 0
        cdef int found = -1, number
        cdef Lane *lane
        for number in range(self._count):
            lane = &self._lanes[number]
            row = outside(lane, min(due, at))
            if row < lane.size and (found < 0 or lane.times[row] < at):
                found, found_row, at = number, row, lane.times[row]
        for number in range(self._count):
            lane = &self._lanes[number]
            if found < 0:
                lane.cursor = lane.size
            elif number == found:
                lane.cursor = found_row
            else:
                lane.cursor = first_at(lane, lane.cursor, at + (number < found))
        return found

    def moved(self):
        """Return (lane, last row passed) of the lanes that passed rows since the call before."""
        cdef list found = []
        cdef int number
        cdef Lane *lane
        for number in range(self._count):
            lane = &self._lanes[number]
            if lane.cursor > lane.told:
                found.append((number, lane.cursor - 1))
                lane.told = lane.cursor
        return found

    def row(self, int number):
        """Return the row at a lane's cursor."""
        return self._lanes[number].cursor

    def take(self, int number):
        """Step over the row at a lane's cursor."""
        cdef Lane *lane = &self._lanes[number]
        lane.cursor += 1
        lane.told = lane.cursor
