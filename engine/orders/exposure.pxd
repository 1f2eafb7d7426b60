# Types of the compiled core; the meaning is in exposure.py.

from engine.ledger.position cimport Position


cdef class Exposure:
    cdef public Position position
    cdef public object buys, legs, open_orders, reducing_buys, reducing_sells, sells

    cpdef reserve_reducing(self, side, change)
