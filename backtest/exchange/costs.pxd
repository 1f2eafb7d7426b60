# Types of the compiled core; the meaning is in costs.py.

from backtest.exchange.grid cimport Grid
from backtest.exchange.order cimport Order


cdef class Costs:
    cdef object _fees, _instrument, _slippage
    cdef Grid _grid
    cdef public bint free, slips

    cpdef fee(self, Order order, double quantity, double price, liquidity)
    cpdef double worsened(self, Order order, double price)
