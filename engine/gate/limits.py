"""The limits of one route in the gate's units: the tightest of every scope that applies.

Reads no configuration file; `combine` takes what the configuration gave.
"""

from collections.abc import Iterable

import msgspec

from engine.config.sections import LimitsConfig
from engine.errors import ConfigError
from engine.model.decimals import to_units
from engine.model.instrument import Instrument

UNLIMITED = 1 << 62


class Limits(msgspec.Struct, frozen=True):
    """Hold the limits that an order meets, quantities and prices in units.

    `own_position` and `own_open_orders` bound what the strategy itself holds and has working.
    """

    order_value: float = float("inf")
    gross: float = float("inf")
    order_quantity: int = UNLIMITED
    position: int = UNLIMITED
    open_orders: int = UNLIMITED
    own_position: int = UNLIMITED
    own_open_orders: int = UNLIMITED
    price_low: int = -UNLIMITED
    price_high: int = UNLIMITED

    @property
    def bounds_price(self) -> bool:
        """Say whether there is a lowest or a highest price."""
        return self.price_low > -UNLIMITED or self.price_high < UNLIMITED


def combine(
    instrument: Instrument, shared: Iterable[LimitsConfig], own: LimitsConfig | None = None
) -> Limits:
    """Return the tightest of several scopes' limits for an instrument.

    `shared` are the limits of firm, account and instrument, which the account's position meets;
    `own` are those of the strategy, which its own position meets. Raises ConfigError for a limit
    that is negative, not finite or off the instrument's digits, and for `max_gross` of a strategy.
    """
    if own is not None and own.max_gross is not None:
        msg = "max_gross holds for a firm or an account, not for a strategy; move it in [risk]"
        raise ConfigError(msg)
    scopes = [_limits(instrument, spec) for spec in shared]
    mine = Limits() if own is None else _limits(instrument, own)
    every = [*scopes, mine]
    return Limits(
        order_value=min(scope.order_value for scope in every),
        gross=min((scope.gross for scope in scopes), default=float("inf")),
        order_quantity=min(scope.order_quantity for scope in every),
        position=min((scope.position for scope in scopes), default=UNLIMITED),
        open_orders=min((scope.open_orders for scope in scopes), default=UNLIMITED),
        own_position=mine.position,
        own_open_orders=mine.open_orders,
        price_low=max(scope.price_low for scope in every),
        price_high=min(scope.price_high for scope in every),
    )


def _limits(instrument: Instrument, spec: LimitsConfig) -> Limits:
    most = UNLIMITED if spec.max_open_orders is None else spec.max_open_orders
    return Limits(
        order_value=_number(spec.max_order_value, instrument, "max_order_value"),
        gross=_number(spec.max_gross, instrument, "max_gross"),
        order_quantity=_quantity(instrument, spec.max_order_quantity, "max_order_quantity"),
        position=_quantity(instrument, spec.max_position, "max_position"),
        open_orders=most,
        price_low=_price(instrument, spec.min_price, -UNLIMITED, "min_price"),
        price_high=_price(instrument, spec.max_price, UNLIMITED, "max_price"),
    )


def _number(value: float | None, instrument: Instrument, name: str) -> float:
    if value is None:
        return float("inf")
    if not 0 <= value < float("inf"):
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
