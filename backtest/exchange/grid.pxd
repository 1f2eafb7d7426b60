# Types of the compiled core; the meaning is in grid.py.


cdef class Grid:
    cdef object _instrument, _largest, _smallest, _step, _tick
    cdef public object price, quantity
    cdef public double price_scale, quantity_scale

    cpdef distance(self, value)
    cpdef nearest(self, double value)
    cpdef size(self, double value)
