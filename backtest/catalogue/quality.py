"""Tell odd rows from sound ones, a column at a time.

Decides nothing: an import counts or refuses what is odd, `check` reports it.
"""

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import MISSING, Columns
from engine.model.instrument import Instrument

OHLC = ("open", "high", "low", "close")
REMEMBERED_TRADES = 100_000
_BEFORE_ALL = -(2**63)


def off_grid(units: NDArray[np.int64], instrument: Instrument) -> NDArray[np.bool_]:
    """Return where prices are no multiple of the tick that holds there; missing prices are not."""
    bands = instrument.bands
    starts = np.array([band.start for band in bands])
    ticks = np.array([band.tick for band in bands])
    band = np.maximum(np.searchsorted(starts, units, side="right") - 1, 0)
    found: NDArray[np.bool_] = (units % ticks[band] != 0) & (units != MISSING)
    return found


def crossed(quotes: Columns) -> NDArray[np.bool_]:
    """Return where the bid is above the ask."""
    bid, ask = quotes.arrays["bid"], quotes.arrays["ask"]
    found: NDArray[np.bool_] = (bid > ask) & (bid != MISSING) & (ask != MISSING)
    return found


def impossible(bars: Columns) -> NDArray[np.bool_]:
    """Return where high or low does not bound open and close."""
    return ~possible(*(bars.arrays[name] for name in OHLC))


def possible(
    opened: NDArray[np.int64],
    high: NDArray[np.int64],
    low: NDArray[np.int64],
    close: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return where high and low bound open and close."""
    low_fits, high_fits = low <= np.minimum(opened, close), high >= np.maximum(opened, close)
    found: NDArray[np.bool_] = low_fits & high_fits
    return found


def row_before(columns: Columns, name: str, last: Columns | None) -> NDArray[np.int64]:
    """Return a column moved down by one row; `last` holds the row before the first, if any."""
    values = columns.arrays[name]
    first = _BEFORE_ALL if last is None else int(last.arrays[name][-1])
    return np.concatenate([np.array([first], dtype=np.int64), values[:-1]])


def repeated_quotes(quotes: Columns, last: Columns | None) -> NDArray[np.bool_]:
    """Return where a quote equals the one before it in every column."""
    same = np.ones(len(quotes), dtype=bool)
    for name, values in quotes.arrays.items():
        same &= values == row_before(quotes, name, last)
    return same


class TradeMemory:
    """Remember the trades of venues that number them, to recognise one that comes again.

    Holds between one and two hundred thousand trades; one further back is not recognised.
    """

    def __init__(self) -> None:
        self._older: set[object] = set()
        self._newer: set[object] = set()

    def repeated(self, trades: Columns) -> NDArray[np.bool_]:
        """Return where id, event time, price and size were seen before; False without an id."""
        repeated = np.zeros(len(trades), dtype=bool)
        if trades.trade_ids is None:
            return repeated
        values = (trades.arrays[name].tolist() for name in ("ts_event", "price", "size"))
        for row, trade in enumerate(zip(trades.trade_ids.tolist(), *values, strict=True)):
            repeated[row] = bool(trade[0]) and (trade in self._newer or trade in self._older)
            self._newer.add(trade)
        if len(self._newer) >= REMEMBERED_TRADES:
            self._older, self._newer = self._newer, set()
        return repeated
