"""The sections that say how the simulated exchange of backtest and paper behaves.

Holds no behaviour: what each rule does is the exchange's and the replay's business.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from engine.config.values import span_ns
from engine.config.words import Count, NotNegative, Text, about, spelled
from engine.errors import ValueRefused
from engine.model.zones import time_zone

Fills = Literal["auto", "next_open", "close", "ohlc_path", "quotes", "book"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of a week; the index of one is its number, Monday being 0."""

Seconds = Annotated[str, spelled(r"^[1-9][0-9]{0,8}(s|m|h|d)$", "a span such as 30m, 8h or 1d")]
LocalTime = Annotated[str, spelled(r"^([01]\d|2[0-3]):[0-5]\d$", "HH:MM")]


class FeesConfig(Struct, frozen=True, kw_only=True):
    """Say what a fill costs; a maker rate may be negative (a rebate)."""

    taker_bps: Annotated[float, about("fee on the value of a fill that took, in 0.01 %")] = 0.0
    maker_bps: Annotated[float, about("fee on the value of a fill that rested, in 0.01 %")] = 0.0
    per_unit: Annotated[float, about("money for one unit of quantity (a contract, a share)")] = 0.0
    minimum: Annotated[NotNegative, about("least fee, in the fee's currency")] = 0.0
    maximum: Annotated[NotNegative | None, about("largest fee, in the fee's currency")] = None
    per: Annotated[
        Literal["fill", "order"], about("whether minimum and maximum hold per fill or per order")
    ] = "fill"
    digits: Annotated[
        Annotated[int, Meta(ge=0, le=12)] | None,
        about("round each fee to this many decimals; absent: not rounded"),
    ] = None


class SlippageConfig(Struct, frozen=True, kw_only=True):
    """Say how much worse than the model's price a taking fill is; give one of the two."""

    ticks: Annotated[Count, about("worse by this many ticks")] = 0
    bps: Annotated[NotNegative, about("worse by this share of the price, in 0.01 %")] = 0.0


class LatencyConfig(Struct, frozen=True, kw_only=True):
    """Say how long things travel, in milliseconds of engine time."""

    order: Annotated[NotNegative, about("strategy to exchange: orders")] = 0.0
    replace: Annotated[NotNegative | None, about("strategy to exchange: replaces; as order")] = None
    cancel: Annotated[NotNegative, about("strategy to exchange: cancels")] = 0.0
    feed: Annotated[NotNegative, about("exchange to strategy: data recorded without ts_recv")] = 0.0
    response: Annotated[NotNegative, about("exchange to strategy: order reports")] = 0.0
    model: Annotated[
        Literal["constant", "exponential", "lognormal", "recorded"],
        about("constant; drawn with these as mean or median; or interpolated from `file`"),
    ] = "constant"
    minimum: Annotated[
        Annotated[float, Meta(ge=0, le=1)], about("exponential: the part that is never less")
    ] = 0.5
    sigma: Annotated[
        Annotated[float, Meta(gt=0, le=5)], about("lognormal: deviation of the logarithm")
    ] = 0.5
    file: Annotated[
        str, about("recorded: CSV of ts_sent, ts_exchange, ts_received in nanoseconds")
    ] = ""

    def __post_init__(self) -> None:
        if (self.model == "recorded") != bool(self.file):
            raise ValueRefused("latency_ms.file and latency_ms.model recorded need each other")


class QueueConfig(Struct, frozen=True, kw_only=True):
    """Say how an own order moves up in the queue of a book that is known by level only."""

    model: Annotated[
        Literal["risk_averse", "power", "log"],
        about("who cancels: those behind (the most careful), or by a power or log of the sizes"),
    ] = "risk_averse"
    power: Annotated[Annotated[float, Meta(gt=0, le=100)], about("exponent of model power")] = 2.0
    form: Annotated[
        Literal["share", "whole", "complement"],
        about("f(behind) over f(ahead) + f(behind), over f(both), or 1 - f(ahead / both)"),
    ] = "share"

    def __post_init__(self) -> None:
        if self.model == "log" and self.form == "complement":
            raise ValueRefused("queue.model log has no form complement; give share or whole")


