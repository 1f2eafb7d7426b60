"""A snapshot: the books of a run at one moment, as values that the journal keeps.

Takes and restores nothing; `engine.recovery.restore` does.
"""

import msgspec

from engine.gate.rates import RateSnapshot
from engine.model.commands import OrderType, Side, TimeInForce
from engine.model.groups import GroupSaved
from engine.model.risk import OverrideGranted

Digits = str | int
"""An integer of any size, written as its decimal digits: MessagePack itself ends at 64 bits. Early
journals have plain integers here, which are still read.
"""


class Sum(msgspec.Struct, frozen=True, array_like=True):
    """Hold money exactly: `units * 10**-digits`."""

    units: Digits
    digits: int


class AccountBooks(msgspec.Struct, frozen=True):
    """Hold an account's money and the fees it paid, by currency."""

    account: str
    balances: dict[str, Sum]
    fees: dict[str, Sum]


class PositionBooks(msgspec.Struct, frozen=True):
    """Hold one position exactly, of a strategy, or with an empty name of the account itself.

    Fields are those of `engine.ledger.position.Position`.
    """

    strategy: str
    account: str
    instrument: str
    quantity: int
    cost: Digits
    realised: Digits
    price_digits: int


class LegBooks(msgspec.Struct, frozen=True):
    """Hold one position of a hedging account underneath the netted one; see `engine.ledger.legs`.

    What orders are about to close of it follows from the orders.
    """

    id: str
    strategy: str
    account: str
    instrument: str
    quantity: int
    cost: Digits
    realised: Digits
    price_digits: int
    stop_loss: float | None = None
    take_profit: float | None = None


class OrderBooks(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one order and what is known of it; `units` and the like are in the instrument's units.

    `life` and `request` are members of `engine.orders.life`, by number.
    """

    client_order_id: str
    strategy: str
    account: str
    instrument: str
    side: Side
    type: OrderType
    quantity: float
    price: float | None
    stop: float | None
    trail: float | None
    time_in_force: TimeInForce
    expire_ts: int | None
    post_only: bool
    reduce_only: bool
    closing: bool
    tag: str
    venue_order_id: str
    units: int
    filled: int
    life: int
    request: int
    requests: int
    amending: int = 0
    adding: int = 0
    new_quantity: int
    revision: int
    cumulative: int
    dead: bool
    trades: tuple[str, ...]
    notional: float
    ts_submitted: int
    ts_accepted: int | None
    position_id: str = ""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="event"):
    """Hold the books of a run: accounts, positions, orders that may still matter, states.

    `states` is what strategies declared as their `State`, in MessagePack, by name. `counter` is how
    many client order ids the epoch has given out. `overrides` are those granted and not ended;
    `rates` is how much of each limit was used. `groups` are the brackets and pairs of `orders`.
    `legs` are the positions of hedging accounts by the venue's ids.
    """

    ts_recv: int
    counter: int = 0
    accounts: tuple[AccountBooks, ...] = ()
    positions: tuple[PositionBooks, ...] = ()
    orders: tuple[OrderBooks, ...] = ()
    states: dict[str, bytes] = {}
    overrides: tuple[OverrideGranted, ...] = ()
    rates: RateSnapshot = RateSnapshot()
    groups: tuple[GroupSaved, ...] = ()
    legs: tuple[LegBooks, ...] = ()
