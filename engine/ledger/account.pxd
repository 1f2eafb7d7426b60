# Types of the compiled core; the meaning is in account.py.

from engine.ledger.exact cimport ExactSum
from engine.ledger.position cimport Position


cdef class Account:
    cdef public dict balances, fees, positions
    cdef public object currency, hedging, id, leverage, spec, venue
    cdef public ExactSum single

    cpdef Position position(self, instrument)
    cpdef settle(self, instrument, profit, digits)
    cpdef charge(self, currency, fee)
    cpdef adjust(self, currency, amount)
    cdef ExactSum _balance(self, currency)
