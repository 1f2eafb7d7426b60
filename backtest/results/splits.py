"""Split a result by strategy and by instrument.

Adds nothing that `metrics` does not know.
"""

from dataclasses import dataclass

import numpy as np

from backtest.results.metrics import Result
from backtest.results.tables import Labels


@dataclass(frozen=True, slots=True)
class Share:
    """Give one strategy's or instrument's part; money is in the account's currency.

    `net` is what closed and open round trips realised, less fees; `trades` and `wins` count closed
    ones.
    """

    name: str
    fills: int
    trades: int
    wins: int
    net: float
    fees: float
    value: float


def by_strategy(result: Result) -> tuple[Share, ...]:
    """Return the part of each strategy that had a fill, the best first."""
    return _split(result, result.fills.labels("strategy"), result.trips.strategy)


def by_instrument(result: Result) -> tuple[Share, ...]:
    """Return the part of each instrument that had a fill, the best first."""
    return _split(result, result.fills.labels("instrument"), result.trips.instrument)


def _split(result: Result, of_fills: Labels, of_trips: Labels) -> tuple[Share, ...]:
    size = len(of_fills.names)
    converted, trips = result.converted, result.trips
    fees = np.nan_to_num(converted.fee)
    net = np.bincount(of_trips.codes, trips.net, minlength=size)
    paid = np.bincount(of_fills.codes, fees, minlength=size)
    value = np.bincount(of_fills.codes, converted.value, minlength=size)
    fills = np.bincount(of_fills.codes, minlength=size)
    closed = trips.closed
    won = closed & (trips.net > 0)
    trades = np.bincount(of_trips.codes[closed], minlength=size)
    wins = np.bincount(of_trips.codes[won], minlength=size)
    shares = [
        Share(
            of_fills.names[at],
            int(fills[at]),
            int(trades[at]),
            int(wins[at]),
            float(net[at]),
            float(paid[at]),
            float(value[at]),
        )
        for at in np.flatnonzero(fills)
    ]
    return tuple(sorted(shares, key=lambda share: (-share.net, share.name)))
