# Types of the compiled core; the meaning is in order.py.

from engine.orders.route cimport Route


cdef class VenueOrder:
    cdef public object adding, amending, cumulative, dead, filled, id, inherited, life, new_quantity
    cdef public object quantity, request, requests, reserved, revision, trades, venue_order_id


cdef class Order:
    cdef public Route route
    cdef public VenueOrder leg
    cdef public object arrival_price, asked_price, asked_quantity, asked_stop, group, id, notional
    cdef public object price, problem, quantity, reason, side, stop, terms, trail
    cdef public object ts_accepted, ts_closed, ts_submitted, type, units
