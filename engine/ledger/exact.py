"""A running decimal sum that never rounds.

Does no division: averages are derived where they are shown.
"""

from engine.model.decimals import LARGEST_UNITS, exact_decimal, power_of_ten


class ExactSum:
    """Add decimals without loss, in the finest digits met so far."""

    __slots__ = ("_scale", "_value", "digits", "units")

    def __init__(self, units: int = 0, digits: int = 0) -> None:
        self.units = units
        self.digits = digits
        self._scale = power_of_ten(digits)
        self._value: float | None = None

    def add(self, units: int, digits: int) -> None:
        """Add `units * 10**-digits`."""
        if digits > self.digits:
            self.units *= power_of_ten(digits - self.digits)
            self.digits = digits
            self._scale = power_of_ten(digits)
        elif digits < self.digits:
            units *= power_of_ten(self.digits - digits)
        self.units += units
        self._value = None

    def read(self, value: float) -> tuple[int, int]:
        """Return `(units, digits)` of the decimal of at most 15 digits nearest to a float.

        It comes in this sum's digits where they hold it. Raises ValueRefused for what is no number.
        """
        scaled = value * self._scale
        if -LARGEST_UNITS < scaled < LARGEST_UNITS:
            units = round(scaled)
            if units / self._scale == value:
                return units, self.digits
        return exact_decimal(value)

    def __float__(self) -> float:
        """Return the double nearest to the exact sum."""
        value = self._value
        if value is None:
            value = self._value = self.units / self._scale
        return value
