"""Cross between the canonical floats of commands and rows and the integers of the exchange.

Refuses by answering None: what a refusal is called is the caller's business.
"""

from functools import lru_cache

from engine.model.decimals import LARGEST_UNITS
from engine.model.instrument import Instrument

UNLIMITED = 10**30
"""Stands for a size that the data do not give: more than any order."""

_REMEMBERED = 4_096


class Grid:
    """Keep an instrument's scales and steps where a few attribute loads reach them.

    `quantity` returns an order's quantity in units, None when off the step or outside the bounds,
    and `price` a price on the grid of ticks in units, None when it is not one. Both remember their
    latest answers: orders come back to the same numbers again and again.
    """

    __slots__ = (
        "_instrument",
        "_largest",
        "_smallest",
        "_step",
        "_tick",
        "price",
        "price_scale",
        "quantity",
        "quantity_scale",
    )

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self.price_scale = instrument.price_scale
        self.quantity_scale = instrument.quantity_scale
        self._tick = instrument.bands[0].tick if len(instrument.bands) == 1 else 0
        self._step = instrument.quantity_step
        self._smallest = instrument.quantity_min
        self._largest = instrument.quantity_max or LARGEST_UNITS
        self.price = lru_cache(_REMEMBERED)(self._price)
        self.quantity = lru_cache(_REMEMBERED)(self._quantity)

    def _price(self, value: float | None) -> int | None:
        if value is None:
            return None
        scale = self.price_scale
        scaled = value * scale
        if not -LARGEST_UNITS < scaled < LARGEST_UNITS:
            return None
        units = round(scaled)
        if units / scale != value or units % (self._tick or self._tick_at(value)):
            return None
        return units

    def distance(self, value: float | None) -> int | None:
        """Return a positive distance between prices in units, None when it is not one."""
        if value is None or not 0 < value * self.price_scale < LARGEST_UNITS:
            return None
        units = round(value * self.price_scale)
        return units if units / self.price_scale == value else None

    def _quantity(self, value: float) -> int | None:
        scale = self.quantity_scale
        scaled = value * scale
        if not 0 < scaled < LARGEST_UNITS:
            return None
        units = round(scaled)
        if units / scale != value or units % self._step:
            return None
        return units if self._smallest <= units <= self._largest else None

    def nearest(self, value: float) -> int:
        """Return the units nearest to a finite price of a row, on the grid of ticks or not."""
        return round(value * self.price_scale)

    def size(self, value: float) -> int:
        """Return what a size seen in the data can fill: whole quantity steps, rounded down.

        A size that is missing (NaN) or infinite is UNLIMITED; nothing is less than zero.
        """
        if value - value != 0.0:
            return UNLIMITED
        scale = self.quantity_scale
        units = round(value * scale)
        if units / scale > value:
            units -= 1
        return max(0, units - units % self._step)

    def _tick_at(self, value: float) -> int:
        return round(self._instrument.tick_at(value) * self.price_scale)
