"""What becomes of commands: execution reports, from a venue or from the engine itself.

Every report carries the canonical floats that the venue gave; a fill is never put on the grid.
"""

from enum import StrEnum

import msgspec

from engine.model.commands import Side


class DenialReason(StrEnum):
    """Name why the gate denied an intent; the documentation's table is made from these members."""

    WARMING_UP = "warming_up"
    STRATEGY_STOPPED = "strategy_stopped"
    PRICE_OFF_GRID = "price_off_grid"
    PRICE_INVALID = "price_invalid"
    QUANTITY_TOO_SMALL = "quantity_too_small"
    QUANTITY_TOO_LARGE = "quantity_too_large"
    ORDER_INVALID = "order_invalid"
    ORDER_VALUE = "order_value"
    POSITION_LIMIT = "position_limit"
    GROSS_LIMIT = "gross_limit"
    OPEN_ORDERS = "open_orders"
    BUYING_POWER = "buying_power"
    NO_REFERENCE = "no_reference"
    NO_CURRENCY_RATE = "no_currency_rate"
    ORDER_CLOSED = "order_closed"
    REQUEST_IN_FLIGHT = "request_in_flight"
    NOTHING_TO_REDUCE = "nothing_to_reduce"
    ALREADY_SENT = "already_sent"
    INSTRUMENT_NOT_ALLOWED = "instrument_not_allowed"
    ORDER_TYPE_NOT_ALLOWED = "order_type_not_allowed"
    SESSION_CLOSED = "session_closed"
    PRICE_COLLAR = "price_collar"
    STALE_REFERENCE = "stale_reference"
    NET_LIMIT = "net_limit"
    OPEN_VALUE = "open_value"
    DUPLICATE_ORDER = "duplicate_order"
    SELF_MATCH = "self_match"
    FEED_STALE = "feed_stale"
    FEED_GAPPED = "feed_gapped"
    BOOK_CROSSED = "book_crossed"
    MESSAGE_RATE = "message_rate"
    RATE_LIMIT = "rate_limit"
    RATE_DEADLINE = "rate_deadline"
    RATE_QUEUE_FULL = "rate_queue_full"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    NOT_SUPPORTED = "not_supported"
    PAUSED = "paused"
    KILL_SWITCH = "kill_switch"
    DAILY_LOSS = "daily_loss"
    DRAWDOWN = "drawdown"
    EXECUTION_THROTTLE = "execution_throttle"
    LIMIT_BREACHED = "limit_breached"
    EXIT_UNKNOWN = "exit_unknown"
    STORAGE = "storage"


class Liquidity(StrEnum):
    """Say whether a fill gave liquidity or took it."""

    MAKER = "maker"
    TAKER = "taker"


class OrderReport(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Carry what every report has: ids, and the venue's and our time in nanoseconds UTC."""

    client_order_id: str
    instrument: str
    ts_event: int
    ts_recv: int
    venue_order_id: str = ""
    account: str = ""


class OrderSubmitted(OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Say that the gate approved an order and it is on its way."""


class OrderDenied(OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Say that the gate denied an intent: nothing was sent."""

    reason: DenialReason
    message: str


class OrderAccepted(OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Say that the venue has the order and it works."""


class OrderRejected(OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Say that the venue refused the order."""

    reason: str


class OrderTriggered(OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Say that a stop's trigger was reached."""


class OrderFilled(OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Report one execution of `quantity`.

    `fee` is money paid in `fee_currency`; negative is a rebate. `position_id` names, on a hedging
    account, the position that the fill opened, added to or reduced.
    """

    trade_id: str
    side: Side
    quantity: float
    price: float
    fee: float
    fee_currency: str
    liquidity: Liquidity = Liquidity.TAKER
    position_id: str = ""


class OrderCanceled(OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Say that the order left the market.

    `filled` is the cumulative filled quantity that the venue names, if it does.
    """

    reason: str = ""
    filled: float | None = None


class OrderExpired(OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Say that the order's time in force ended."""

    filled: float | None = None


class OrderReplaced(OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Confirm a replace: the quantity (total), limit and trigger that now hold.

    `revision` orders late doubles.
    """

    request: int
    revision: int
    quantity: float
    price: float | None = None
    stop: float | None = None


class CancelRejected(OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Say that the venue refused a cancel; the order is as it was."""

    request: int
    reason: str


class ReplaceRejected(
    OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True
):
    """Say that the venue refused a replace; the order is as it was."""

    request: int
    reason: str


class OrderUnknown(OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Say that no answer came in time: the order may or may not work, and counts as if it did."""

    reason: str


class OrderLost(OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Say that the venue has proven not to know the order."""

    reason: str


class ProtectionSet(OrderReport, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True):
    """Say which exits the venue now keeps at a position, None for none.

    `client_order_id` is that of the `SetProtection` it answers.
    """

    position_id: str
    stop_loss: float | None = None
    take_profit: float | None = None
    trailing: bool = False


class CashAdjusted(
    msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event", kw_only=True
):
    """Report money that no trade moved (funding, swap, clearing): what the account gains.

    A clearing names its settlement `price`: the position is carried at it from then on, and
    `amount` is the profit that was unrealised until then.
    """

    account: str
    instrument: str
    currency: str
    ts_event: int
    ts_recv: int
    amount: float
    reason: str
    price: float | None = None


OrderEvent = (
    OrderSubmitted
    | OrderDenied
    | OrderAccepted
    | OrderRejected
    | OrderTriggered
    | OrderFilled
    | OrderCanceled
    | OrderExpired
    | OrderReplaced
    | CancelRejected
    | ReplaceRejected
    | OrderUnknown
    | OrderLost
    | ProtectionSet
)
