"""Turn the definition of an instrument in a configuration, and what a catalogue recorded, into one.

Opens no catalogue: the recorded instrument is handed in.
"""

from decimal import Decimal

import msgspec

from engine.config.instruments import InstrumentConfig
from engine.errors import ConfigError
from engine.model.instrument import Instrument


def define(name: str, written: InstrumentConfig, recorded: Instrument | None = None) -> Instrument:
    """Return the instrument `name`: what is written, and for the rest what was recorded.

    The recorded number of price and quantity digits is kept, since columns are stored in them.
    Raises ConfigError if nothing was recorded and `tick` or `currency` is missing, and if a tick
    or step needs more digits than were recorded; ValueRefused if a value makes no instrument.
    """
    facts = {} if recorded is None else _facts(recorded)
    facts |= {
        key: value for key, value in msgspec.structs.asdict(written).items() if value is not None
    }
    missing = [key for key in ("tick", "currency") if key not in facts]
    if missing:
        where = f'instruments."{name}"'
        raise ConfigError(
            f"{where} is in no catalogue and lacks {missing[0]}; add {missing[0]} = ..."
        )
    if isinstance(facts["tick"], tuple):
        facts["tick"] = list(facts["tick"])
    instrument = Instrument.define(name, **facts)  # type: ignore[arg-type] # checked on loading
    return instrument if recorded is None else _as_recorded(instrument, recorded)


def _as_recorded(instrument: Instrument, recorded: Instrument) -> Instrument:
    """Return `instrument` with the recorded bounds of prices, if it has the recorded digits."""
    for what in ("price_digits", "quantity_digits"):
        needed, kept = getattr(instrument, what), getattr(recorded, what)
        if needed != kept:
            raise ConfigError(
                f'instruments."{instrument.id}" needs {needed} {what} where {kept} were recorded; '
                "give a coarser tick or step, or import the data again"
            )
    return msgspec.structs.replace(
        instrument, price_min=recorded.price_min, price_max=recorded.price_max
    )


def _facts(recorded: Instrument) -> dict[str, object]:
    """Return what `Instrument.define` takes, as exact decimals."""

    def price(units: int) -> Decimal:
        return Decimal(units).scaleb(-recorded.price_digits)

    def quantity(units: int) -> Decimal:
        return Decimal(units).scaleb(-recorded.quantity_digits)

    maximum = recorded.quantity_max
    same = ("multiplier", "lot", "base", "currency", "asset", "calendar", "days_per_year")
    return {
        **{key: getattr(recorded, key) for key in same},
        "tick": [(price(band.start), price(band.tick)) for band in recorded.bands],
        "price_digits": recorded.price_digits,
        "quantity_digits": recorded.quantity_digits,
        "quantity_step": quantity(recorded.quantity_step),
        "quantity_min": quantity(recorded.quantity_min),
        "quantity_max": None if maximum is None else quantity(maximum),
        "margin_initial": recorded.margin_initial,
        "margin_maintenance": recorded.margin_maintenance,
    }
