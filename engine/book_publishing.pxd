# Types of the compiled core; the meaning is in book_publishing.py.

cimport cython

from engine.publishing cimport Publisher
from engine.strategy.host cimport Host


cdef class BookPublisher(Publisher):
    cdef public object _book, _change

    @cython.locals(host=Host)
    cpdef walk(self, events)


cdef class OrderBookPublisher(BookPublisher):
    pass
