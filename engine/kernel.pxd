# Types of the compiled core; the meaning is in kernel.py.

from engine.clock cimport Clock
from engine.gate.gate cimport RiskGate
from engine.ledger.portfolio cimport Portfolio
from engine.orders.order cimport Order
from engine.orders.table cimport OrderTable
from engine.strategy.host cimport Host


cdef class Kernel:
    cdef public Clock clock
    cdef public object bus, timers, ids, strangers, requests, control, pacing
    cdef public Portfolio portfolio
    cdef public RiskGate gate
    cdef public OrderTable orders
    cdef public dict hosts
    cdef public list decisions, observers
    cdef public object _limits, _ports, _flatten_on_error
    cdef dict _steps, _walks

    cpdef call(self, Host host, callback, event)
    cpdef invoke(self, Host host, callback, event)
    cpdef _on_report(self, report)
    cdef _book(self, Order order, fill, quantity, is_new=*)
    cdef _take_closed(self, Host host)
    cdef _tell(self, Host host, report)
    cpdef _gate(self, Host host)
