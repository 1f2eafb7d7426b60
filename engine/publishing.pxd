# Types of the compiled core; the meaning is in publishing.py.

cimport cython

from engine.clock cimport Clock
from engine.market_state cimport MarketState
from engine.strategy.host cimport Host


cdef class Publisher:
    cdef public object _after, _before
    cdef public Clock _clock
    cdef public MarketState _market

    cpdef _observe(self, now)
    cpdef walk(self, events)


cdef class QuotePublisher(Publisher):
    @cython.locals(host=Host)
    cpdef walk(self, events)


cdef class TradePublisher(Publisher):
    @cython.locals(host=Host)
    cpdef walk(self, events)


cdef class BarPublisher(Publisher):
    @cython.locals(host=Host)
    cpdef walk(self, events)


cdef class StatusPublisher(Publisher):
    @cython.locals(host=Host)
    cpdef walk(self, events)
