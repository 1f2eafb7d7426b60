"""How Binck's simulator names and describes its instruments.

Holds no market.
"""

from connectors.binck.messages import Instrument as WireInstrument
from connectors.binck.messages import TickSizes, TickStep
from connectors.simulation.broker import SimulatedBroker
from engine.model.instrument import AssetClass, Instrument

_DAY_NS = 86_400_000_000_000
MARKET = "XAMS"
_TYPES = {AssetClass.EQUITY: "equity", AssetClass.FUTURE: "future", AssetClass.BOND: "bond"}


class Listing:
    """Give every instrument an id; with `daily` ids they are other ones on each day (UTC)."""

    def __init__(self, broker: SimulatedBroker, *, daily: bool) -> None:
        self._broker = broker
        self._daily = daily

    def id_of(self, name: str, now: int) -> str:
        """Return today's id of an instrument."""
        number = list(self._broker.instruments).index(name)
        return f"b{number}OQR{now // _DAY_NS}" if self._daily else f"b{number}OQR"

    def name_of(self, instrument_id: str, now: int) -> str | None:
        """Return the instrument that has an id today, None for what is not one."""
        names = self._broker.instruments
        return next((name for name in names if self.id_of(name, now) == instrument_id), None)

    def found(self, query: dict[str, str], now: int) -> list[WireInstrument]:
        """Return what a search finds: by text in the symbol, or by ISIN and market."""
        rows = [self.row(each, now) for each in self._broker.instruments.values()]
        if "isin" in query:
            return [row for row in rows if row.isincode == query["isin"]]
        text = query.get("searchText", "").lower()
        return [row for row in rows if text in row.symbol.lower()]

    def row(self, instrument: Instrument, now: int) -> WireInstrument:
        """Return an instrument with its table of ticks; its ISIN is made up from its place."""
        scale = instrument.price_scale
        steps = [
            TickStep(size=band.tick / scale, start=band.start / scale) for band in instrument.bands
        ]
        number = list(self._broker.instruments).index(instrument.id)
        return WireInstrument(
            id=self.id_of(instrument.id, now),
            name=instrument.symbol,
            symbol=instrument.symbol,
            type=_TYPES.get(instrument.asset, "equity"),
            currency=instrument.currency,
            price_decimals=instrument.price_digits,
            isincode=f"NL{number:010d}",
            market_identification_code=MARKET,
            has_order_modifications=True,
            tick_size_collection=TickSizes(tick_sizes=tuple(steps)),
        )
