# Types of the compiled core; the meaning is in clock.py.


cdef class Clock:
    cdef public object now
