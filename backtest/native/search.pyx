# cython: boundscheck=False, wraparound=False
"""The compiled twin of `backtest.scan.search`: the next row that matters, lane by lane."""

from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t
from libc.stdlib cimport calloc, free

from engine.native.levels cimport Levels
from engine.quiet cimport Bounds

from engine.model.market import AFTER_GAP, CLEARS_BOOK, LAST_IN_EVENT

ctypedef const int64_t[::1] Column

cdef int64_t LAST = LAST_IN_EVENT
cdef int64_t TURNS = AFTER_GAP | CLEARS_BOOK


cdef struct Lane:
    const int64_t *times
    const int64_t *first
    const int64_t *second
    int64_t size
    int64_t cursor
    int64_t told
    int64_t clean
    int64_t until
    int64_t first_low, first_high
    int64_t second_low, second_high
    int64_t sum_low, sum_high
    # of a book only: its rows, and the last one passed that completed an event
    const int64_t *flags
    const int64_t *sides
    const int64_t *prices
    const int64_t *sizes
    int64_t complete


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


cdef bint is_outside(const Lane *lane, int64_t first, int64_t second) noexcept nogil:
    return (
        first < lane.first_low or first > lane.first_high
        or second < lane.second_low or second > lane.second_high
        or first + second < lane.sum_low or first + second > lane.sum_high
    )


cdef int64_t outside(Lane *lane, int64_t due) noexcept nogil:
    """Return the first row that is out of bounds, or is at `due` or later."""
    cdef int64_t row = max(lane.clean, lane.cursor), ts = min(due, lane.until)
    if row > lane.cursor and lane.times[row - 1] >= ts:
        return first_at(lane, lane.cursor, ts)
    while row < lane.size and lane.times[row] < ts:
        if is_outside(lane, lane.first[row], lane.second[row]):
            break
        row += 1
    lane.clean = row
    return row


cdef bint walk_book(
    Lane *lane, Levels bids, Levels asks, int64_t due, int64_t before
) except -1:
    """Make rows part of a book, up to one that matters or is not before a time; say if one matters.

    A row matters that is out of bounds, at `due` or later, or no plain change of a level.
    """
    cdef int64_t row = lane.cursor, ts = min(due, lane.until), flags, side, bid, ask
    while row < lane.size and lane.times[row] < before:
        lane.cursor = row
        flags, side = lane.flags[row], lane.sides[row]
        if lane.times[row] >= ts or flags & TURNS or not side:
            return True
        if flags & LAST:
            bid, ask = bids.best, asks.best
            if side > 0:
                bid = bids.best_with(lane.prices[row], lane.sizes[row])
            else:
                ask = asks.best_with(lane.prices[row], lane.sizes[row])
            if is_outside(lane, bid, -ask):
                return True
            lane.complete = row
        (bids if side > 0 else asks).put(lane.prices[row], lane.sizes[row])
        row += 1
    lane.cursor = row
    return False


cdef class Search:
    """Find the next row out of bounds by (time, lane, row); see the plain one.

    A lane of seven is a book: times, flags, sides, prices and sizes of its rows, bids and asks. Its
    bounds are on the best bid and ask, and its rows change the book when they are passed.
    """

    cdef Lane *_lanes
    cdef int _count
    cdef list _columns
    cdef list _books

    def __cinit__(self, list lanes):
        self._count = len(lanes)
        self._columns = lanes
        self._lanes = <Lane *>calloc(self._count, sizeof(Lane))
        if not self._lanes:
            raise MemoryError
        cdef Lane *lane
        self._books = [number for number, columns in enumerate(lanes) if len(columns) == 7]
        for number, columns in enumerate(lanes):
            lane = &self._lanes[number]
            lane.times, lane.size, lane.until = begin(columns[0]), len(columns[0]), INT64_MIN
            lane.complete = -1
            if len(columns) == 3:
                lane.first, lane.second = begin(columns[1]), begin(columns[2])
            else:
                lane.flags, lane.sides = begin(columns[1]), begin(columns[2])
                lane.prices, lane.sizes = begin(columns[3]), begin(columns[4])

    def __dealloc__(self):
        free(self._lanes)

    def bound(self, int number, Bounds bounds):
        """Take the present bounds of a lane."""
        cdef Lane *lane = &self._lanes[number]
        lane.first_low, lane.first_high = bounds.first_low, bounds.first_high
        lane.second_low, lane.second_high = bounds.second_low, bounds.second_high
        lane.sum_low, lane.sum_high = bounds.sum_low, bounds.sum_high
        lane.until = bounds.until
        lane.clean = lane.cursor

    def next(self, int64_t due):
        """Move to the first row that is out of bounds or at `due` or later; return its lane or -1."""
        cdef int64_t at = INT64_MAX, row, found_row = 0
        cdef int found = -1, number
        cdef Lane *lane
        for number in range(self._count):
            lane = &self._lanes[number]
            if lane.flags:
                continue
            row = outside(lane, min(due, at))
            if row < lane.size and (found < 0 or lane.times[row] < at):
                found, found_row, at = number, row, lane.times[row]
        if self._books:
            number = self.walk_books(due, at, found)
            if number >= 0:
                found, found_row = number, self._lanes[number].cursor
                at = self._lanes[number].times[found_row]
        for number in range(self._count):
            lane = &self._lanes[number]
            if lane.flags:
                continue
            if found < 0:
                lane.cursor = lane.size
            elif number == found:
                lane.cursor = found_row
            else:
                lane.cursor = first_at(lane, lane.cursor, at + (number < found))
        return found

    cdef int walk_books(self, int64_t due, int64_t at, int found) except -2:
        """Walk the books, in order, up to a row of another lane; return where one matters, or -1."""
        cdef int first, number
        cdef int64_t ts, before
        cdef Lane *lane
        if found < 0:
            at, found = INT64_MAX - 1, self._count
        while True:
            first, ts = -1, at
            for number in self._books:
                lane = &self._lanes[number]
                if lane.cursor < lane.size and (first < 0 or lane.times[lane.cursor] < ts):
                    first, ts = number, lane.times[lane.cursor]
            before = at + (first < found)
            if first < 0 or ts >= before:
                return -1
            for number in self._books:
                lane = &self._lanes[number]
                if number != first and lane.cursor < lane.size:
                    before = min(before, lane.times[lane.cursor] + (first < number))
            columns = self._columns[first]
            if walk_book(&self._lanes[first], columns[5], columns[6], due, before):
                return first

    def moved(self):
        """Return (lane, last row passed) of the lanes that passed rows since the call before.

        Of a book it is the last row that completed an event.
        """
        cdef list found = []
        cdef int number
        cdef Lane *lane
        for number in range(self._count):
            lane = &self._lanes[number]
            if lane.flags:
                if lane.complete >= lane.told:
                    found.append((number, lane.complete))
                    lane.told = lane.complete + 1
            elif lane.cursor > lane.told:
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
