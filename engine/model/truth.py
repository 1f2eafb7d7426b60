"""What a venue says that an account has: its orders, fills, positions and money.

Compares nothing; reconciliation does. Quantities, prices and money are canonical floats, times are
nanoseconds UTC: `ts_event` by the venue's clock, `ts_recv` by ours.
"""

from enum import StrEnum

import msgspec

from engine.model.commands import OrderType, Side
from engine.model.reports import OrderFilled


class Standing(StrEnum):
    """Name how a venue lists an order."""

    WORKING = "working"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"


class OrderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one row of a venue's list of orders.

    `client_order_id` is empty where the venue keeps none or another program placed the order.
    `quantity` is the total, `filled` the cumulative part of it; `position_id` names the position
    that the order opens or closes on a hedging account.
    """

    account: str
    instrument: str
    venue_order_id: str
    side: Side
    type: OrderType
    quantity: float
    filled: float
    standing: Standing
    ts_event: int
    client_order_id: str = ""
    price: float | None = None
    stop: float | None = None
    position_id: str = ""
    reason: str = ""


class PositionRecord(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, tag=True, tag_field="event"
):
    """Hold one position as the venue has it; also an event, wherever venues stream positions.

    `quantity` is signed. `average_price` is the venue's own, None where it gives none.
    `position_id` is empty on netting accounts. A position of quantity 0 is closed.
    """

    account: str
    instrument: str
    quantity: float
    ts_event: int
    ts_recv: int
    average_price: float | None = None
    position_id: str = ""
    stop_loss: float | None = None
    take_profit: float | None = None


class BalanceRecord(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, tag=True, tag_field="event"
):
    """Hold an account's money in one currency; also an event, wherever venues stream balances.

    `total` leaves out the profit of open positions; `available` is what new orders may use, and
    `used_margin` what open positions take of the equity: None where the venue does not say.
    """

    account: str
    currency: str
    total: float
    ts_event: int
    ts_recv: int
    available: float | None = None
    used_margin: float | None = None


class VenueTruth(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="event"):
    """Hold what a venue answered when asked for everything an account has.

    A list is None where the venue offers no such list: then nothing follows from an absence. An
    empty list says that there is none. `orders` has every working order, and closed ones as far as
    the venue lists them; `fills` reaches back to `fills_since`. All questions were asked between
    `ts_asked` and `ts_recv`: only what was sent well before `ts_asked` can be absent. The lists
    need not agree with one another, for a fill may fall between two questions. `unlisted` are
    instruments that the list of positions leaves out, whatever is held of them. `absent` names, by
    our ids, orders that could not rest and that no execution of the account shows: where orders are
    not listed, that alone says that one never arrived.
    """

    venue: str
    account: str
    ts_asked: int
    ts_recv: int
    orders: tuple[OrderRecord, ...] | None = None
    fills: tuple[OrderFilled, ...] | None = None
    fills_since: int = 0
    positions: tuple[PositionRecord, ...] | None = None
    balances: tuple[BalanceRecord, ...] | None = None
    unlisted: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
