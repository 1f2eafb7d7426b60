"""Turn market events as they came into columns of a catalogue.

Holds quotes and trades; order books of a run are not converted.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import MISSING, Columns
from engine.model.instrument import Instrument
from engine.model.market import QuoteTick, TradeTick


def columns_of(instrument: Instrument, events: Iterable[object]) -> list[Columns]:
    """Return the quotes and the trades of one instrument, each in order of `ts_recv`.

    A time of the venue that lies after our own is taken for ours: the clocks differed.
    """
    own = [each for each in events if getattr(each, "instrument", "") == instrument.id]
    quotes = [each for each in own if isinstance(each, QuoteTick)]
    trades = [each for each in own if isinstance(each, TradeTick)]
    made = [_quotes(instrument, quotes), _trades(instrument, trades)]
    return [columns for columns in made if len(columns)]


def _quotes(instrument: Instrument, quotes: Sequence[QuoteTick]) -> Columns:
    price, size = instrument.price_scale, instrument.quantity_scale
    arrays = _times(quotes) | {
        "bid": _units([each.bid for each in quotes], price),
        "ask": _units([each.ask for each in quotes], price),
        "bid_size": _units([each.bid_size for each in quotes], size),
        "ask_size": _units([each.ask_size for each in quotes], size),
    }
    return Columns(instrument.id, "quotes", None, arrays)


def _trades(instrument: Instrument, trades: Sequence[TradeTick]) -> Columns:
    arrays = _times(trades) | {
        "price": _units([each.price for each in trades], instrument.price_scale),
        "size": _units([each.size for each in trades], instrument.quantity_scale),
        "aggressor": np.array([each.aggressor for each in trades], np.int64),
    }
    ids = np.array([each.trade_id for each in trades], dtype=object)
    return Columns(instrument.id, "trades", None, arrays, ids)


def _times(events: Sequence[QuoteTick] | Sequence[TradeTick]) -> dict[str, NDArray[np.int64]]:
    received = np.array([each.ts_recv for each in events], np.int64)
    happened = np.array([each.ts_event for each in events], np.int64)
    return {"ts_event": np.minimum(happened, received), "ts_recv": received}


def _units(values: Sequence[float], scale: float) -> NDArray[np.int64]:
    """Return floats as units, MISSING for what is no number."""
    floats = np.array(values, np.float64)
    missing = np.isnan(floats)
    units = np.rint(np.where(missing, 0.0, floats) * scale).astype(np.int64)
    units[missing] = MISSING
    return units
