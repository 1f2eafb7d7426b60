# Types of the compiled core; the meaning is in blotter.py.

from backtest.exchange.holding cimport Holding
from backtest.exchange.order cimport Order


cdef class Blotter:
    cdef public list reports
    cdef public long long orders, trades, sequence
    cdef public object ts_event, ts_recv

    cpdef rejected(self, command, reason)
    cpdef accepted(self, Order order)
    cpdef triggered(self, Order order)
    cpdef filled(self, Order order, quantity, price, fee, currency, liquidity)
    cpdef canceled(self, Order order, filled, reason)
    cpdef expired(self, Order order, filled)
    cpdef replaced(self, Order order, request, quantity)
    cpdef cash_moved(self, Holding holding, amount, reason, price)
    cpdef refused(self, command, reason)
