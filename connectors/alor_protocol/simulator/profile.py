"""What the simulated venue lists: each instrument of the broker in the venue's words.

Knows no client.
"""

import re
from collections.abc import Iterable

import msgspec

from connectors.alor_protocol.mapping.listing import Key, key_of
from connectors.alor_protocol.messages.securities import Security
from engine.model.decimals import round_15
from engine.model.instrument import AssetClass, Instrument
from engine.model.market import TradingState

_MARKETS = {
    AssetClass.FUTURE: ("FORTS", "RFUD", "FFXXXX"),
    AssetClass.FX: ("CURR", "CETS", "MRCXXX"),
    AssetClass.BOND: ("FOND", "TQOB", "DBXXXX"),
}
_CONTRACT = re.compile(r"-(\d{1,2})\.(\d{2})", re.ASCII)
_SHARES = ("FOND", "TQBR", "ESXXXX")
_STATUSES = {
    TradingState.OPEN: 17,
    TradingState.CLOSED: 18,
    TradingState.HALTED: 2,
    TradingState.AUCTION: 119,
}


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Say which venue is simulated: its name, exchange, board (None: by kind) and services."""

    venue: str
    exchange: str
    board: str | None = None
    currency: str = "RUB"
    has_graphql: bool = True


class Listed(msgspec.Struct, frozen=True):
    """Hold an instrument of the broker beside the venue's words for it."""

    instrument: Instrument
    key: Key
    board: str
    market: str
    cfi: str
    lot: int

    @property
    def broker_symbol(self) -> str:
        """Return the symbol with the exchange before it."""
        return f"{self.key.exchange}:{self.key.symbol}"

    @property
    def tick(self) -> float:
        """Return the price step."""
        return self.instrument.bands[0].tick / self.instrument.price_scale

    def security(self, status: int) -> Security:
        """Return the venue's description."""
        instrument, tick = self.instrument, self.tick
        return Security(
            symbol=self.key.symbol,
            short_name=self.key.symbol,
            description=self.key.symbol,
            exchange=self.key.exchange,
            market=self.market,
            type="CS",
            lot_size=self.lot,
            face_value=1,
            cfi_code=self.cfi,
            cancellation="2060-12-31T00:00:00.0000000",
            min_step=tick,
            price_step=round_15(tick * instrument.point_value),
            currency=instrument.currency,
            board=self.board,
            primary_board=self.board,
            trading_status=status,
            price_multiplier=1,
            price_shown_units=1,
        )


class Listings:
    """Find the instruments of the broker by the engine's name or by the venue's."""

    def __init__(self, profile: Profile, instruments: Iterable[Instrument]) -> None:
        self.profile = profile
        self.by_name = {each.id: self._listed(each) for each in instruments}
        self._by_key = {
            (each.key.exchange.casefold(), each.key.symbol.casefold()): each
            for each in self.by_name.values()
        }

    def find(self, exchange: str, symbol: str) -> Listed | None:
        """Return what the venue lists under a symbol, whatever its case."""
        return self._by_key.get((exchange.casefold(), symbol.casefold()))

    def nearest_future(self, exchange: str, base: str) -> Listed | None:
        """Return the contract of `BASE-MONTH.YEAR` that ends first of those listed."""
        found = [
            (int(end[2]), int(end[1]), each.instrument.id)
            for each in self.by_name.values()
            if each.market == "FORTS"
            and each.key.exchange.casefold() == exchange.casefold()
            and (end := _CONTRACT.fullmatch(each.key.symbol.removeprefix(base.upper()))) is not None
        ]
        return self.by_name[min(found)[2]] if found else None

    def _listed(self, instrument: Instrument) -> Listed:
        profile = self.profile
        key = key_of(instrument.symbol, profile.exchange, profile.board)
        market, board, cfi = _MARKETS.get(instrument.asset, _SHARES)
        lot = max(1, round(instrument.quantity_step / instrument.quantity_scale))
        return Listed(instrument, key, profile.board or key.board or board, market, cfi, lot)


def status_of(state: TradingState) -> int:
    """Return the venue's status code of a trading state."""
    return _STATUSES[state]
