# cython: boundscheck=False, wraparound=False, cdivision=True
"""The compiled twin of `engine.books.levels`: one side of a book in two flat arrays."""

from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memmove

from engine.books.levels import NOWHERE as _NOWHERE

cdef int64_t NOWHERE = _NOWHERE
cdef Py_ssize_t NEAR = 8
cdef Py_ssize_t FIRST_ROOM = 64


cdef class Levels:
    """Hold the levels of one side: +1 bids, -1 asks. Keys rise; the best level is the last."""

    def __cinit__(self, int side):
        self.side = side
        self.best = NOWHERE
        self.room = FIRST_ROOM
        self.keys = <int64_t *>malloc(self.room * sizeof(int64_t))
        self.sizes = <int64_t *>malloc(self.room * sizeof(int64_t))
        if not self.keys or not self.sizes:
            raise MemoryError

    def __dealloc__(self):
        free(self.keys)
        free(self.sizes)

    def __len__(self):
        return self.count

    def set(self, int64_t price, int64_t size):
        """Give a level its size; 0 removes it, and removing what is not there changes nothing."""
        self.put(price, size)

    def clear(self):
        """Remove all levels."""
        self.count = 0
        self.best = NOWHERE

    def size(self, int64_t price):
        """Return the size at a price, 0 where there is no level."""
        cdef int64_t key = price * self.side
        cdef Py_ssize_t place = self.place(key)
        return self.sizes[place] if place < self.count and self.keys[place] == key else 0

    def level(self, Py_ssize_t rank):
        """Return (price, size) of a level; rank 0 is the best."""
        if not 0 <= rank < self.count:
            raise IndexError(rank)
        cdef Py_ssize_t place = self.count - 1 - rank
        return self.keys[place] * self.side, self.sizes[place]

    def top(self, Py_ssize_t count):
        """Return up to `count` levels as (price, size) in units, best first."""
        return [self.level(rank) for rank in range(min(max(count, 0), self.count))]

    cdef Py_ssize_t place(self, int64_t key) noexcept nogil:
        """Return where a key is, or would be: the first that is not less; mostly near the end."""
        cdef Py_ssize_t high = self.count, low = max(0, high - NEAR), middle
        if low and self.keys[low] >= key:
            high, low = low, 0
            while low < high:
                middle = (low + high) // 2
                if self.keys[middle] < key:
                    low = middle + 1
                else:
                    high = middle
            return low
        while high > low and self.keys[high - 1] >= key:
            high -= 1
        return high

    cdef int64_t best_with(self, int64_t price, int64_t size) noexcept nogil:
        """Return what the best key would be if a level got a size."""
        cdef int64_t key = price * self.side
        if size:
            return max(key, self.best)
        if key != self.best:
            return self.best
        return self.keys[self.count - 2] if self.count > 1 else NOWHERE

    cdef int put(self, int64_t price, int64_t size) except -1:
        cdef int64_t key = price * self.side
        cdef Py_ssize_t place = self.place(key), behind = self.count - place
        if behind and self.keys[place] == key:
            if size:
                self.sizes[place] = size
                return 0
            behind -= 1
            memmove(self.keys + place, self.keys + place + 1, behind * sizeof(int64_t))
            memmove(self.sizes + place, self.sizes + place + 1, behind * sizeof(int64_t))
            self.count -= 1
        elif size:
            if self.count == self.room:
                self.grow()
            memmove(self.keys + place + 1, self.keys + place, behind * sizeof(int64_t))
            memmove(self.sizes + place + 1, self.sizes + place, behind * sizeof(int64_t))
            self.keys[place] = key
            self.sizes[place] = size
            self.count += 1
        self.best = self.keys[self.count - 1] if self.count else NOWHERE
        return 0

    cdef int grow(self) except -1:
        cdef size_t room = 2 * self.room * sizeof(int64_t)
        cdef int64_t *keys = <int64_t *>realloc(self.keys, room)
        if not keys:
            raise MemoryError
        self.keys = keys
        cdef int64_t *sizes = <int64_t *>realloc(self.sizes, room)
        if not sizes:
            raise MemoryError
        self.sizes = sizes
        self.room *= 2
        return 0
