# Types of the compiled core; the meaning is in core.py.

from backtest.exchange.blotter cimport Blotter
from backtest.exchange.market cimport Market


cdef class Exchange:
    cdef Blotter _blotter
    cdef public list reports
    cdef public object _expiries, _settlement
    cdef public object next_expiry
    cdef object _hedged
    cdef dict _accounts, _markets

    cpdef submit(self, command, ts)
    cpdef replace(self, command, ts)
    cpdef cancel(self, command, ts)
