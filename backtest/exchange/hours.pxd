# Types of the compiled core; the meaning is in hours.py.


cdef class Hours:
    cdef object _calendar
    cdef bint _open
    cdef long long _end
    cdef public long long since

    cpdef bint is_open(self, long long ts)
