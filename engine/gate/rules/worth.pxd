# Types of the compiled core; the meaning is in worth.py.

from engine.ledger.account cimport Account
from engine.ledger.portfolio cimport Portfolio
from engine.orders.order cimport Order


cdef class OrderValue:
    cdef double _limit, _surely
    cdef Portfolio _portfolio

    cpdef judge(self, Order order, quantity, _added, double price)


cdef class AccountWorth:
    cdef Account _account
    cdef dict _exposures
    cdef double _gross, _net, _working
    cdef object _markets
    cdef Portfolio _portfolio

    cpdef judge(self, Order order, _quantity, added, double price)
    cdef _denial(self, Order order, sums, margin, equity)
