"""What reconciliation found: differences to the venue, each as an event that strategies see.

Never a disguised fill: what no execution explains is told as what it is.
"""

import msgspec

from engine.model.commands import OrderType, Side


class PositionAdjusted(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, tag=True, tag_field="event"
):
    """Bring an account's position to what the venue has, where no fill explains the difference.

    `strategy` owns the difference, nobody where it is empty. `before` and `after` are signed
    quantities of the account. `price` is the venue's average price, or the mark;
    NaN where neither is known: then the quantity moves at no cost. `id` follows from what was
    found, so that the same difference has the same id however often it is found. On a hedging
    account all of this is about the one position that `position_id` names.
    """

    id: str
    account: str
    instrument: str
    ts_event: int
    ts_recv: int
    before: float
    after: float
    price: float
    reason: str
    strategy: str = ""
    position_id: str = ""


class OrderAdopted(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, tag=True, tag_field="event"
):
    """Take an order into the books that this program did not send, so that limits count it."""

    client_order_id: str
    venue_order_id: str
    account: str
    instrument: str
    ts_event: int
    ts_recv: int
    side: Side
    type: OrderType
    quantity: float
    filled: float
    price: float | None = None
    stop: float | None = None


class Quarantined(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag=True, tag_field="event"):
    """Say that something at the venue is not explained and was left out of the books by policy."""

    id: str
    account: str
    instrument: str
    ts_recv: int
    message: str
