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


class Protection(msgspec.Struct, frozen=True, gc=False):
    """Say where what an order opens is closed again: at a loss, at a profit, or at either.

    Each level is an absolute price (`stop_loss`, `take_profit`) or a distance in price, above 0,
    from the price of the order's fills (`stop_distance`, `profit_distance`); never both. `trailing`
    lets the stop follow the market at its distance, and never back; a `guaranteed` one is executed
    at its own price wherever the market is, at venues that offer it.
    """

    stop_loss: float | None = None
    take_profit: float | None = None
    stop_distance: float | None = None
    profit_distance: float | None = None
    trailing: bool = False
    guaranteed: bool = False


class SubmitOrder(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Place an order.

    `price` is the limit, `stop` the trigger, `trail` the distance of a trailing stop; else None.
    `position_id` names the one position that the order reduces on a hedging account; an order
    without it opens a position of its own there. `protection` is what the venue is to keep at the
    position that the order opens; it is None where the engine protects it with orders.
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
    position_id: str = ""
    protection: Protection | None = None


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
    """Close (a part of) a venue position by its id, at the market; only hedging accounts need it.

    Its reports are those of an order with this client order id.
    """

    client_order_id: str
    strategy: str
    account: str
    instrument: str
    ts: int
    position_id: str
    quantity: float


class SetProtection(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Set both exits that a venue keeps at a position: prices, None takes one away.

    `trailing` lets the stop follow the market at the distance that it has when it is set. It is
    answered under `client_order_id`: `ProtectionSet`, `OrderRejected`, or `OrderUnknown`.
    """

    client_order_id: str
    strategy: str
    account: str
    instrument: str
    ts: int
    position_id: str
    stop_loss: float | None = None
    take_profit: float | None = None
    trailing: bool = False


Command = SubmitOrder | ReplaceOrder | CancelOrder | ClosePosition | SetProtection
