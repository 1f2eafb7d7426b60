# Types of the compiled core; the meaning is in lane.py.

from libc.stdint cimport int64_t

from engine.market_state cimport MarketState
from engine.quiet cimport Bounds, Declared

ctypedef const int64_t[::1] Column


cdef class Lane:
    cdef public object instrument, _exchange, _lines
    cdef public MarketState market
    cdef public bint was_walked
    cdef public tuple _heard_by
    cdef public long long _until
    cdef public Bounds _bounds
    cdef Column times

    cpdef load(self, columns)
    cpdef event(self, Py_ssize_t row)
    cpdef redraw(self, long long until)
    cpdef pass_over(self, Py_ssize_t row)
    cpdef _calls(self)
    cpdef _keep(self, MarketState market, event)
    cpdef _lines_of(self, exchange)
    cdef Bounds _drawn(self)


cdef class QuoteLane(Lane):
    cdef Column _event, _bids, _asks, _bid_sizes, _ask_sizes
    cdef double _price_scale, _quantity_scale


cdef class TradeLane(Lane):
    cdef object _columns, _ids


cdef class BookLane(Lane):
    cdef object _columns


cdef class EveryRowLane(Lane):
    cdef object _events


cdef double _float(int64_t units, double scale)
