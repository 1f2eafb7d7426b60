# Types of the compiled core; the meaning is in gate.py.

from engine.orders.order cimport Order, VenueOrder


cdef class RiskGate:
    cpdef submit(self, Order order, now)
    cpdef replace(self, Order order, VenueOrder leg, change, now)
    cpdef cancel(self, Order order, VenueOrder leg, now)
    cdef _judge(self, Order order, quantity, added, double bound, traffic)


cdef _off_size(Order order, quantity)
cdef _not_ready(Order order, VenueOrder leg)
