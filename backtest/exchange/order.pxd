# Types of the compiled core; the meaning is in order.py.

from backtest.exchange.holding cimport Holding


cdef class Order:
    cdef public object command, id, venue_order_id
    cdef public Holding holding
    cdef public int side, home
    cdef public long long number, sequence, quantity, price, filled, stop, trail, revision, since
    cdef public double limit, trigger, best, fee_raw, fee_charged
    cdef public bint at_once, reduce_only, priced, armed

    cpdef set_limit(self, long long price, double limit)
    cpdef set_stop(self, long long stop, double trigger)
    cpdef bint tightens(self, long long stop)
