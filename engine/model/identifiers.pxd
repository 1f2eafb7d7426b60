# Types of the compiled core; the meaning is in identifiers.py.


cdef class OrderIds:
    cdef object _prefix, _counter

    cpdef str take(self)
