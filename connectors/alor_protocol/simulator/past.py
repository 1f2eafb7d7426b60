"""The market before the simulation began, drawn from its seed: bars, and a trade for each minute.

Equal questions get equal answers, which say nothing about any market.
"""

from math import isnan

from connectors.alor_protocol.messages.market import Candle, PublicTrade
from connectors.alor_protocol.simulator import records
from connectors.alor_protocol.simulator.profile import Listed
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.market import GeneratedMarket
from engine.bars.spec import BarSpec
from engine.model.market import Bar, TradeTick

BARS_MAX = 50_000
"""How many bars one question gets at the most: the last of those it asks for."""

_SECOND = 1_000_000_000
_DAY_S = 86_400
_TRADE_EVERY_S = 60
_PRICE_USUAL = 100.0


class PastMarket:
    """Draw what was before. The price it is drawn around stays the same for a session."""

    def __init__(self, broker: SimulatedBroker, seed: int) -> None:
        self._broker = broker
        self._seed = seed
        self._prices: dict[str, float] = {}

    def candles(self, listed: Listed, length: int, start: int, end: int) -> list[Candle]:
        """Return bars of `length` seconds with `start <= time < end` (seconds), oldest first."""
        bars = self._bars(listed, length, start, end)
        return [records.candle_record(bar, listed) for bar in bars]

    def trades(self, listed: Listed, start: int, end: int, now: int) -> list[PublicTrade]:
        """Return trades of the days before today (UTC), one a minute, from `start` to `end` (s)."""
        last = min(end, now // _SECOND // _DAY_S * _DAY_S)
        bars = self._bars(listed, _TRADE_EVERY_S, start, last)
        return [records.public_trade_record(_trade(bar), listed, existing=True) for bar in bars]

    def _bars(self, listed: Listed, length: int, start: int, end: int) -> tuple[Bar, ...]:
        first = max(start, end - BARS_MAX * length)
        price = self._price_of(listed)
        generated = GeneratedMarket(instrument=listed.instrument, price=price, seed=self._seed)
        spec = str(BarSpec.parse(f"{length}s"))
        return generated.bars(spec, first * _SECOND, max(first, end) * _SECOND)

    def _price_of(self, listed: Listed) -> float:
        name = listed.instrument.id
        if name not in self._prices:
            mark = self._broker.tape.mark(name)
            self._prices[name] = listed.instrument.price(_PRICE_USUAL if isnan(mark) else mark)
        return self._prices[name]


def _trade(bar: Bar) -> TradeTick:
    side = 1 if bar.close >= bar.open else -1
    number = str(bar.ts_open // _SECOND)
    return TradeTick(bar.instrument, bar.ts_open, bar.ts_open, bar.close, bar.volume, side, number)
