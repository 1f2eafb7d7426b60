"""Read a command into an order, or into the reason why it cannot become one.

Knows nothing of the market's state: whether an order may be taken now is the market's business.
"""

from backtest.exchange import reasons
from backtest.exchange.grid import Grid
from backtest.exchange.holding import Holding
from backtest.exchange.order import Order
from engine.model.commands import OrderType, SubmitOrder, TimeInForce

_LIMIT = OrderType.LIMIT
_MARKET = OrderType.MARKET
_STOP_LIMIT = OrderType.STOP_LIMIT
_TRAILING = OrderType.TRAILING_STOP
_IOC = TimeInForce.IOC
_FOK = TimeInForce.FOK
_INFINITY = float("inf")


def read_order(
    command: SubmitOrder, grid: Grid, holding: Holding, number: int, sequence: int
) -> Order | str:
    """Return the order a command describes, or the reason of its rejection.

    `holding` is the account's in the instrument; `number` makes the venue order id; `sequence` is
    the claim to time priority. A price on a market order, or a stop on a limit, is ignored as
    venues do.
    """
    quantity = grid.quantity(command.quantity)
    if quantity is None:
        return reasons.QUANTITY_INVALID
    kind, life = command.type, command.time_in_force
    limit, price = command.price, None
    priced = kind is _LIMIT or kind is _STOP_LIMIT
    if not priced:
        limit, price = (_INFINITY if command.side > 0 else -_INFINITY), 0
    elif limit is not None:
        price = grid.price(limit)
    if limit is None or price is None:
        return reasons.PRICE_INVALID
    order = Order(command, holding, number, sequence, quantity, limit, price)
    order.at_once = life is _IOC or life is _FOK
    order.priced = priced
    if kind is _LIMIT or kind is _MARKET:
        return order
    return _read_stop(order, grid, trailing=kind is _TRAILING)


def _read_stop(order: Order, grid: Grid, *, trailing: bool) -> Order | str:
    """Return the order with its trigger; a trailing stop may have one to begin with."""
    command = order.command
    order.armed = True
    if trailing:
        trail = grid.distance(command.trail)
        if trail is None:
            return reasons.TRAIL_INVALID
        order.trail = trail
        if command.stop is None:
            return order
    stop, trigger = grid.price(command.stop), command.stop
    if stop is None or trigger is None:
        return reasons.STOP_INVALID
    order.set_stop(stop, trigger)
    return order
