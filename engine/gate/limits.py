"""The limits of one route in the gate's units: the tightest of every scope that applies.

Reads no configuration file; `combine` takes what the configuration gave.
"""

from collections.abc import Iterable

import msgspec

from engine.config.risk import ADDED_UP, LimitsConfig, RiskConfig
from engine.config.values import span_ns
from engine.errors import ConfigError
from engine.model.decimals import to_units
from engine.model.instrument import Instrument

UNLIMITED = 1 << 62
INFINITE = float("inf")
_WIDER = 3
"""How much wider the collar of exits is where nothing else is said."""


class Collar(msgspec.Struct, frozen=True):
    """Bound what an order may pay beyond the reference: a share of it, and ticks; both hold."""

    share: float = INFINITE
    ticks: float = INFINITE

    @property
    def is_set(self) -> bool:
        """Say whether either bounds anything."""
        return self.share < INFINITE or self.ticks < INFINITE


class Ages(msgspec.Struct, frozen=True):
    """Give how old a quote, trade or bar may be to be a reference, in nanoseconds."""

    quote: int = span_ns("1m")
    trade: int = span_ns("10m")
    close: int = span_ns("4d")


class LossLimits(msgspec.Struct, frozen=True):
    """Bound what may be lost in a day that begins at `day_start` (local time), and from a peak."""

    daily: float = INFINITE
    drawdown: float = INFINITE
    day_start: str = "00:00"
    timezone: str = "UTC"

    @property
    def is_set(self) -> bool:
        """Say whether either bounds anything."""
        return self.daily < INFINITE or self.drawdown < INFINITE


class FirmLimits(msgspec.Struct, frozen=True):
    """Hold what bounds all accounts together, values in `currency`, positions in one instrument."""

    currency: str
    gross: float = INFINITE
    net: float = INFINITE
    open_value: float = INFINITE
    position: int = UNLIMITED
    open_orders: int = UNLIMITED
    loss: LossLimits = LossLimits()


class Limits(msgspec.Struct, frozen=True):
    """Hold the limits that an order meets, quantities and prices in units, times in nanoseconds.

    `own_position`, `own_open_orders`, `own_loss` and `executions` (most in a window, some pairs)
    bound what the strategy itself holds, has working, loses and has filled. `firm` is set where
    there are several accounts, which those limits bound together.
    """

    order_value: float = INFINITE
    gross: float = INFINITE
    net: float = INFINITE
    open_value: float = INFINITE
    order_quantity: int = UNLIMITED
    position: int = UNLIMITED
    open_orders: int = UNLIMITED
    own_position: int = UNLIMITED
    own_open_orders: int = UNLIMITED
    price_low: int = -UNLIMITED
    price_high: int = UNLIMITED
    may_trade: bool = True
    order_types: tuple[str, ...] | None = None
    only_open: bool = False
    collar: Collar = Collar()
    exit_collar: Collar = Collar()
    reference: Ages = Ages()
    feed_age: int = UNLIMITED
    rate_age: int = UNLIMITED
    duplicate_window: int = 0
    executions: tuple[tuple[int, int], ...] = ()
    self_match: bool = True
    loss: LossLimits = LossLimits()
    own_loss: LossLimits = LossLimits()
    firm: FirmLimits | None = None

    @property
    def bounds_price(self) -> bool:
        """Say whether there is a lowest or a highest price."""
        return self.price_low > -UNLIMITED or self.price_high < UNLIMITED


def limits_of(
    risk: RiskConfig, strategy: str, account: str, instrument: Instrument, firm: str = ""
) -> Limits:
    """Return the limits of a strategy's orders in an instrument, by the configuration's scopes.

    `firm` is the currency in which several accounts are added up; empty where there is only one,
    for which the limits of the firm are its own.
    """
    named = risk.account.get(account), risk.instrument.get(instrument.id)
    day = risk.day_start, risk.timezone
    each = msgspec.structs.replace(risk.firm, **dict.fromkeys(ADDED_UP)) if firm else risk.firm
    shared = [each, *(scope for scope in named if scope is not None)]
    limits = combine(instrument, shared, risk.strategy.get(strategy), day)
    if not firm:
        return limits
    own = _limits(instrument, risk.firm, day)
    together = FirmLimits(
        firm, own.gross, own.net, own.open_value, own.position, own.open_orders, own.loss
    )
    return (
        limits if together == FirmLimits(firm) else msgspec.structs.replace(limits, firm=together)
    )


