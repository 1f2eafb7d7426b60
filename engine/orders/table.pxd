# Types of the compiled core; the meaning is in table.py.

from engine.orders.order cimport Order, VenueOrder


cdef class OrderTable:
    cdef public dict orders
    cdef public object counts
    cdef public list closed
    cdef object _reopened, _retained
    cdef dict _readers

    cpdef sent(self, Order order)
    cpdef restore(self, Order order, VenueOrder leg)
    cpdef requested(self, Order order, VenueOrder leg, request, new_quantity=*)
    cpdef tuple apply(self, report)
    cdef _settle(self, Order order, VenueOrder leg, evidence, ts)
    cdef _close(self, Order order, VenueOrder leg, ts)
    cdef _reopen(self, Order order)


cdef _amend_answered(VenueOrder leg)
cdef _die(VenueOrder leg)
cdef _note_filled(Order order, VenueOrder leg, filled)
cdef _completed(VenueOrder leg, life)
cpdef reserve(Order order, VenueOrder leg)
cdef _move_reservation(Order order, change)
