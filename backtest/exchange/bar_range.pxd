# Types of the compiled core; the meaning is in bar_range.py.

from backtest.exchange.bar_market cimport BarMarket
from backtest.exchange.ladder cimport Ladder
from backtest.exchange.order cimport Order


cdef class RangeMarket(BarMarket):
    cdef bint _trailed

    cdef bint _meet_stop(self, bar) except -1
    cdef bint _meet_limit(self, bar) except -1
    cdef bint _meet_trailing(self, bar) except -1
    cdef bint _meet_close(self, bar) except -1
    cdef Order _reached_stop(self, Ladder ladder, double price)
    cdef Order _reached_limit(self, Ladder ladder, double extreme, double close)


cpdef double stop_price(Order order, bar) except? -1
