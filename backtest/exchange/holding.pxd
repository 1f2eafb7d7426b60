# Types of the compiled core; the meaning is in holding.py.

from engine.ledger.position cimport Position


cdef class Holding:
    cdef public object account, buys, instrument, position, position_id, price, sells
    cdef public Position book

    cpdef work(self, int side, units)
    cpdef worst(self, int side=*, added=*)
