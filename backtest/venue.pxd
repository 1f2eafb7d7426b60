# Types of the compiled core; the meaning is in venue.py.

from backtest.exchange.core cimport Exchange
from backtest.exchange.market cimport Market
from engine.clock cimport Clock
from engine.kernel cimport Kernel


cdef class SimulatedVenue:
    cdef public Exchange exchange
    cdef public object due
    cdef public Kernel _kernel
    cdef public Clock _clock
    cdef public object _timers, _report, _pass_time, _line
    cdef public list _reports, _queue, _inside
    cdef public object _hedges, _links, _sequence, _expiry
    cdef public dict _opens

    cpdef send(self, approved)
    cpdef advance(self, ts)
    cpdef _advanced(self, ts)
    cpdef deliver(self)
    cpdef _execute(self, command, ts)
    cdef _push(self, ts, phase, action, item)
    cdef _await_open(self, Market market, find, ts, since)
    cdef _meet_open(self, Market market, find, found, ts)
