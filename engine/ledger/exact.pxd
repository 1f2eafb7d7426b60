# Types of the compiled core; the meaning is in exact.py.


cdef class ExactSum:
    cdef object _scale, _value
    cdef public object digits, units

    cpdef add(self, units, digits)
    cpdef tuple read(self, value)
