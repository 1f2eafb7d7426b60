"""Orders: the one a strategy holds, and the venue orders it stands for.

Changes nothing by itself: the order table applies evidence, the gate's side sets requests.
"""

from typing import TYPE_CHECKING

import msgspec

from engine.model.commands import OrderType, Protection, Side, TimeInForce
from engine.model.reports import DenialReason
from engine.orders.life import CLOSED, STATUS, Life, Request, Status

if TYPE_CHECKING:
    from engine.orders.groups import OrderGroup
    from engine.orders.route import Route

# Members of an enumeration are slow to reach through their class; every order needs these.
_SENT = Life.SENT
_WORKING = Life.WORKING
_NONE = Request.NONE
_CANCELS = (Request.CANCEL, Request.CANCEL_UNSURE)
_REQUEST_STATUS = {
    Request.CANCEL: Status.PENDING_CANCEL,
    Request.CANCEL_UNSURE: Status.PENDING_CANCEL,
    Request.AMEND: Status.PENDING_REPLACE,
    Request.AMEND_UNSURE: Status.PENDING_REPLACE,
}
_NAN = float("nan")


class Terms(msgspec.Struct, frozen=True, gc=False):
    """Say under which terms an order is sent; most orders share the plain ones.

    `closing` marks what the engine sends to leave a position that its strategy holds. `wait_ns` is
    how long it may wait for its venue's limits: None as configured, 0 not at all. `position_id`
    names the position that the order reduces on a hedging account, `protection` what the venue is
    to keep at the one that it opens.
    """

    time_in_force: TimeInForce = TimeInForce.GTC
    expire_ts: int | None = None
    post_only: bool = False
    reduce_only: bool = False
    closing: bool = False
    tag: str = ""
    wait_ns: int | None = None
    position_id: str = ""
    protection: Protection | None = None


PLAIN = Terms()
"""Good till canceled, nothing else."""


class VenueOrder:
    """Follow one order as the venue knows it; quantities in units of 10^-quantity_digits.

    `reserved` is what the order still counts in the exposures, `cumulative` the filled quantity a
    closing report named, `requests` how many requests were made, `revision` the newest amend seen.
    `adding` is the quantity of the second order that an amend makes, 0 where it makes none.
    `amending` is the number of an amend that has no answer yet, also while a cancel overtakes it.
    `inherited` says that the session which sent the order has ended.
    """

    __slots__ = (
        "adding",
        "amending",
        "cumulative",
        "dead",
        "filled",
        "id",
        "inherited",
        "life",
        "new_quantity",
        "quantity",
        "request",
        "requests",
        "reserved",
        "revision",
        "trades",
        "venue_order_id",
    )

    def __init__(self, id: str, quantity: int, reserved: int = 0) -> None:  # noqa: A002 - its name
        self.id = id
        self.quantity = quantity
        self.reserved = reserved
        self.venue_order_id = ""
        self.filled = 0
        self.life: Life = _SENT
        self.request: Request = _NONE
        self.requests = 0
        self.amending = 0
        self.new_quantity = 0
        self.adding = 0
        self.revision = 0
        self.cumulative = 0
        self.dead = False
        self.trades: tuple[str, ...] = ()
        self.inherited = False


