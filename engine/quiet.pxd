# Types of the compiled core; the meaning is in quiet.py.

cimport cython


cdef class Bounds:
    cdef public object instrument
    cdef public long long first_low, first_high, second_low, second_high, sum_low, sum_high, until

    cpdef open(self)
    cpdef close(self)
    cpdef keep_first(self, long long low, long long high)
    cpdef keep_second(self, long long low, long long high)
    cpdef keep_sum(self, long long low, long long high)
    cpdef keep_before(self, long long ts)


cdef class Declared:
    cpdef draw(self, Bounds bounds)


@cython.locals(units=cython.longlong)
cpdef long long least_above(double line, double scale) except? -1
cpdef long long greatest_below(double line, double scale) except? -1
