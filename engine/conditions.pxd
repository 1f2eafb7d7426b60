# Types of the compiled core; the meaning is in conditions.py.

from engine.quiet cimport Bounds, Declared


cdef class Interval(Declared):
    cdef object _callback
    cdef long long _interval, _next


cdef class TouchChange(Declared):
    cdef object _callback, _bid, _ask


cdef class MidMove(Declared):
    cdef object _callback, _instrument, _last_units
    cdef double _scale, _last_sum, _certainly_less
    cdef long long _half_ticks, _threshold
