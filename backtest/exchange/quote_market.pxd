# Types of the compiled core; the meaning is in quote_market.py.

from backtest.exchange.ladder cimport Ladder
from backtest.exchange.market cimport Market
from backtest.exchange.order cimport Order


cdef class QuoteMarket(Market):
    cdef double _ask_high, _ask_low, _bid_high, _bid_low, _trade_high, _trade_low, _share
    cdef bint _on_last
    cdef object _quote, _trade

    cdef _match_quote(self, quote)
    cdef _match_trade(self, trade)
    cdef _meet_trade(self, trade)
    cdef _meet_touch(self, Ladder ladder, double price, double size)
    cdef _left(self, Ladder ladder, double size)
    cdef _serve_line(self, Ladder ladder, double price, left)
    cdef _serve_limits(self, Ladder ladder, double price, left)
    cdef _take(self, Order order, double price, left)
    cdef bint _meet(self, Order order, Ladder ladder, double price, double size) except -1
    cdef tuple _touch(self, int side)
    cdef _follow(self, Ladder ladder, double price)
    cdef _draw_stop_lines(self)
