"""Draw market data from a seed: bars, quotes and trades of a random walk in trading hours.

Draws integers only, so that one seed gives the same rows on every machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.catalogue import Catalogue
from backtest.catalogue.columns import Columns
from backtest.catalogue.open_hours import OpenHours
from backtest.catalogue.session import StreamWritten
from engine.bars.spec import BarSpec
from engine.errors import DataError
from engine.model.calendar import Calendar
from engine.model.instrument import Instrument

START_NS: Final = 1_577_836_800_000_000_000
"""2020-01-01 UTC, where generated data begins unless told otherwise."""

BLOCK_ROWS: Final = 65_536
_CLOSED_NS_MAX = 400 * 86_400_000_000_000
_STEPS_IN_A_BAR = 4
_STEP_IN_A_MINUTE = 0.0002
_MINUTE_NS = 60_000_000_000
_JUMP = 10
_LATEST_START = 4_102_444_800_000_000_000
"""The first moment of 2100: times stay far from what 64 bits hold."""
_SHORTEST_NS, _LONGEST_NS = 2_000_000, 198_000_000
"""Between two quotes; 100 ms on average."""
_TRADE_WITHIN_NS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class GeneratedSize:
    """Say how many rows of each kind to draw; bars are of `spec`, which is a fixed time."""

    bars: int = 0
    quotes: int = 0
    trades: int = 0
    spec: str = "1m"


def example_facts(instrument: str) -> tuple[dict[str, object], float]:
    """Return facts for an instrument that nobody defined, and a price to begin at."""
    if instrument.startswith("EURUSD."):
        facts = {"tick": 0.00001, "currency": "USD", "base": "EUR", "asset": "fx", "calendar": "fx"}
        return facts, 1.1
    return {"tick": 0.01, "currency": "USD"}, 100.0


def generate(
    catalogue: Catalogue,
    instrument: Instrument,
    size: GeneratedSize,
    seed: int,
    start_ns: int = START_NS,
    price: float = 100.0,
) -> tuple[StreamWritten, ...]:
    """Draw rows and store them, all or none; the same arguments give the same rows.

    Prices walk from `price`: bars by about 0.02 % a minute, and by a jump after trading paused;
    quotes by one tick every fifth quote, with a spread of one tick or two.
    Trades take the bid or the ask of a quote. Bars and ticks are separate walks. Raises DataError
    when the rows disagree with stored ones, when the calendar never opens, or when `start_ns` lies
    before 1970 or from 2100 on.
    """
    if not 0 <= start_ns < _LATEST_START:
        raise DataError("rows can start from 1970 to 2099 and not outside; choose another --start")
    walk = _Walk(instrument, seed, start_ns, price)
    with catalogue.writing(instrument) as session:
        for columns in walk.bars(size.bars, size.spec):
            session.append(columns)
        for columns in walk.ticks(size.quotes, size.trades):
            session.append(columns)
        return session.commit()


class _Walk:
    """Draw the rows of one instrument."""

    def __init__(self, instrument: Instrument, seed: int, start_ns: int, price: float) -> None:
        self._instrument = instrument
        self._seed = seed
        self._start = start_ns
        self._tick = max(band.tick for band in instrument.bands)
        self._first = max(10, instrument.price_to_grid(price) // self._tick)

    def bars(self, rows: int, spec: str) -> Iterator[Columns]:
        """Yield `rows` bars; a bar lies in trading hours from its start to its end."""
        length = BarSpec.parse(spec).step_ns
        if length is None:
            msg = f"bars {spec} cannot be generated; choose bars of seconds, minutes or hours"
            raise DataError(msg)
        random = self._random("bars")
        step = max(1, round(self._first * _STEP_IN_A_MINUTE * sqrt(length / _MINUTE_NS)))
        level, closed, done = self._first, 0, 0
        for opens in _open_times(self._instrument.calendar, self._start, length):
            if done >= rows:
                return
            inside = random.integers(-step, step + 1, (len(opens), _STEPS_IN_A_BAR))
            jumps = random.integers(-_JUMP * step, _JUMP * step + 1, len(opens))
            before = closed - length if closed else int(opens[0]) - length
            paused = np.diff(opens, prepend=before) != length
            steps = np.column_stack([np.where(paused, jumps, 0), inside])
            path = level + np.cumsum(steps).reshape(steps.shape)
            volume = random.integers(1, 1000, len(opens), dtype=np.int64)
            # Whole blocks are drawn and then cut, so that a longer walk begins with a shorter one.
            drawn = self._bars(opens, length, spec, self._folded(path), volume)
            yield drawn.part(0, rows - done)
            done += len(opens)
            level, closed = int(path[-1, -1]), int(opens[-1]) + length

    def ticks(self, quotes: int, trades: int) -> Iterator[Columns]:
        """Yield quotes, and trades that take one side of a quote within a millisecond of it."""
        random = self._random("ticks")
        total = quotes or trades
        level, done = self._first, 0
        for times in _event_times(self._instrument.calendar, self._start, random):
            if done >= total:
                return
            moves = random.integers(0, 10, len(times))
            path = level + np.cumsum(np.where(moves == 0, -1, np.where(moves == 9, 1, 0)))
            bid = self._folded(path)
            ask = bid + np.where(random.integers(0, 4, len(times)) == 0, 2, 1)
            sizes = random.integers(1, 50, (2, len(times)), dtype=np.int64)
            end = min(done + len(times), total)
            if quotes:
                yield self._quotes(times, bid, ask, sizes).part(0, end - done)
            first, last = (-(-trades * row // total) for row in (done, end))
            at = np.arange(first, last, dtype=np.int64) * total // max(1, trades) - done
            if len(at):
                yield self._trades(random, times[at], bid[at], ask[at])
            level, done = int(path[-1]), end

    def _random(self, purpose: str) -> np.random.Generator:
        return np.random.default_rng([self._seed, *purpose.encode(), *self._instrument.id.encode()])

    def _folded(self, path: NDArray[np.int64]) -> NDArray[np.int64]:
        """Reflect a path at a tenth of the first price, so that prices stay positive."""
        floor = max(1, self._first // 10)
        return floor + np.abs(path - floor)

    def _bars(
        self,
        opens: NDArray[np.int64],
        length: int,
        spec: str,
        path: NDArray[np.int64],
        volume: NDArray[np.int64],
    ) -> Columns:
        prices = path * self._tick
        closes = opens + length
        arrays = {
            "ts_open": opens,
            "ts_close": closes,
            "ts_recv": closes,
            "open": prices[:, 0],
            "high": prices.max(axis=1),
            "low": prices.min(axis=1),
            "close": prices[:, -1],
            "volume": volume * self._instrument.quantity_step,
        }
        return Columns(self._instrument.id, "bars", str(BarSpec.parse(spec)), arrays)

    def _quotes(
        self,
        times: NDArray[np.int64],
        bid: NDArray[np.int64],
        ask: NDArray[np.int64],
        sizes: NDArray[np.int64],
    ) -> Columns:
        step = self._instrument.quantity_step
        arrays = {
            "ts_event": times,
            "ts_recv": times,
            "bid": bid * self._tick,
            "ask": ask * self._tick,
            "bid_size": sizes[0] * step,
            "ask_size": sizes[1] * step,
        }
        return Columns(self._instrument.id, "quotes", None, arrays)

    def _trades(
        self,
        random: np.random.Generator,
        quoted: NDArray[np.int64],
        bid: NDArray[np.int64],
        ask: NDArray[np.int64],
    ) -> Columns:
        rows = len(quoted)
        times = quoted + random.integers(1, _TRADE_WITHIN_NS, rows)
        side = random.integers(0, 2, rows) * 2 - 1
        arrays = {
            "ts_event": times,
            "ts_recv": times,
            "price": np.where(side > 0, ask, bid) * self._tick,
            "size": random.integers(1, 10, rows, dtype=np.int64) * self._instrument.quantity_step,
            "aggressor": side,
        }
        drawn = Columns(self._instrument.id, "trades", None, arrays)
        return drawn.take(np.argsort(times, kind="stable"))


def _open_times(calendar: Calendar, start: int, length: int) -> Iterator[NDArray[np.int64]]:
    """Yield the starts of intervals that lie in trading hours, on a grid from `start`."""
    grid = np.arange(BLOCK_ROWS, dtype=np.int64) * length
    span = BLOCK_ROWS * length
    blocks = (start + number * span + grid for number in count())
    return _in_hours(blocks, calendar, length)


def _event_times(
    calendar: Calendar, start: int, random: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield rising times in trading hours."""

    def blocks() -> Iterator[NDArray[np.int64]]:
        at = start
        while True:
            times = at + np.cumsum(random.integers(_SHORTEST_NS, _LONGEST_NS, BLOCK_ROWS))
            at = int(times[-1])
            yield times

    return _in_hours(blocks(), calendar, 1)


def _in_hours(
    blocks: Iterator[NDArray[np.int64]], calendar: Calendar, length: int
) -> Iterator[NDArray[np.int64]]:
    """Yield what of each block lies in trading hours, for as long as the caller wants."""
    latest = None
    for times in blocks:
        latest = int(times[0]) if latest is None else latest
        hours = OpenHours(calendar, int(times[0]), int(times[-1]) + length)
        inside = hours.contains(times) & hours.contains(times + (length - 1))
        kept = times[inside]
        if len(kept):
            latest = int(kept[-1])
            yield kept
        elif int(times[-1]) - latest > _CLOSED_NS_MAX:
            msg = f"the calendar in {calendar.timezone} stays closed for over a year; mend it"
            raise DataError(msg)
