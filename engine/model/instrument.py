"""What is traded: its grid of prices and quantities, its money and its hours.

Knows no venue's words; a venue's mapping makes instruments, and a catalogue stores them beside
their data.
"""

from bisect import bisect_right
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Literal

import msgspec

from engine.errors import ValueRefused
from engine.model.calendar import ALWAYS_OPEN, Calendar
from engine.model.decimals import LARGEST_UNITS, decimal_digits, exact_decimal, parse_decimal
from engine.model.identifiers import split_instrument

Rounding = Literal["nearest", "down", "up", "refuse"]
"""How a price off the grid is put on it; `refuse` raises instead."""


class AssetClass(StrEnum):
    """Name what kind of thing an instrument is, for reports and mappings, never for arithmetic."""

    FX = "fx"
    EQUITY = "equity"
    FUTURE = "future"
    CRYPTO = "crypto"
    CFD = "cfd"
    BOND = "bond"
    INDEX = "index"
    OTHER = "other"


class TickBand(msgspec.Struct, frozen=True):
    """Give the tick that holds from a price upward, both in units of 10^-price_digits."""

    start: int
    tick: int


class Instrument(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Describe one tradable instrument.

    Prices and quantities are integers of 10^-price_digits and 10^-quantity_digits inside, and the
    nearest doubles outside. Build one with `define`, which takes plain decimals; the fields here
    are already in units.
    """

    id: str
    currency: str
    price_digits: int
    quantity_digits: int
    bands: tuple[TickBand, ...]
    quantity_step: int
    quantity_min: int
    quantity_max: int | None = None
    price_min: int | None = None
    price_max: int | None = None
    multiplier: str = "1"
    lot: str = "1"
    base: str | None = None
    margin_initial: float = 1.0
    margin_maintenance: float = 1.0
    asset: AssetClass = AssetClass.OTHER
    calendar: Calendar = ALWAYS_OPEN
    days_per_year: int = 252

    @classmethod
    def define(  # noqa: PLR0913 - an instrument has this many facts, all named at the call
        cls,
        id: str,  # noqa: A002 - the field's own name
        *,
        tick: str | float | Decimal | list[tuple[str | float, str | float]],
        currency: str,
        quantity_step: str | float | Decimal = "1",
        quantity_min: str | float | Decimal | None = None,
        quantity_max: str | float | Decimal | None = None,
        price_digits: int | None = None,
        quantity_digits: int | None = None,
        multiplier: str | float | Decimal = "1",
        lot: str | float | Decimal = "1",
        base: str | None = None,
        margin_initial: float = 1.0,
        margin_maintenance: float | None = None,
        asset: AssetClass | str = AssetClass.OTHER,
        calendar: Calendar = ALWAYS_OPEN,
        days_per_year: int = 252,
    ) -> "Instrument":
        """Build an instrument from decimals.

        `tick` is one decimal, or a table of (from price, tick) rows in rising order whose edges
        must be multiples of the ticks on both sides. `price_digits` may be larger than the tick
        needs, for data off the grid. Margins are fractions of the notional value. Raises
        ValueRefused naming the instrument and the value that is wrong.
        """
        split_instrument(id)
        table = tick if isinstance(tick, list) else [("0", tick)]
        rows = [
            (parse_decimal(s, f"{id}: tick start"), parse_decimal(t, f"{id}: tick"))
            for s, t in table
        ]
        step = parse_decimal(quantity_step, f"{id}: quantity_step")
        p_digits = max(
            [decimal_digits(number) for row in rows for number in row] + [price_digits or 0]
        )
        q_digits = max(decimal_digits(step), quantity_digits or 0)
        minimum = (
            step if quantity_min is None else parse_decimal(quantity_min, f"{id}: quantity_min")
        )
        maximum = (
            None if quantity_max is None else parse_decimal(quantity_max, f"{id}: quantity_max")
        )
        if maximum is not None and maximum < minimum:
            raise ValueRefused(f"{id}: quantity_max {maximum} is below quantity_min {minimum}")
        maintenance = margin_initial if margin_maintenance is None else margin_maintenance
        return cls(
            id=id,
            currency=currency,
            price_digits=p_digits,
            quantity_digits=q_digits,
            bands=_bands(id, rows, p_digits),
            quantity_step=_positive(step, q_digits, f"{id}: quantity_step"),
            quantity_min=_positive(minimum, q_digits, f"{id}: quantity_min"),
            quantity_max=None
            if maximum is None
            else _positive(maximum, q_digits, f"{id}: quantity_max"),
            multiplier=_positive_text(multiplier, f"{id}: multiplier"),
            lot=_positive_text(lot, f"{id}: lot"),
            base=base,
            margin_initial=_fraction(margin_initial, f"{id}: margin_initial"),
            margin_maintenance=_fraction(maintenance, f"{id}: margin_maintenance"),
            asset=_asset_class(asset, id),
            calendar=calendar,
            days_per_year=days_per_year,
        )

    @cached_property
    def symbol(self) -> str:
        """Return the part of the id before the last dot."""
        return split_instrument(self.id)[0]

    @cached_property
    def venue(self) -> str:
        """Return the part of the id after the last dot."""
        return split_instrument(self.id)[1]

    @cached_property
    def price_scale(self) -> float:
        """Return 10^price_digits as the float it exactly is."""
        return float(10**self.price_digits)

    @cached_property
    def quantity_scale(self) -> float:
        """Return 10^quantity_digits as the float it exactly is."""
        return float(10**self.quantity_digits)

    @cached_property
    def multiplier_units(self) -> tuple[int, int]:
        """Return the contract multiplier exactly, as `(units, digits)`."""
        number = Decimal(self.multiplier)
        digits = decimal_digits(number)
        return int(number.scaleb(digits)), digits

    @cached_property
    def point_value(self) -> float:
        """Return the money, in `currency`, that a price move of 1.0 makes for a quantity of 1.0."""
        return float(self.multiplier)

    def tick_at(self, price: float) -> float:
        """Return the tick that holds at `price`."""
        return self._tick_units(round(price * self.price_scale)) / self.price_scale

    def ticks(self, distance: float, at: float = 0.0) -> float:
        """Return a distance between two prices in ticks, free of the noise of float subtraction.

        The distance is first rounded to units of 10^-price_digits, so that comparing the result
        with a whole number of ticks is exact: `ticks(mid - reference) >= 4`. Half units (a mid of
        an odd spread) are kept. `at` chooses the band of a tick table. NaN, where a side of a quote
        is empty, stays NaN.
        """
        if distance - distance != 0.0:
            return distance
        halves = round(distance * self.price_scale * 2)
        return halves / (2 * self._tick_units(round(at * self.price_scale)))

    def price(self, value: float, rounding: Rounding = "nearest") -> float:
        """Return `value` on the grid of ticks: `nearest` (ties to the even), `down` or `up`.

        Raises ValueRefused for NaN, infinities, values of 10^15 units and more, and with `refuse`
        for any value that is not on the grid already.
        """
        return self.price_to_grid(value, rounding) / self.price_scale

    def price_to_grid(self, value: float, rounding: Rounding = "nearest") -> int:
        """Return what `price` does, in units of 10^-price_digits."""
        scale = self.price_scale
        scaled = value * scale
        if not -LARGEST_UNITS < scaled < LARGEST_UNITS:
            raise ValueRefused(
                f"price {value!r} of {self.id} is not a finite number below 10^15 units; "
                "check the arithmetic behind it"
            )
        units = round(scaled)
        if units / scale == value:
            bands = self.bands
            tick = bands[0].tick if len(bands) == 1 else self._tick_units(units)
            if units % tick == 0:
                return units
            exact = Fraction(units)
        else:
            exact = Fraction(value) * 10**self.price_digits
            tick = self._tick_units(exact.numerator // exact.denominator)
        if rounding == "refuse":
            raise ValueRefused(
                f"price {value!r} of {self.id} is off its grid of {tick / self.price_scale:g}; "
                "round it with price()"
            )
        return _to_multiple(exact, tick, rounding)

    def quantity(self, value: float) -> float:
        """Return the largest quantity on the grid that is not above `value`.

        `value` must be finite and not negative. It is read as a decimal of 15 digits, so that the
        noise of float arithmetic costs no step: 0.7 - 0.4 is 0.3.
        """
        return self.quantity_to_grid(value) / self.quantity_scale

    def quantity_to_grid(self, value: float) -> int:
        """Return what `quantity` does, in units of 10^-quantity_digits."""
        scale = self.quantity_scale
        scaled = value * scale
        if not 0 <= scaled < LARGEST_UNITS:
            raise ValueRefused(
                f"quantity {value!r} of {self.id} is not a finite number from 0 to 10^15 units; "
                "check its arithmetic"
            )
        units = round(scaled)
        if units % self.quantity_step == 0 and units / scale == value:
            return units
        meant, digits = exact_decimal(value)
        exact = Fraction(meant * 10**self.quantity_digits, 10**digits)
        return _to_multiple(exact, self.quantity_step, "down")

    def _tick_units(self, units: int) -> int:
        bands = self.bands
        if len(bands) == 1:
            return bands[0].tick
        return bands[max(0, bisect_right(bands, units, key=_band_start) - 1)].tick


def _band_start(band: TickBand) -> int:
    return band.start


def _to_multiple(exact: Fraction, step: int, rounding: Rounding) -> int:
    """Return the multiple of `step` that `rounding` names; Fraction's round sends ties to even."""
    steps = exact / step
    if rounding == "down":
        return (steps.numerator // steps.denominator) * step
    if rounding == "up":
        return -(-steps.numerator // steps.denominator) * step
    return round(steps) * step


def _bands(name: str, rows: list[tuple[Decimal, Decimal]], digits: int) -> tuple[TickBand, ...]:
    bands = [
        TickBand(int(start.scaleb(digits)), _positive(tick, digits, f"{name}: tick"))
        for start, tick in rows
    ]
    if not bands:
        raise ValueRefused(f"{name}: the tick table is empty; give one (from price, tick) row")
    for below, band in pairwise(bands):
        if band.start <= below.start or band.start % band.tick or band.start % below.tick:
            edge = band.start / 10**digits
            raise ValueRefused(
                f"{name}: tick table edge {edge:g} must rise and be a multiple of the ticks on "
                "both sides; mend the row"
            )
    return tuple(bands)


def _positive(number: Decimal, digits: int, what: str) -> int:
    scaled = number.scaleb(digits)
    if scaled != scaled.to_integral_value() or not 0 < scaled < LARGEST_UNITS:
        msg = f"{what} is {number}; it must be positive and have at most {digits} decimals"
        raise ValueRefused(msg)
    return int(scaled)


def _positive_text(value: str | float | Decimal, what: str) -> str:
    number = parse_decimal(value, what)
    if number <= 0:
        msg = f"{what} is {value!r}; it must be positive"
        raise ValueRefused(msg)
    return f"{number.normalize():f}"


def _fraction(value: float, what: str) -> float:
    if not 0 <= value < float("inf"):
        raise ValueRefused(f"{what} is {value!r}; give a fraction of the value, 0 or more")
    return value


def _asset_class(text: AssetClass | str, name: str) -> AssetClass:
    try:
        return AssetClass(text)
    except ValueError:
        raise ValueRefused(f"{name}: asset {text!r} is none of {', '.join(AssetClass)}") from None
