from libc.stdint cimport int64_t


cdef class Levels:
    cdef readonly int64_t best
    cdef readonly int side
    cdef int64_t *keys
    cdef int64_t *sizes
    cdef Py_ssize_t count, room

    cdef Py_ssize_t place(self, int64_t key) noexcept nogil
    cdef int64_t best_with(self, int64_t price, int64_t size) noexcept nogil
    cdef int put(self, int64_t price, int64_t size) except -1
    cdef int grow(self) except -1
