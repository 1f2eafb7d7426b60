# Types of the compiled core; the meaning is in scan.py.

cimport cython

from backtest.scan.lane cimport Lane
from backtest.venue cimport SimulatedVenue
from engine.clock cimport Clock
from engine.quiet cimport Bounds


cdef class Scan:
    cdef SimulatedVenue _venue
    cdef Clock _clock
    cdef object _watched
    cdef long _unscanned

    cpdef walk(self, batch)
    @cython.locals(lane=Lane, bounds=Bounds, found=int, row=cython.Py_ssize_t, ts=cython.longlong)
    cpdef _scan(self, batch)
    @cython.locals(lane=Lane, row=cython.Py_ssize_t, now=cython.longlong)
    cpdef _pass_over(self, list lanes, list moved)
