# Types of the compiled core; the meaning is in market.py.

from backtest.exchange.blotter cimport Blotter
from backtest.exchange.costs cimport Costs
from backtest.exchange.grid cimport Grid
from backtest.exchange.holding cimport Holding
from backtest.exchange.hours cimport Hours
from backtest.exchange.ladder cimport Ladder
from backtest.exchange.order cimport Order


cdef class Market:
    cdef public object instrument, models, accounts
    cdef public Blotter blotter
    cdef public Ladder buys, sells
    cdef public dict holdings, orders
    cdef public bint _at_cost, _drawn, _strict
    cdef public Costs _costs
    cdef public Grid _grid
    cdef public Hours _hours
    cdef public double _quantity_scale
    cdef public dict _reducing

    cpdef on_quote(self, quote)
    cpdef on_trade(self, trade)
    cpdef on_open(self, ts, price, volume=*)
    cpdef on_bar(self, bar)
    cpdef again_in_bar(self, bar)
    cpdef price(self)
    cpdef _watched(self, side)
    cpdef _would_take(self, side, limit)
    cpdef _arrive(self, Order order)
    cpdef _draw_lines(self)
    cpdef Order submit(self, command, ts)
    cpdef cancel(self, command, ts)
    cpdef replace(self, command, ts)
    cpdef expire(self, Order order, ts)
    cpdef Holding _hold(self, name, command)
    cpdef _refusal(self, Order order, ts)
    cpdef _objection(self, Order order, amendment, ts)
    cpdef _shortage(self, Order order, added)
    cpdef Ladder _ladder(self, Order order)
    cpdef _enter(self, Order order)
    cpdef _trail(self, Ladder ladder, Order order, price)
    cpdef _trigger(self, Ladder ladder, price)
    cpdef _release(self, Ladder ladder, Order order)
    cpdef _fill(self, Order order, units, price, liquidity)
    cpdef _book(self, Order order, units, price, fee)
    cpdef _fillable(self, Order order, units)
    cpdef _reducible(self, Order order)
    cpdef _cancel_idle_reducers(self, Holding holding)
    cpdef _cancel(self, Order order, reason)
    cpdef _close(self, Order order)
    cpdef _loses_place(self, Order order, amendment)
    cpdef _amend(self, Order order, amendment, command)
