# Types of the compiled core; the meaning is in ladder.py.

from backtest.exchange.order cimport Order


cdef class Ladder:
    cdef public int side
    cdef public list resting, stops, waiting, trailing
    cdef public object taken
    cdef public double seen_price, seen_size

    cpdef rest(self, Order order)
    cpdef hold(self, Order order)
    cpdef queue(self, Order order)
    cpdef follow(self, Order order)
    cpdef move(self, Order order, stop, double trigger)
    cpdef remove(self, Order order)
    cpdef see(self, double price, double size)
    cpdef take(self, double price, double size, units)