class FundingConfig(Struct, frozen=True, kw_only=True):
    """Say what a perpetual contract pays at each interval: longs to shorts, or back if negative."""

    rate_bps: Annotated[float, about("share of the position's value that longs pay, in 0.01 %")]
    interval: Annotated[Seconds, about("time between payments, counted from midnight UTC")] = "8h"

    @property
    def interval_ns(self) -> int:
        """Return the time between payments in nanoseconds."""
        return span_ns(self.interval)


class SwapConfig(Struct, frozen=True, kw_only=True):
    """Say what holding a position overnight earns (positive) or costs (negative).

    Raises ValueRefused for a time zone that nobody knows.
    """

    long: Annotated[float, about("money for one unit held long over one night")]
    short: Annotated[float, about("money for one unit held short over one night")]
    time: Annotated[LocalTime, about("local time at which a night is counted")] = "17:00"
    timezone: Annotated[Text, about("zone of that time")] = "America/New_York"
    days: Annotated[tuple[Day, ...], about("days whose nights count")] = WEEKDAYS[:5]
    triple: Annotated[
        Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "none"],
        about("day whose night counts three times"),
    ] = "wed"

    def __post_init__(self) -> None:
        time_zone(self.timezone)


class ClearingConfig(Struct, frozen=True, kw_only=True):
    """Say when the variation margin of futures is settled in cash.

    Raises ValueRefused for a time zone that nobody knows.
    """

    times: Annotated[tuple[LocalTime, ...], about('local times of clearing: ["14:00", "18:50"]')]
    timezone: Annotated[Text, about("zone of those times")] = "UTC"
    days: Annotated[tuple[Day, ...], about("days on which it happens")] = WEEKDAYS

    def __post_init__(self) -> None:
        time_zone(self.timezone)


class ExchangeRules(Struct, frozen=True, kw_only=True):
    """Hold every rule of the simulated exchange that may differ from one instrument to the next."""

    fills: Annotated[
        Fills,
        about("how orders fill; auto: quotes, book or trades where recorded, else next_open"),
    ] = "auto"
    limit_fill: Annotated[
        Literal["touch", "through"],
        about("a resting limit fills when the market touches it, or only when it trades through"),
    ] = "touch"
    trigger: Annotated[
        Literal["touch", "last"],
        about("what stops watch: the touch (best bid and ask), or the last trade"),
    ] = "touch"
    fees: FeesConfig = FeesConfig()
    slippage: SlippageConfig = SlippageConfig()
    latency_ms: LatencyConfig = LatencyConfig()
    clock: Annotated[
        Literal["arrival", "venue"],
        about("when the exchange sees a row: as the strategy does, or at the venue's own time"),
    ] = "arrival"
    queue: QueueConfig = QueueConfig()
    self_match: Annotated[
        Literal["ignore", "cancel_arriving", "cancel_resting", "cancel_both"],
        about("book: what happens when orders of one account would meet each other"),
    ] = "ignore"
    amend: Annotated[
        Literal["keeps", "loses"],
        about("whether an order whose quantity is made smaller keeps its place in time"),
    ] = "keeps"
    participation: Annotated[
        Annotated[float, Meta(gt=0, le=1)] | None,
        about("largest share of a bar's volume that own orders may fill together"),
    ] = None
    sessions: Annotated[bool, about("keep to the instrument's calendar")] = True
    check_margin: Annotated[
        bool, about("the simulated venue checks buying power too; the gate always does")
    ] = False
    funding: FundingConfig | None = None
    swap: SwapConfig | None = None
    clearing: ClearingConfig | None = None


class ExchangeConfig(ExchangeRules, frozen=True, kw_only=True):
    """Hold the rules for all instruments, and in `instruments` those of single ones.

    A key that an instrument's own table leaves out has the value that it has in [exchange]: in a
    loaded configuration the tables of `instruments` are complete.
    """

    instruments: dict[str, ExchangeRules] = {}

    def rules(self, instrument: str) -> ExchangeRules:
        """Return the rules that hold for `instrument`."""
        return self.instruments.get(instrument, self)
