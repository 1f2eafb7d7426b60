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
    """Hold the limits of one scope and instrument, quantities and prices in units."""

    order_value: float = float("inf")
    gross: float = float("inf")
    order_quantity: int = UNLIMITED
    position: int = UNLIMITED
    open_orders: int = UNLIMITED
    price_low: int = -UNLIMITED
    price_high: int = UNLIMITED

    @property
    def bounds_price(self) -> bool:
        """Say whether there is a lowest or a highest price."""
        return self.price_low > -UNLIMITED or self.price_high < UNLIMITED


def combine(instrument: Instrument, specs: Iterable[LimitsConfig]) -> Limits:
    """Return the tightest of several scopes' limits for an instrument.

    Raises ConfigError for a limit that is negative, not finite or off the instrument's digits.
    """
    combined = Limits()
    for spec in specs:
        combined = Limits(
            order_value=min(
                combined.order_value, _number(spec.max_order_value, instrument, "max_order_value")
            ),
            gross=min(combined.gross, _number(spec.max_gross, instrument, "max_gross")),
            order_quantity=min(
                combined.order_quantity,
                _quantity(instrument, spec.max_order_quantity, "max_order_quantity"),
            ),
            position=min(
                combined.position, _quantity(instrument, spec.max_position, "max_position")
            ),
            open_orders=min(
                combined.open_orders,
                UNLIMITED if spec.max_open_orders is None else spec.max_open_orders,
            ),
            price_low=max(
                combined.price_low, _price(instrument, spec.min_price, -UNLIMITED, "min_price")
            ),
            price_high=min(
                combined.price_high, _price(instrument, spec.max_price, UNLIMITED, "max_price")
            ),
        )
    return combined


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
