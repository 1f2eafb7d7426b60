"""What the engine asks of a venue, and the words it uses for it.

A bare command cannot be sent: connectors accept only what the gate has approved
(`engine.gate.approved`).
"""

from enum import IntEnum, StrEnum

import msgspec


class Side(IntEnum):
    """Name the direction of an order; the value is its sign."""

    BUY = 1
    SELL = -1


class OrderType(StrEnum):
    """Name the kinds of order."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


class TimeInForce(StrEnum):
    """Name how long an order lives: DAY ends with the instrument's session, GTD at `expire_ts`."""

    GTC = "gtc"
    DAY = "day"
    IOC = "ioc"
    FOK = "fok"
    GTD = "gtd"


class SubmitOrder(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Place an order.

    `price` is the limit, `stop` the trigger, `trail` the distance of a trailing stop; else None.
    """

    client_order_id: str
    strategy: str
    account: str
    instrument: str
    ts: int
    side: Side
    type: OrderType
    quantity: float
    price: float | None = None
    stop: float | None = None
    trail: float | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    expire_ts: int | None = None
    post_only: bool = False
    reduce_only: bool = False


class ReplaceOrder(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Change total quantity (filled part included), limit price or trigger of a working order.

    `request` numbers the requests of an order, so that an answer clears only its own.
    """

    client_order_id: str
    account: str
    instrument: str
    ts: int
    request: int
    quantity: float
    price: float | None = None
    stop: float | None = None


class CancelOrder(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Take a working order out of the market."""

    client_order_id: str
    account: str
    instrument: str
    ts: int
    request: int


class ClosePosition(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Close (a part of) a venue position by its id; only hedging accounts need it."""

    client_order_id: str
    strategy: str
    account: str
    instrument: str
    ts: int
    position_id: str
    quantity: float


class SetProtection(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Set or change the stop-loss and take-profit that a venue keeps at a position."""

    account: str
    instrument: str
    ts: int
    position_id: str
    stop_loss: float | None = None
    take_profit: float | None = None


Command = SubmitOrder | ReplaceOrder | CancelOrder | ClosePosition | SetProtection
