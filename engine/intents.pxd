# Types of the compiled core; the meaning is in intents.py.

from engine.kernel cimport Kernel
from engine.orders.order cimport Order
from engine.strategy.host cimport Host


cpdef submit(Kernel kernel, Host host, Order order, _detail)
cpdef cancel(Kernel kernel, Host host, Order order, _detail)
cpdef replace(Kernel kernel, Host host, Order order, change)
cpdef deny(Kernel kernel, Host host, Order order, denial)
cpdef refuse(Kernel kernel, Host host, Order order, denial)
