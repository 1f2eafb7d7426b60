"""Integers of the wire to canonical floats, and back.

Rounds nothing on the way in; on the way out it refuses what the wire cannot carry.
"""

from engine.errors import ValueRefused
from engine.model.decimals import canonical

PRICE_DIGITS = 5
"""Prices of spots, bars, ticks and depth are in 10^-5 whatever the symbol's own digits."""

PRICE_SCALE = 100_000.0

VOLUME_DIGITS = 2
"""Volumes are in hundredths of a unit of the base asset."""

_VOLUME_SCALE = 100.0
_MS = 1_000_000


def price(units: int) -> float:
    """Return the price that a spot, bar, tick or depth quote carries."""
    return units / PRICE_SCALE


def quantity(volume: int) -> float:
    """Return units of the base asset."""
    return volume / _VOLUME_SCALE


def volume(quantity: float) -> int:
    """Return a quantity in hundredths; raises ValueRefused for what is no whole number of them."""
    units = round(quantity * _VOLUME_SCALE)
    if units / _VOLUME_SCALE != quantity:
        raise ValueRefused(f"quantity {quantity!r} has more than {VOLUME_DIGITS} decimals")
    return units


def money(units: int, digits: int) -> float:
    """Return an amount of the deposit asset."""
    return canonical(units, digits)


def nanoseconds(milliseconds: int) -> int:
    """Return a time of the wire as nanoseconds UTC."""
    return milliseconds * _MS


def milliseconds(ts: int) -> int:
    """Return nanoseconds UTC as the wire has them, rounded down."""
    return ts // _MS
