# Types of the compiled core; the meaning is in exits.py.

from engine.orders.order cimport Order


cpdef is_exit(Order order, added)
