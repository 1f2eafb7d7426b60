"""The section that defines instruments, or changes what a catalogue says about one.

Reads no catalogue: whoever has the recorded definition hands it in.
"""

from typing import Annotated

from msgspec import Meta, Struct

from engine.config.words import Positive, Share, Text, about
from engine.model.calendar import Calendar
from engine.model.instrument import AssetClass

Digits = Annotated[int, Meta(ge=0, le=12)]
Tick = Positive | tuple[tuple[float, float], ...]


class InstrumentConfig(Struct, frozen=True, kw_only=True):
    """Define an instrument, or replace single facts of the one in the catalogue.

    An instrument that no catalogue holds needs `tick` and `currency` at least.
    """

    currency: Annotated[Text | None, about("currency of prices and profit")] = None
    tick: Annotated[Tick | None, about("price step, or a table of [from price, tick] rows")] = None
    price_digits: Annotated[Digits | None, about("decimals of prices, if more than tick's")] = None
    quantity_step: Annotated[Positive | None, about("smallest quantity step")] = None
    quantity_min: Annotated[Positive | None, about("smallest order")] = None
    quantity_max: Annotated[Positive | None, about("largest order")] = None
    multiplier: Annotated[Positive | None, about("money for a move of 1 with quantity 1")] = None
    lot: Annotated[Positive | None, about("units in one of the venue's lots")] = None
    base: Annotated[Text | None, about("what is bought, such as EUR or BTC")] = None
    margin_initial: Annotated[Share | None, about("share of the value needed to open")] = None
    margin_maintenance: Annotated[Share | None, about("share of the value needed to hold")] = None
    asset: Annotated[AssetClass | None, about("kind of thing, for reports")] = None
    days_per_year: Annotated[
        Annotated[int, Meta(ge=1, le=366)] | None, about("trading days, for yearly figures")
    ] = None
    calendar: Calendar | None = None
