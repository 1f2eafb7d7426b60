"""A market from a seed: quotes, trades and bars of a random walk, for simulators without recording.

Draws integers only, so that one seed gives the same rows on every machine. Made-up books stand
around a real touch; their depth says nothing about any market.
"""

from collections.abc import Iterator
from math import isnan
from random import Random

import msgspec

from engine.bars.spec import BarSpec
from engine.errors import UsageError
from engine.model.instrument import Instrument
from engine.model.market import Bar, BookSnapshot, QuoteTick, TradeTick

_SWING = 200
"""How many ticks a generated level may lie from the first price, up or down."""


class GeneratedMarket(msgspec.Struct, frozen=True, kw_only=True):
    """Draw the market of one instrument, around `price` on its grid.

    A quote comes every `interval_ns` on average, every third with a trade at its touch. Sizes are
    whole multiples of the instrument's quantity step.
    """

    instrument: Instrument
    price: float
    seed: int = 0
    interval_ns: int = 100_000_000

    def rows(self, start: int) -> Iterator[QuoteTick | TradeTick]:
        """Yield quotes and trades from `start` (ns) on, without end, in the order of time."""
        name, random = self.instrument.id, Random(f"{self.seed}/{self.instrument.id}/rows")
        level, ts, trades = self._first(), start, 0
        scale = self.instrument.price_scale
        while True:
            ts += random.randrange(1, 2 * self.interval_ns)
            level = self._near(level + random.randrange(-1, 2) * self._tick)
            spread = random.randrange(1, 3) * self._tick
            sizes = self._size(random), self._size(random)
            bid, ask = level / scale, (level + spread) / scale
            yield QuoteTick(name, ts, ts, bid, ask, *sizes)
            if random.randrange(3) == 0:
                trades += 1
                side = random.choice((1, -1))
                price = ask if side > 0 else bid
                yield TradeTick(name, ts, ts, price, self._size(random), side, str(trades))

    def bars(self, spec: str, start: int, end: int) -> tuple[Bar, ...]:
        """Return the bars with `start <= ts_open < end`; any question gives equal answers.

        Raises UsageError for bars that have no fixed length.
        """
        length = BarSpec.parse(spec).step_ns
        if length is None:
            raise UsageError(f"bars {spec} cannot be generated; choose seconds, minutes or hours")
        first = -(-start // length)
        return tuple(self._bar(spec, index, length) for index in range(first, -(-end // length)))

    def _bar(self, spec: str, index: int, length: int) -> Bar:
        random = Random(f"{self.seed}/{self.instrument.id}/{spec}/{index}")
        opening, closing = self._level(spec, index), self._level(spec, index + 1)
        high = max(opening, closing) + random.randrange(4) * self._tick
        low = min(opening, closing) - random.randrange(4) * self._tick
        scale, ts = self.instrument.price_scale, index * length
        return Bar(
            self.instrument.id,
            spec,
            ts,
            ts + length,
            ts + length,
            opening / scale,
            high / scale,
            low / scale,
            closing / scale,
            self._size(random) * 10,
        )

    def _level(self, spec: str, index: int) -> int:
        random = Random(f"{self.seed}/{self.instrument.id}/{spec}/level/{index}")
        return self._first() + random.randrange(-_SWING // 10, _SWING // 10 + 1) * self._tick

    @property
    def _tick(self) -> int:
        return max(band.tick for band in self.instrument.bands)

    def _first(self) -> int:
        return self.instrument.price_to_grid(self.price) // self._tick * self._tick

    def _near(self, level: int) -> int:
        """Return a level, turned back where it has gone too far from the first or to nothing."""
        first, reach = self._first(), _SWING * self._tick
        return max(self._tick, first - reach, min(first + reach, level))

    def _size(self, random: Random) -> float:
        units = random.randrange(1, 100) * self.instrument.quantity_step
        return units / self.instrument.quantity_scale


def book_around(quote: QuoteTick, instrument: Instrument, levels: int) -> BookSnapshot:
    """Return a book of `levels` made up around a touch: a tick apart, each larger than the last."""
    tick = max(band.tick for band in instrument.bands)
    scale = instrument.price_scale

    def side(price: float, size: float, step: int) -> tuple[tuple[float, float], ...]:
        if isnan(price):
            return ()
        first = round(price * scale)
        return tuple(
            ((first + n * step) / scale, size * (n + 1))
            for n in range(levels)
            if first + n * step > 0
        )

    return BookSnapshot(
        quote.instrument,
        quote.ts_event,
        quote.ts_recv,
        side(quote.bid, quote.bid_size, -tick),
        side(quote.ask, quote.ask_size, tick),
    )
