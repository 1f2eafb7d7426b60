# Types of the compiled core; the meaning is in host.py.

from engine.market_state cimport MarketState
from engine.orders.order cimport Order
from engine.orders.route cimport Route


cdef class Host:
    cdef public object kernel, name, accounts, state, fault, error, moment, heard, denials
    cdef public list intents
    cdef public dict open_orders, calls
    cdef public object on_order, on_fill, hears
    cdef dict _markets, _routes

    cpdef Route route(self, instrument)
    cpdef MarketState market(self, instrument)
    cpdef Order order(
        self, instrument, side, quantity, price, stop=*, trail=*, terms=*, rounding=*
    )
    cpdef cancel(self, Order order)
    cpdef replace(self, Order order, quantity, price, stop)
    cpdef refusal(self, Order order)
    cpdef working(self, Route route)
    cpdef Order close(self, Route route, units)


cdef _put_on_grid(Order order, Route route, rounding)
cdef _blank(Order order)
cdef _put_stop_on_grid(Order order, instrument, rounding)
