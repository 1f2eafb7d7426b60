"""The limits of the gate, by scope: what an order may be, and what may be lost.

Holds no rule; `engine.gate` puts rules together from these values.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from engine.config.values import SPAN_PATTERN
from engine.config.words import Count, NotNegative, Positive, Text, about, spelled

Span = Annotated[str, spelled(f"^{SPAN_PATTERN}$", "a span such as 250ms, 1s or 1m")]
Several = Annotated[int, Meta(ge=1, le=1_000_000)]
TimeOfDay = Annotated[str, spelled("^([01][0-9]|2[0-3]):[0-5][0-9]$", "HH:MM")]
OrderTypeName = Literal["market", "limit", "stop", "stop_limit", "trailing_stop"]


ADDED_UP = (
    "max_gross",
    "max_net",
    "max_open_value",
    "max_position",
    "max_open_orders",
    "max_daily_loss",
    "max_drawdown",
)
"""The limits of a firm that bound its accounts together."""


class LimitsConfig(Struct, frozen=True, kw_only=True):
    """Hold the limits of one scope, values in account currency; an absent limit limits nothing."""

    instruments: Annotated[
        tuple[Text, ...] | None, about("the only instruments that may be traded")
    ] = None
    order_types: Annotated[
        tuple[OrderTypeName, ...] | None, about("the only types of order that may be sent")
    ] = None
    only_open: Annotated[
        bool, about("no entries while the instrument's session is closed or it is halted")
    ] = False
    min_price: Annotated[float | None, about("lowest price of an order")] = None
    max_price: Annotated[float | None, about("highest price of an order")] = None
    max_order_value: Annotated[Positive | None, about("largest value of one order")] = None
    max_order_quantity: Annotated[Positive | None, about("largest quantity of one order")] = None
    collar_percent: Annotated[
        Positive | None, about("most that an order may pay beyond the reference, in percent")
    ] = None
    collar_ticks: Annotated[
        Positive | None, about("most that an order may pay beyond the reference, in ticks")
    ] = None
    exit_collar_percent: Annotated[
        Positive | None, about("the same for exits; absent: three times collar_percent")
    ] = None
    exit_collar_ticks: Annotated[
        Positive | None, about("the same for exits; absent: three times collar_ticks")
    ] = None
    quote_age: Annotated[
        Span | None, about("oldest quote that is a reference for a collar; 1m if absent")
    ] = None
    trade_age: Annotated[
        Span | None, about("oldest trade that is one, where there is no quote; 10m if absent")
    ] = None
    close_age: Annotated[
        Span | None, about("oldest bar that is one, where there is no trade; 4d if absent")
    ] = None
    feed_age: Annotated[
        Span | None, about("no entries when nothing came of the instrument for so long, or crossed")
    ] = None
    rate_age: Annotated[
        Span | None, about("no entries when a price that converts currencies is older")
    ] = None
    max_position: Annotated[
        NotNegative | None, about("largest position in one instrument, long or short")
    ] = None
    max_gross: Annotated[NotNegative | None, about("largest sum of position values")] = None
    max_net: Annotated[
        NotNegative | None, about("largest sum of position values, shorts against longs")
    ] = None
    max_open_orders: Annotated[Count | None, about("most working orders at one time")] = None
    max_open_value: Annotated[NotNegative | None, about("largest value of working orders")] = None
    max_messages: Annotated[
        Several | None, about("most orders, changes and cancels in messages_window")
    ] = None
    messages_window: Annotated[Span, about("the window of max_messages, anywhere in time")] = "1s"
    cancel_messages: Annotated[Count, about("how many of max_messages only cancels may use")] = 0
    duplicate_window: Annotated[
        Span | None, about("no second order of the same terms within this time")
    ] = None
    max_executions: Annotated[
        Several | None, about("most fills of a strategy in executions_window; then it is disabled")
    ] = None
    executions_window: Annotated[Span, about("the window of max_executions")] = "1s"
    prevent_self_match: Annotated[
        bool, about("no entry that would trade with an own order of the account")
    ] = False
    max_daily_loss: Annotated[
        Positive | None, about("most that may be lost since the day began; then only reducing")
    ] = None
    max_drawdown: Annotated[
        Positive | None, about("most that the worth may fall from its peak; then only reducing")
    ] = None

    @property
    def bounds_loss(self) -> bool:
        """Say whether a loss is bounded, of a day or from the peak."""
        return self.max_daily_loss is not None or self.max_drawdown is not None


class RiskConfig(Struct, frozen=True, kw_only=True):
    """Hold the limits by scope; every scope that an order falls under must allow it."""

    day_start: Annotated[TimeOfDay, about("local time at which a day of losses begins")] = "00:00"
    timezone: Annotated[Text, about("zone of that time")] = "UTC"
    currency: Annotated[
        Text | None, about("currency of the firm's limits; that of the first account if absent")
    ] = None
    firm: LimitsConfig = LimitsConfig()
    account: dict[str, LimitsConfig] = {}
    strategy: dict[str, LimitsConfig] = {}
    instrument: dict[str, LimitsConfig] = {}

    @property
    def adds_up(self) -> bool:
        """Say whether a limit of the firm bounds its accounts together."""
        return any(getattr(self.firm, name) is not None for name in ADDED_UP)
