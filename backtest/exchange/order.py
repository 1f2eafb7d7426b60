"""An order as the simulated exchange keeps it.

Decides nothing about fills.
"""

from math import isnan

import msgspec

from backtest.exchange.holding import Holding
from engine.model.commands import SubmitOrder

NOWHERE, RESTING, STOPPED, WAITING = range(4)
"""Where an order is: in transit, among the limits, among the untriggered stops, in line."""

_NAN = float("nan")


class Order(msgspec.Struct, eq=False):
    """Hold one working order.

    `quantity` and `filled` are in units of 10^-quantity_digits; `price`, `stop` and `trail` in
    units of 10^-price_digits, zero where there is none; `limit` and `trigger` are price and stop
    as canonical floats, because rows are compared as they come. An order without a limit has one
    that no price violates, and `priced` is False. `best` is the best price that a trailing stop
    has seen, NaN before the first; `armed` holds until a stop is triggered; `at_once` says that
    what cannot fill on arrival is canceled; `since` is when the order was sent, given another price
    or triggered.
    """

    command: SubmitOrder
    holding: Holding
    id: str
    side: int
    number: int
    sequence: int
    venue_order_id: str
    quantity: int
    limit: float
    at_once: bool
    reduce_only: bool
    since: int
    price: int = 0
    priced: bool = False
    filled: int = 0
    home: int = NOWHERE
    stop: int = 0
    trigger: float = _NAN
    trail: int = 0
    best: float = _NAN
    armed: bool = False
    revision: int = 0
    fee_raw: float = 0.0
    fee_charged: float = 0.0

    @property
    def leaves(self) -> int:
        """Return the units that are not filled yet."""
        return self.quantity - self.filled

    def set_limit(self, price: int, limit: float) -> None:
        """Give the order a limit, in units and as the same canonical float."""
        self.price = price
        self.limit = limit
        self.priced = True

    def set_stop(self, stop: int, trigger: float) -> None:
        """Give the order a trigger, in units and as the same canonical float."""
        self.stop = stop
        self.trigger = trigger

    def tightens(self, stop: int) -> bool:
        """Return whether a trailing stop may move to `stop`: always nearer to the market."""
        return isnan(self.trigger) or (stop - self.stop) * self.side < 0
