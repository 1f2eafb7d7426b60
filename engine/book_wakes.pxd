# Types of the compiled core; the meaning is in book_wakes.py.

from engine.quiet cimport Bounds, Declared


cdef class _TouchChange(Declared):
    cdef object _callback
    cdef long long _bid, _ask
    cdef bint _first


cdef class _MidMove(Declared):
    cdef object _callback, _instrument, _last
    cdef double _scale
    cdef long long _half_ticks, _threshold
