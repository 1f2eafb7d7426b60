# Types of the compiled core; the meaning is in watched.py.

from engine.market_state cimport MarketState


cdef class Watched:
    cdef public object _watches, _portfolio

    cpdef until(self, MarketState market)
    cpdef _is_held(self, instrument)
