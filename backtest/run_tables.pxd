# Types of the compiled core; the meaning is in run_tables.py.

from engine.kernel cimport Kernel
from engine.orders.order cimport Order


cdef class RunTables:
    cdef Kernel _kernel
    cdef object _folder
    cdef dict _tables
    cdef public object fills, orders, denied
    cdef public list _closed, _worth, _marks, _filled

    cpdef on_fill(self, Order order, fill, profit)
    cpdef on_closed(self, Order order)
    cpdef write(self)
    cpdef sample(self, ts)


cpdef tuple _order_row(Order order)
cpdef tuple _fill_row(Order order, fill, profit, position, rate)
