"""Cross between canonical floats (outside) and exact integers (inside).

Does no rounding to a venue's grid: that is the instrument's business.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal

from engine.errors import ValueRefused

LARGEST_UNITS = 10**15
"""Below this magnitude `units / 10**digits` is the double nearest to the decimal, and `round` finds
the units again.
"""

_EASY = 1e7
"""Below this magnitude eight decimals are at most 15 digits."""

_FIFTEEN_DIGITS = Context(prec=15, rounding=ROUND_HALF_EVEN)


def power_of_ten(digits: int) -> int:
    """Return 10**digits for a number of digits that is not negative."""
    return int(10**digits)


def canonical(units: int, digits: int) -> float:
    """Return the double nearest to `units * 10**-digits`; exact for every Python integer."""
    return units / power_of_ten(digits)


def to_units(value: float, digits: int) -> int | None:
    """Return the integer n with `n / 10**digits == value`, None when there is none.

    NaN and infinities give None. Raises ValueRefused when the result would reach 10**15, where
    doubles no longer hold every decimal of that many digits.
    """
    scale = 10**digits
    if value - value != 0.0:
        return None
    units = round(value * scale)
    if not -LARGEST_UNITS < units < LARGEST_UNITS:
        raise ValueRefused(
            f"{value!r} with {digits} digits needs more than 15 significant digits; "
            "give the instrument fewer digits"
        )
    return units if units / scale == value else None


def exact_decimal(value: float) -> tuple[int, int]:
    """Return `(units, digits)` of the decimal of at most 15 significant digits nearest to a float.

    `digits` is the smallest that holds it and never negative. Raises ValueRefused for NaN and
    infinities.
    """
    if value - value != 0.0:
        msg = f"{value!r} is not a number that can be booked; the sender must give a finite decimal"
        raise ValueRefused(msg)
    number = _FIFTEEN_DIGITS.create_decimal_from_float(value)
    sign, figures, exponent = number.normalize().as_tuple()
    units = int("".join(map(str, figures)))
    places = int(exponent)
    units = -units if sign else units
    return (units, -places) if places < 0 else (units * 10**places, 0)


def round_15(value: float) -> float:
    """Return the float of the decimal of 15 significant digits nearest to `value`.

    It is what a venue would report.
    """
    if -_EASY < value < _EASY:  # formatting takes ten times as long as trying eight decimals
        near = round(value * 1e8) / 1e8
        if abs(value - near) <= 4e-16 * abs(value):
            return near
    return float(f"{value:.15g}")


def parse_decimal(text: str | Decimal | float, what: str) -> Decimal:
    """Return `text` as an exact finite Decimal; floats are read by their shortest decimal.

    `what` names the value in the ValueRefused raised for anything that is not a finite number.
    """
    try:
        number = Decimal(repr(text) if isinstance(text, float) else text)
    except (ArithmeticError, ValueError, TypeError):
        number = Decimal("NaN")
    if not number.is_finite():
        msg = f"{what} is {text!r}; give a finite decimal number such as 0.01"
        raise ValueRefused(msg)
    return number


def decimal_digits(number: Decimal) -> int:
    """Return how many decimal places the exact value of `number` needs, zero at least."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -int(exponent))
