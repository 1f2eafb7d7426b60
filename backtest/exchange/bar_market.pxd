# Types of the compiled core; the meaning is in bar_market.py.

from backtest.exchange.ladder cimport Ladder
from backtest.exchange.market cimport Market
from backtest.exchange.order cimport Order


cdef class BarMarket(Market):
    cdef public object _arrivals, _bar, _budget, _counted, _open_sequence, _opened, _seen, _used
    cdef public bint _at_close, _inside
    cdef public double _high_line, _low_line, _last, _moment

    cdef _match_bar(self, bar)
    cpdef _begin_range(self, bar)
    cpdef bint _advance(self, bar) except -1
    cpdef _count(self, ts_open, volume)
    cpdef _left(self)
    cpdef bint _saw_open(self, Order order) except -1
    cpdef bint _is_whole(self, Order order) except -1
    cdef bint _meet_open(self, double price) except -1
    cpdef _serve_line(self, double price)
    cdef _open_limits(self, Ladder ladder, double price)
    cpdef bint _reaches(self, Order order, double price) except -1
    cpdef _release_at(self, Ladder ladder, Order order, double price)
    cpdef _meet(self, Order order, double price)
    cpdef _meet_in_range(self, Order order, bar)
    cpdef _give(self, Order order, double price)
    cpdef _take(self, Order order, double price)
    cdef bint _stays(self, Order order, double price) except -1