def combine(
    instrument: Instrument,
    shared: Iterable[LimitsConfig],
    own: LimitsConfig | None = None,
    day: tuple[str, str] = ("00:00", "UTC"),
) -> Limits:
    """Return the tightest of several scopes' limits for an instrument.

    `shared` are the limits of firm, account and instrument, which the account's position meets;
    `own` are those of the strategy, which its own position meets; `day` is when a day of losses
    begins, and the zone of that time. Raises ConfigError for a limit that is negative, not finite
    or off the instrument's digits, and for `max_gross` of a strategy.
    """
    if own is not None and own.max_gross is not None:
        msg = "max_gross holds for a firm or an account, not for a strategy; move it in [risk]"
        raise ConfigError(msg)
    specs = list(shared)
    scopes = [_limits(instrument, spec, day) for spec in specs]
    mine = Limits() if own is None else _limits(instrument, own, day)
    every = [*scopes, mine]
    types = [set(scope.order_types) for scope in every if scope.order_types is not None]
    return Limits(
        order_value=min(scope.order_value for scope in every),
        gross=min((scope.gross for scope in scopes), default=INFINITE),
        net=min((scope.net for scope in scopes), default=INFINITE),
        open_value=min((scope.open_value for scope in scopes), default=INFINITE),
        order_quantity=min(scope.order_quantity for scope in every),
        position=min((scope.position for scope in scopes), default=UNLIMITED),
        open_orders=min((scope.open_orders for scope in scopes), default=UNLIMITED),
        own_position=mine.position,
        own_open_orders=mine.open_orders,
        price_low=max(scope.price_low for scope in every),
        price_high=min(scope.price_high for scope in every),
        may_trade=all(scope.may_trade for scope in every),
        order_types=tuple(sorted(set.intersection(*types))) if types else None,
        only_open=any(scope.only_open for scope in every),
        collar=_tightest(scope.collar for scope in every),
        exit_collar=_tightest(scope.exit_collar for scope in every),
        reference=_ages(specs if own is None else [*specs, own]),
        feed_age=min(scope.feed_age for scope in every),
        rate_age=min(scope.rate_age for scope in every),
        duplicate_window=max(scope.duplicate_window for scope in every),
        executions=tuple(dict.fromkeys(pair for scope in every for pair in scope.executions)),
        self_match=all(scope.self_match for scope in every),
        loss=_least([scope.loss for scope in scopes], day),
        own_loss=mine.loss,
    )


def _limits(instrument: Instrument, spec: LimitsConfig, day: tuple[str, str]) -> Limits:
    most = UNLIMITED if spec.max_open_orders is None else spec.max_open_orders
    collar = Collar(_share(spec.collar_percent), _or_infinite(spec.collar_ticks))
    wider = Collar(_share(spec.exit_collar_percent), _or_infinite(spec.exit_collar_ticks))
    if not wider.is_set:
        wider = Collar(collar.share * _WIDER, collar.ticks * _WIDER)
    executions = spec.max_executions
    return Limits(
        order_value=_number(spec.max_order_value, instrument, "max_order_value"),
        gross=_number(spec.max_gross, instrument, "max_gross"),
        net=_number(spec.max_net, instrument, "max_net"),
        open_value=_number(spec.max_open_value, instrument, "max_open_value"),
        order_quantity=_quantity(instrument, spec.max_order_quantity, "max_order_quantity"),
        position=_quantity(instrument, spec.max_position, "max_position"),
        open_orders=most,
        price_low=_price(instrument, spec.min_price, -UNLIMITED, "min_price"),
        price_high=_price(instrument, spec.max_price, UNLIMITED, "max_price"),
        may_trade=spec.instruments is None or instrument.id in spec.instruments,
        order_types=spec.order_types,
        only_open=spec.only_open,
        collar=collar,
        exit_collar=wider,
        feed_age=UNLIMITED if spec.feed_age is None else span_ns(spec.feed_age),
        rate_age=UNLIMITED if spec.rate_age is None else span_ns(spec.rate_age),
        duplicate_window=0 if spec.duplicate_window is None else span_ns(spec.duplicate_window),
        executions=() if executions is None else ((executions, span_ns(spec.executions_window)),),
        self_match=not spec.prevent_self_match,
        loss=LossLimits(
            _number(spec.max_daily_loss, instrument, "max_daily_loss"),
            _number(spec.max_drawdown, instrument, "max_drawdown"),
            *day,
        ),
    )


def _tightest(collars: Iterable[Collar]) -> Collar:
    found = list(collars)
    return Collar(min(each.share for each in found), min(each.ticks for each in found))


def _ages(specs: list[LimitsConfig]) -> Ages:
    usual = Ages()
    return Ages(
        min((span_ns(spec.quote_age) for spec in specs if spec.quote_age), default=usual.quote),
        min((span_ns(spec.trade_age) for spec in specs if spec.trade_age), default=usual.trade),
        min((span_ns(spec.close_age) for spec in specs if spec.close_age), default=usual.close),
    )


def _least(losses: list[LossLimits], day: tuple[str, str]) -> LossLimits:
    return LossLimits(
        min((each.daily for each in losses), default=INFINITE),
        min((each.drawdown for each in losses), default=INFINITE),
        *day,
    )


def _share(percent: float | None) -> float:
    return INFINITE if percent is None else percent / 100


def _or_infinite(value: float | None) -> float:
    return INFINITE if value is None else value


def _number(value: float | None, instrument: Instrument, name: str) -> float:
    if value is None:
        return INFINITE
    if not 0 <= value < INFINITE:
        raise ConfigError(
            f"{name} = {value!r} for {instrument.id} must be a finite number from 0 up; "
            "mend it in [risk]"
        )
    return value


def _quantity(instrument: Instrument, value: float | None, name: str) -> int:
    if value is None:
        return UNLIMITED
    return int(_number(value, instrument, name) * instrument.quantity_scale)


def _price(instrument: Instrument, value: float | None, default: int, name: str) -> int:
    if value is None:
        return default
    units = to_units(value, instrument.price_digits)
    if units is None:
        raise ConfigError(
            f"{name} = {value!r} for {instrument.id} has more than {instrument.price_digits} "
            "decimals; mend it in [risk]"
        )
    return units
