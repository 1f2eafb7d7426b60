"""Small catalogues for tests that run the program: minute bars that wander by a fixed seed.

It checks nothing.
"""

from pathlib import Path

import numpy as np

from backtest.catalogue import Catalogue, Columns
from engine.model.instrument import Instrument

START_NS = 1_640_995_200_000_000_000
"""2022-01-01 00:00 UTC."""

MINUTE_NS = 60_000_000_000
EURUSD = Instrument.define("EURUSD.SIM", tick="0.00001", currency="USD", margin_initial=0.03)


def write_bars(catalog: Path, count: int = 3_000, seed: int = 1) -> None:
    """Store `count` minute bars of EURUSD.SIM from the first of January 2022."""
    generator = np.random.default_rng(seed)
    opened = START_NS + np.arange(count, dtype=np.int64) * MINUTE_NS
    closes = 110_000 + np.cumsum(generator.integers(-9, 10, count))
    opens = np.concatenate([closes[:1], closes[:-1]])
    columns = {
        "ts_open": opened,
        "ts_close": opened + MINUTE_NS,
        "ts_recv": opened + MINUTE_NS,
        "open": opens,
        "high": np.maximum(opens, closes) + 3,
        "low": np.minimum(opens, closes) - 3,
        "close": closes,
        "volume": np.full(count, 10),
    }
    whole = {name: values.astype(np.int64) for name, values in columns.items()}
    Catalogue(catalog).write(EURUSD, [Columns(EURUSD.id, "bars", "1m", whole)])
