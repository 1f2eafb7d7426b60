"""A running decimal sum that never rounds.

Does no division: averages are derived where they are shown.
"""

from engine.model.decimals import canonical


class ExactSum:
    """Add decimals given as `(units, digits)` without loss, in the finest digits met so far."""

    __slots__ = ("digits", "units")

    def __init__(self, units: int = 0, digits: int = 0) -> None:
        self.units = units
        self.digits = digits

    def add(self, units: int, digits: int) -> None:
        """Add `units * 10**-digits`."""
        if digits > self.digits:
            self.units *= 10 ** (digits - self.digits)
            self.digits = digits
        elif digits < self.digits:
            units *= 10 ** (self.digits - digits)
        self.units += units

    def __float__(self) -> float:
        """Return the double nearest to the exact sum."""
        return canonical(self.units, self.digits)
