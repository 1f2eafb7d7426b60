# Types of the compiled core; the meaning is in admission.py.

from backtest.exchange.grid cimport Grid
from backtest.exchange.holding cimport Holding


cpdef read_order(command, Grid grid, Holding holding, long long number, long long sequence)
