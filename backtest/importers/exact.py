"""Put numbers as files write them onto the exact integers of an instrument.

Rounds nothing but what a double could not say: digits after the fifteenth.
"""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import MISSING
from engine.errors import ValueRefused
from engine.model.decimals import LARGEST_UNITS, parse_decimal, round_15

MOST_DIGITS = 15


class MoreDigits(Exception):
    """Tell the import to start again with more digits of prices or quantities."""

    def __init__(self, what: str, digits: int, row: int, place: str = "") -> None:
        super().__init__(what, digits, row, place)
        self.what = what
        self.digits = digits
        self.row = row
        self.place = place


class TooLarge(Exception):
    """Tell that a number needs 10^15 units or more."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


def units_of(
    numbers: NDArray[np.float64], digits: int, what: str, *, may_round: bool = False
) -> tuple[NDArray[np.int64], int]:
    """Return the numbers in units of 10^-digits, MISSING for NaN, and how many had to be rounded.

    A number is rounded when its double is not the nearest to any decimal of 15 digits, as in
    1.1400000000000001. When one, so rounded, has more decimals than `digits`, it is rounded to them
    if it `may_round`, else MoreDigits is raised. Raises TooLarge for 10^15 units and more.
    """
    scale = 10.0**digits
    missing = np.isnan(numbers)
    filled = np.where(missing, 0.0, numbers) if missing.any() else numbers
    units = np.rint(filled * scale)
    large = ~(np.abs(units) < LARGEST_UNITS)
    if large.any():
        raise TooLarge(int(np.argmax(large)))
    off = np.flatnonzero(units / scale != filled)
    rounded = 0
    if len(off):
        rough = filled[off]
        clean = np.array([round_15(value) for value in rough.tolist()])
        units[off] = np.rint(clean * scale)
        finer = units[off] / scale != clean
        rounded = int(np.count_nonzero((clean != rough) | finer))
        if finer.any() and not may_round:
            needed = decimals_needed(clean[finer], digits)
            raise MoreDigits(what, needed, int(off[int(np.argmax(finer))]))
    found = units.astype(np.int64)
    found[missing] = MISSING
    return found, rounded


def decimals_needed(numbers: NDArray[np.float64], at_least: int) -> int:
    """Return how many decimals the numbers need, each read as its decimal of 15 digits."""
    for digits in range(at_least, MOST_DIGITS + 8):
        scale = 10.0**digits
        if (np.rint(numbers * scale) / scale == numbers).all():
            return digits
    return MOST_DIGITS + 8


def times_factor(numbers: NDArray[np.float64], factor: str) -> NDArray[np.float64]:
    """Return exact decimal products with `factor`, each the nearest double; NaN stays NaN.

    Raises ValueRefused for a factor that is not a positive number.
    """
    exact = parse_decimal(factor, "a factor of prices or quantities")
    if exact <= 0:
        raise ValueRefused(f"a factor of {factor} would store nothing true; give one above 0")
    return _by_value(numbers, lambda value: float(Decimal(repr(value)) * exact))


def _by_value(
    numbers: NDArray[np.float64], change: Callable[[float], float]
) -> NDArray[np.float64]:
    values, places = np.unique(numbers, return_inverse=True)
    changed = np.array([value if value != value else change(value) for value in values.tolist()])  # noqa: PLR0124 - NaN
    return changed[places] if len(values) else numbers
