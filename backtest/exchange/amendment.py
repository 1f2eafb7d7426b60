"""Read a replace command into what changes about an order, or into the reason why it cannot.

Knows nothing of the market's state.
"""

from math import isnan
from typing import NamedTuple

from backtest.exchange import reasons
from backtest.exchange.grid import Grid
from backtest.exchange.order import Order
from engine.model.commands import ReplaceOrder


class Amendment(NamedTuple):
    """Give the values that shall hold; `moves` says whether a price is another one."""

    quantity: int
    price: int
    limit: float
    stop: int
    trigger: float
    moves: bool

    def apply(self, order: Order) -> None:
        """Give an order the new prices; the quantity is the market's to change."""
        if order.priced:
            order.set_limit(self.price, self.limit)
        if order.armed:
            order.set_stop(self.stop, self.trigger)


def read_amendment(order: Order, command: ReplaceOrder, grid: Grid) -> Amendment | str:
    """Return what a replace changes, or the reason of its refusal.

    A price for an order that has none, or a trigger for one whose trigger was reached, is ignored.
    """
    limit = command.price if order.priced and command.price is not None else order.limit
    trigger = command.stop if order.armed and command.stop is not None else order.trigger
    quantity = grid.quantity(command.quantity)
    price = grid.price(limit) if order.priced else 0
    stop = order.stop if command.stop is None or not order.armed else grid.price(trigger)
    if quantity is None:
        return reasons.QUANTITY_INVALID
    if quantity <= order.filled:
        return reasons.NOT_ABOVE_FILLED
    if price is None:
        return reasons.PRICE_INVALID
    if stop is None:
        return reasons.STOP_INVALID
    moves = limit != order.limit or (trigger != order.trigger and not isnan(trigger))
    return Amendment(quantity, price, limit, stop, trigger, moves)
