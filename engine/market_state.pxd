# Types of the compiled core; the meaning is in market_state.py.


cdef class MarketState:
    cdef public object bar, book, instrument, quote, status, trade
    cdef public dict bar_calls
    cdef public tuple book_calls, quote_calls, status_calls, trade_calls

    cpdef mark(self)
