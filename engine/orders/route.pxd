# Types of the compiled core; the meaning is in route.py.

from engine.ledger.account cimport Account
from engine.market_state cimport MarketState
from engine.orders.exposure cimport Exposure


cdef class Route:
    cdef public Account account
    cdef public Exposure exposure, held
    cdef public MarketState market
    cdef public tuple entry_rules, exit_rules, notes, rules
    cdef public object instrument, limits, name, pace, port, price_scale, price_units
    cdef public object quantity_max, quantity_min, quantity_scale, quantity_units
    cdef public object is_exit, keeps_protection, keeps_reduce_only, replace_adds, strategy
