"""An order as the simulated exchange keeps it.

Decides nothing about fills.
"""

from math import isnan

from backtest.exchange.holding import Holding
from engine.model.commands import SubmitOrder

NOWHERE, RESTING, STOPPED, WAITING = range(4)
"""Where an order is: in transit, among the limits, among the untriggered stops, in line."""

_NAN = float("nan")


class Order:
    """Hold one working order.

    `quantity` and `filled` are in units of 10^-quantity_digits; `price`, `stop` and `trail` in
    units of 10^-price_digits, zero where there is none; `limit` and `trigger` are price and stop
    as canonical floats, because rows are compared as they come. An order without a limit has one
    that no price violates, and `priced` is False. `best` is the best price that a trailing stop
    has seen, NaN before the first; `armed` holds until a stop is triggered; `at_once` says that
    what cannot fill on arrival is canceled; `since` is when the order was sent, given another price
    or triggered.
    """

    __slots__ = (
        "armed",
        "at_once",
        "best",
        "command",
        "fee_charged",
        "fee_raw",
        "filled",
        "holding",
        "home",
        "id",
        "limit",
        "number",
        "price",
        "priced",
        "quantity",
        "reduce_only",
        "revision",
        "sequence",
        "side",
        "since",
        "stop",
        "trail",
        "trigger",
        "venue_order_id",
    )

    def __init__(
        self,
        command: SubmitOrder,
        holding: Holding,
        number: int,
        sequence: int,
        quantity: int,
        limit: float,
        price: int,
    ) -> None:
        self.command = command
        self.holding = holding
        self.id = command.client_order_id
        self.side = 1 if command.side > 0 else -1
        self.number = number
        self.sequence = sequence
        self.venue_order_id = f"V{number}"
        self.quantity = quantity
        self.limit = limit
        self.at_once = False
        self.reduce_only = command.reduce_only
        self.since = command.ts
        self.price = price
        self.priced = False
        self.filled = 0
        self.home = NOWHERE
        self.stop = 0
        self.trigger = _NAN
        self.trail = 0
        self.best = _NAN
        self.armed = False
        self.revision = 0
        self.fee_raw = 0.0
        self.fee_charged = 0.0

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
