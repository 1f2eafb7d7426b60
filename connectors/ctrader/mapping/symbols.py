"""A venue's symbol to an instrument of the engine.

Asks for nothing: the flow that fetched the symbol, its assets and its account hands them in.
"""

from datetime import date
from decimal import Decimal

import msgspec

from connectors.ctrader.mapping.hours import calendar
from connectors.ctrader.mapping.scaling import VOLUME_DIGITS
from connectors.ctrader.schema.reference_pb2 import ProtoOALightSymbol, ProtoOASymbol
from engine.errors import ValueRefused
from engine.model.identifiers import split_instrument
from engine.model.instrument import AssetClass, Instrument

VENUE = "CTRADER"

_CLASSES = {
    "forex": AssetClass.FX,
    "crypto": AssetClass.CRYPTO,
}
"""Classes of assets are named by each broker; what is not FX or crypto is a contract here."""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a symbol refers to: names of assets by id, its class, its leverage."""

    assets: dict[int, str]
    asset_class: str = ""
    leverage: float = 1.0
    today: date


def instrument_id(symbol_name: str) -> str | None:
    """Return `NAME.CTRADER`, None for a name that the engine cannot spell."""
    name = f"{symbol_name}.{VENUE}"
    try:
        split_instrument(name)
    except ValueRefused:
        return None
    return name


def instrument(
    light: ProtoOALightSymbol, symbol: ProtoOASymbol, around: Surroundings
) -> Instrument:
    """Return a symbol as an instrument; quantities are units of its base asset.

    The margin is that of the leverage that holds for small positions: an instrument has one.
    """
    margin = 1.0 / around.leverage
    return Instrument.define(
        f"{light.symbolName}.{VENUE}",
        tick=Decimal(1).scaleb(-symbol.digits),
        currency=around.assets[light.quoteAssetId],
        base=around.assets.get(light.baseAssetId),
        quantity_step=_units(symbol.stepVolume or 1),
        quantity_min=_units(symbol.minVolume or symbol.stepVolume or 1),
        quantity_max=_units(symbol.maxVolume) if symbol.maxVolume else None,
        quantity_digits=VOLUME_DIGITS,
        lot=_units(symbol.lotSize) if symbol.lotSize else "1",
        margin_initial=margin,
        margin_maintenance=margin,
        asset=_asset_class(around.asset_class),
        calendar=calendar(symbol, around.today),
    )


def _units(volume: int) -> Decimal:
    return Decimal(volume).scaleb(-VOLUME_DIGITS)


def _asset_class(name: str) -> AssetClass:
    folded = name.casefold()
    return next((found for word, found in _CLASSES.items() if word in folded), AssetClass.CFD)
