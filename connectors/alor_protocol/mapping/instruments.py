"""Instruments of the engine from the venue's listings: grid, money, hours, trading states.

Quantities of the engine are units (shares, bonds, contracts) in steps of one lot; commands go out
in lots.
"""

from decimal import Decimal
from types import MappingProxyType

import msgspec

from connectors.alor_protocol.mapping.listing import Key, Listing, name_of
from connectors.alor_protocol.settings import Settings
from engine.errors import ValueRefused
from engine.model.calendar import ALWAYS_OPEN, Calendar
from engine.model.instrument import AssetClass, Instrument
from engine.model.market import TradingState
from engine.model.market_hours import MOEX_DERIVATIVES, MOEX_EQUITIES

CALENDARS = MappingProxyType({"FOND": MOEX_EQUITIES, "FORTS": MOEX_DERIVATIVES})
"""Trading hours by market. Others have none here: the stream of trading states says when they open.
"""

STATES = MappingProxyType(
    {
        17: TradingState.OPEN,
        18: TradingState.CLOSED,
        2: TradingState.HALTED,
        102: TradingState.AUCTION,
        103: TradingState.AUCTION,
        106: TradingState.AUCTION,
        107: TradingState.AUCTION,
        118: TradingState.AUCTION,
        119: TradingState.AUCTION,
        120: TradingState.AUCTION,
    }
)
"""What the venue's trading status means; a code that is not here counts as halted."""

_ASSETS = {"E": AssetClass.EQUITY, "D": AssetClass.BOND, "F": AssetClass.FUTURE}
_CURRENCIES = {"RUR": "RUB", "SUR": "RUB"}
_FIFTEEN_DIGITS = 15


class Traded(msgspec.Struct, frozen=True):
    """Hold an instrument of the engine beside the venue's name for it and its lot."""

    instrument: Instrument
    key: Key
    lot: int

    def lots(self, units: float) -> int:
        """Return a quantity in lots; raises ValueRefused for what is no whole number of lots."""
        lots, rest = divmod(round(units), self.lot)
        if rest or round(units) != units or lots <= 0:
            raise ValueRefused(
                f"{units:g} of {self.instrument.id} is no whole number of lots of {self.lot}; "
                "give a multiple of it"
            )
        return lots


def traded(listing: Listing, settings: Settings, name: str = "") -> Traded:
    """Return the instrument that a listing describes, by the name it was asked for or its own.

    Raises ValueRefused for what cannot be an instrument.

    Futures and options are worth `tick value / tick` a point, bonds are quoted in percent of their
    face value, currencies in the money for `shown_units` units.
    """
    asset = _asset(listing)
    instrument = Instrument.define(
        name or f"{name_of(listing, settings.exchange, settings.board)}.{settings.venue}",
        tick=listing.tick,
        currency=currency_name(listing.currency) or settings.currency,
        quantity_step=_whole(listing.lot),
        multiplier=_multiplier(listing, asset),
        lot=_whole(listing.lot),
        asset=asset,
        calendar=_calendar(listing),
    )
    board = None if listing.is_primary and settings.board is None else listing.board
    return Traded(instrument, Key(listing.symbol, listing.exchange, board), round(listing.lot))


def currency_name(code: str) -> str:
    """Return the ISO code of a currency; the exchange has older names for the rouble."""
    return _CURRENCIES.get(code, code)


def state_of(code: int) -> TradingState:
    """Return the trading state of a status code."""
    return STATES.get(code, TradingState.HALTED)


def _asset(listing: Listing) -> AssetClass:
    if listing.market == "CURR":
        return AssetClass.FX
    return _ASSETS.get(listing.cfi[:1], AssetClass.OTHER)


def _multiplier(listing: Listing, asset: AssetClass) -> Decimal:
    if asset is AssetClass.BOND:
        return _decimal(listing.face_value or 100.0) / 100
    if asset is AssetClass.FX:
        return _rounded(1 / _decimal(listing.shown_units))
    if listing.market == "FORTS" or asset is AssetClass.FUTURE:
        return _rounded(_decimal(listing.tick_value or listing.tick) / _decimal(listing.tick))
    return Decimal(1)


def _calendar(listing: Listing) -> Calendar:
    return CALENDARS.get(listing.market, ALWAYS_OPEN)


def _whole(lot: float) -> Decimal:
    if lot != round(lot) or lot < 1:
        raise ValueRefused(f"a lot of {lot} units is no whole number; leave the instrument out")
    return Decimal(round(lot))


def _decimal(value: float) -> Decimal:
    return Decimal(repr(value))


def _rounded(value: Decimal) -> Decimal:
    return Decimal(f"{value:.{_FIFTEEN_DIGITS}g}")
