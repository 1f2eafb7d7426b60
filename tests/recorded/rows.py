"""Make small columns of quotes, trades and bars.

The times are seconds from `START`; everything else is given as it is stored.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue import Catalogue, Columns, Kind
from backtest.catalogue.columns import COLUMN_NAMES, join_columns
from engine.model.instrument import Instrument

START = 1_640_995_200_000_000_000  # 2022-01-01 UTC
SECOND = 1_000_000_000
DAY = 86_400 * SECOND

EURUSD = Instrument.define("EURUSD.SIM", tick="0.00001", currency="USD")


def quotes(rows: Iterable[tuple[float, int, int]], instrument: str = "EURUSD.SIM") -> Columns:
    """Make quotes of (second, bid, ask) with sizes 1 and 2."""
    table = list(rows)
    times = at(second for second, _, _ in table)
    arrays = {
        "ts_event": times.copy(),
        "ts_recv": times,
        "bid": ints(bid for _, bid, _ in table),
        "ask": ints(ask for _, _, ask in table),
        "bid_size": ints(1 for _ in table),
        "ask_size": ints(2 for _ in table),
    }
    return Columns(instrument, "quotes", None, arrays)


def trades(rows: Iterable[tuple[float, int, int]], ids: list[str] | None = None) -> Columns:
    """Make trades of (second, price, size) that buyers took."""
    table = list(rows)
    times = at(second for second, _, _ in table)
    arrays = {
        "ts_event": times.copy(),
        "ts_recv": times,
        "price": ints(price for _, price, _ in table),
        "size": ints(size for _, _, size in table),
        "aggressor": ints(1 for _ in table),
    }
    texts = None if ids is None else np.array(ids, dtype=np.object_)
    return Columns("EURUSD.SIM", "trades", None, arrays, texts)


def bars(minutes: Iterable[int], price: int = 110_000, spec: str = "1m") -> Columns:
    """Make one-minute bars that open at these minutes; each is a tick above the one before."""
    opens = at(minute * 60 for minute in minutes)
    level = price + (opens - START) // (60 * SECOND)
    arrays = {
        "ts_open": opens,
        "ts_close": opens + 60 * SECOND,
        "ts_recv": opens + 60 * SECOND,
        "open": level,
        "high": level + 3,
        "low": level - 3,
        "close": level + 1,
        "volume": np.full(len(opens), 10, dtype=np.int64),
    }
    return Columns("EURUSD.SIM", "bars", spec, arrays)


def stored(
    catalogue: Catalogue, kind: Kind, spec: str | None = None, instrument: str = "EURUSD.SIM"
) -> Columns:
    """Return all rows of a stream, with trade ids."""
    return join_columns(list(catalogue.read(instrument, kind, spec, trade_ids=True)))


def table(columns: Columns) -> list[tuple[object, ...]]:
    """Return rows as tuples, trade ids last."""
    arrays = [columns.arrays[name].tolist() for name in COLUMN_NAMES[columns.kind]]
    if columns.trade_ids is not None:
        arrays.append(columns.trade_ids.tolist())
    return list(zip(*arrays, strict=True))


def at(seconds: Iterable[float]) -> NDArray[np.int64]:
    """Return times in nanoseconds."""
    return ints(START + round(second * SECOND) for second in seconds)


def ints(values: Iterable[int]) -> NDArray[np.int64]:
    """Return a column."""
    return np.array(list(values), dtype=np.int64)