class Order:
    """Show a strategy its order: what was asked, what was sent, and what became of it.

    `quantity`, `price`, `stop` and `trail` are on the instrument's grid; `asked_quantity`,
    `asked_price` and `asked_stop` are what the strategy gave. `status`, `filled`, `leaves` and
    `average_price` are always current.
    """

    __slots__ = (
        "arrival_price",
        "asked_price",
        "asked_quantity",
        "asked_stop",
        "group",
        "id",
        "leg",
        "notional",
        "price",
        "problem",
        "quantity",
        "reason",
        "route",
        "side",
        "stop",
        "terms",
        "trail",
        "ts_accepted",
        "ts_closed",
        "ts_submitted",
        "type",
        "units",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - what an order says, and nothing beside
        self,
        route: "Route",
        id: str,  # noqa: A002 - the field's own name
        side: Side,
        type: OrderType,  # noqa: A002 - the field's own name
        terms: Terms,
        quantity: float,
        price: float | None,
        stop: float | None,
        trail: float | None,
    ) -> None:
        self.route = route
        self.id = id
        self.side = side
        self.type = type
        self.terms = terms
        self.quantity = self.asked_quantity = quantity
        self.price = self.asked_price = price
        self.stop = self.asked_stop = stop
        self.trail = trail
        self.units = 0
        self.leg: VenueOrder | None = None
        self.group: OrderGroup | None = None
        self.problem: tuple[DenialReason, str] | None = None
        self.reason = ""
        self.notional = 0.0
        self.arrival_price = _NAN
        self.ts_submitted = 0
        self.ts_accepted: int | None = None
        self.ts_closed: int | None = None

    @property
    def instrument(self) -> str:
        """Return the name of what is traded."""
        return self.route.name

    @property
    def account(self) -> str:
        """Return the name of the account that trades."""
        return self.route.account.id

    @property
    def strategy(self) -> str:
        """Return the name of the strategy whose order it is."""
        return self.route.strategy

    @property
    def time_in_force(self) -> TimeInForce:
        """Return how long the order lives."""
        return self.terms.time_in_force

    @property
    def expire_ts(self) -> int | None:
        """Return when a GTD order ends (nanoseconds UTC)."""
        return self.terms.expire_ts

    @property
    def post_only(self) -> bool:
        """Say whether the order may only add liquidity."""
        return self.terms.post_only

    @property
    def reduce_only(self) -> bool:
        """Say whether the order may only make the position smaller."""
        return self.terms.reduce_only

    @property
    def tag(self) -> str:
        """Return the word the strategy gave the order."""
        return self.terms.tag

    @property
    def status(self) -> Status:
        """Return the state in FIX words, PENDING_* while a request is in flight."""
        leg = self.leg
        if leg is None:
            return Status.DENIED if self.reason else Status.PENDING_NEW
        if CLOSED[leg.life]:
            return STATUS[leg.life]
        if leg.request:
            return _REQUEST_STATUS[leg.request]
        if leg.filled and leg.life is _WORKING:
            return Status.PARTIALLY_FILLED
        return STATUS[leg.life]

    @property
    def is_open(self) -> bool:
        """Say whether the order may still fill: from the call until the venue says otherwise."""
        leg = self.leg
        return not self.reason if leg is None else not CLOSED[leg.life]

    @property
    def is_closed(self) -> bool:
        """Say whether nothing more is expected of the order."""
        return not self.is_open

    @property
    def has_request(self) -> bool:
        """Say whether a cancel or replace is on its way."""
        return self.leg is not None and self.leg.request is not _NONE

    @property
    def is_canceling(self) -> bool:
        """Say whether a cancel is on its way."""
        return self.leg is not None and self.leg.request in _CANCELS

    @property
    def filled(self) -> float:
        """Return the quantity filled so far."""
        return 0.0 if self.leg is None else self.leg.filled / self.route.quantity_scale

    @property
    def filled_units(self) -> int:
        """Return the quantity filled so far in units of 10^-quantity_digits."""
        return 0 if self.leg is None else self.leg.filled

    @property
    def leaves(self) -> float:
        """Return the quantity that may still fill: zero once closed."""
        if self.leg is None or CLOSED[self.leg.life]:
            return 0.0 if self.leg is not None or self.reason else self.quantity
        return (self.leg.quantity - self.leg.filled) / self.route.quantity_scale

    @property
    def average_price(self) -> float:
        """Return the average price of the fills; NaN without any."""
        filled = self.filled
        return self.notional / filled if filled else float("nan")

    def __repr__(self) -> str:
        """Return one readable line."""
        price = "" if self.price is None else f" @ {self.price}"
        words = (self.id, self.side.name, self.quantity, self.instrument + price, self.status.value)
        return f"<Order {' '.join(map(str, words))}>"
