"""Turn columns of exact integers into the canonical floats of events, a chunk at a time.

Decides nothing about order or time.
"""

from collections.abc import Callable, Iterable
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import MISSING, NULLABLE, Columns, Kind, ids_or_blank
from engine.model.instrument import Instrument
from engine.model.market import Bar, MarketEvent, QuoteTick, TradeTick


def events_of(instrument: Instrument, columns: Columns) -> list[MarketEvent]:
    """Return one event a row, in the order of the rows; missing values are NaN.

    `n / 10**digits` is the double nearest to the decimal for every value a catalogue holds.
    """
    return _MAKERS[columns.kind](instrument, columns)


def _quotes(instrument: Instrument, columns: Columns) -> list[MarketEvent]:
    prices = (_floats(columns, name, instrument.price_scale) for name in ("bid", "ask"))
    sizes = (_floats(columns, name, instrument.quantity_scale) for name in ("bid_size", "ask_size"))
    times = (columns.arrays[name].tolist() for name in ("ts_event", "ts_recv"))
    return list(map(QuoteTick, repeat(instrument.id), *times, *prices, *sizes))


def _trades(instrument: Instrument, columns: Columns) -> list[MarketEvent]:
    times = (columns.arrays[name].tolist() for name in ("ts_event", "ts_recv"))
    price = _floats(columns, "price", instrument.price_scale)
    size = _floats(columns, "size", instrument.quantity_scale)
    aggressor = columns.arrays["aggressor"].tolist()
    ids: Iterable[str] = repeat("") if columns.trade_ids is None else ids_or_blank(columns).tolist()
    return list(map(TradeTick, repeat(instrument.id), *times, price, size, aggressor, ids))


def _bars(instrument: Instrument, columns: Columns) -> list[MarketEvent]:
    times = (columns.arrays[name].tolist() for name in ("ts_open", "ts_close", "ts_recv"))
    scale = instrument.price_scale
    prices = (_floats(columns, name, scale) for name in ("open", "high", "low", "close"))
    volume = _floats(columns, "volume", instrument.quantity_scale)
    return list(
        map(Bar, repeat(instrument.id), repeat(columns.spec or ""), *times, *prices, volume)
    )


_MAKERS: dict[Kind, Callable[[Instrument, Columns], list[MarketEvent]]] = {
    "quotes": _quotes,
    "trades": _trades,
    "bars": _bars,
}


def _floats(columns: Columns, name: str, scale: float) -> list[float]:
    units: NDArray[np.int64] = columns.arrays[name]
    values = units / scale
    if name in NULLABLE:
        values[units == MISSING] = np.nan
    floats: list[float] = values.tolist()
    return floats
