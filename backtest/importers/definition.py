"""Find the definition of the instrument that a recording is imported as.

Takes what the catalogue holds, what a TOML file says and what the options say, in rising order.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from backtest.catalogue import Catalogue
from engine.config.definitions import define
from engine.config.instruments import InstrumentConfig
from engine.errors import DataError
from engine.model.calendar import ALWAYS_OPEN, Calendar
from engine.model.identifiers import split_instrument
from engine.model.instrument import Instrument, TickBand
from engine.model.market_hours import FX_WEEK, MOEX_DERIVATIVES, MOEX_EQUITIES, US_EQUITIES

CALENDARS: Final[Mapping[str, Calendar]] = {
    "always": ALWAYS_OPEN,
    "fx": FX_WEEK,
    "us-equities": US_EQUITIES,
    "moex-equities": MOEX_EQUITIES,
    "moex-derivatives": MOEX_DERIVATIVES,
}
MOST_DIGITS: Final = 12


def find_definition(
    catalogue: Catalogue, name: str, facts: Mapping[str, object], file: Path | None = None
) -> tuple[Instrument, bool]:
    """Return the instrument, and whether the catalogue holds data of it already.

    `facts` are those of `InstrumentConfig`; `calendar` may be a name of `CALENDARS`. A TOML file
    has the same keys. Raises DataError when tick or currency is nowhere, or a key is unknown;
    ValueRefused for a name or a value that makes no instrument.
    """
    split_instrument(name)
    written = _written(name, {**_read(file), **facts}, file)
    recorded = catalogue.instrument(name) if catalogue.streams(name) else None
    if recorded is None and (written.tick is None or written.currency is None):
        lacking = "--tick" if written.tick is None else "--currency"
        msg = (
            f"{name} is not in the catalogue yet and has no {lacking[2:]}; add {lacking}, or "
            "--instrument-file"
        )
        raise DataError(msg)
    return define(name, written, recorded), recorded is not None


def with_digits(instrument: Instrument, what: str, digits: int) -> Instrument:
    """Return the instrument with at least `digits` decimals of "price" or "quantity".

    Its grid stays the same; an instrument that has as many is returned as it is.
    """
    if what == "price":
        factor = _factor(digits - instrument.price_digits)
        bands = tuple(TickBand(one.start * factor, one.tick * factor) for one in instrument.bands)
        return msgspec.structs.replace(
            instrument,
            price_digits=max(digits, instrument.price_digits),
            bands=bands,
            price_min=_scaled(instrument.price_min, factor),
            price_max=_scaled(instrument.price_max, factor),
        )
    factor = _factor(digits - instrument.quantity_digits)
    return msgspec.structs.replace(
        instrument,
        quantity_digits=max(digits, instrument.quantity_digits),
        quantity_step=instrument.quantity_step * factor,
        quantity_min=instrument.quantity_min * factor,
        quantity_max=_scaled(instrument.quantity_max, factor),
    )


def _factor(more_digits: int) -> int:
    return int(10 ** max(0, more_digits))


def _scaled(units: int | None, factor: int) -> int | None:
    return None if units is None else units * factor


def _read(file: Path | None) -> dict[str, object]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"{file} cannot be read as TOML ({error}); check --instrument-file"
        raise DataError(msg) from error


def _written(name: str, facts: dict[str, object], file: Path | None) -> InstrumentConfig:
    unknown = [key for key in facts if key not in InstrumentConfig.__struct_fields__]
    if unknown:
        known = ", ".join(InstrumentConfig.__struct_fields__)
        msg = f"{file or name}: there is no fact {unknown[0]!r} of an instrument; facts are {known}"
        raise DataError(msg)
    calendar = facts.get("calendar")
    if isinstance(calendar, str):
        if calendar not in CALENDARS:
            msg = f"there is no calendar {calendar!r}; calendars are {', '.join(CALENDARS)}"
            raise DataError(msg)
        facts = {**facts, "calendar": msgspec.to_builtins(CALENDARS[calendar])}
    try:
        return msgspec.convert(facts, InstrumentConfig)
    except (msgspec.ValidationError, ValueError) as error:
        msg = f"{file or name}: {error}; mend the definition of the instrument"
        raise DataError(msg) from error
