# Types of the compiled core; the meaning is in position.py. Money stays Python's: C integers wrap.


cdef class Position:
    cdef public object cost, currency, instrument, margin_initial, price_digits, quantity, realised
    cdef public object unit_value
    cdef object _money_scale, _point_value, _size_scale

    cpdef book(self, quantity, price, price_digits)
    cpdef settle(self, price, price_digits)
    cdef _align(self, price, digits)
    cpdef unrealised_pnl(self, mark)
    cpdef money(self, amount)
