# Types of the compiled core; the meaning is in portfolio.py.

from engine.ledger.account cimport Account
from engine.ledger.position cimport Position
from engine.orders.exposure cimport Exposure


cdef class Portfolio:
    cdef public dict accounts
    cdef object _markets, _holders
    cdef dict _exposures, _held, _paths

    cpdef Exposure exposure(self, str account, instrument)
    cpdef Exposure held(self, str strategy, str account, instrument)
    cpdef working(self, str account)
    cpdef is_shared(self, str account, str instrument)
    cpdef tuple book(self, Account account, Position position, fill, quantity)
    cpdef rate(self, currency, into)
    cpdef path(self, currency, into)
    cpdef worth(self, Account account, amount, currency)
    cpdef balance(self, Account account)
    cpdef unrealised(self, Account account)
    cpdef equity(self, Account account)
    cpdef exposures(self, Account account)


cpdef tuple fill_price(instrument, double price)
