"""List every indicator with how to make one, what to feed it and its batch formula.

The cases are run by the property tests, the unit tests and the test of the documentation page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from lockstep import indicators as ind
from lockstep.indicators import BarIndicator, ValueIndicator
from tests.property import batch_formulas as batch
from tests.property import batch_trends as trends
from tests.property.batch_formulas import Bars, Floats, Ints


class Candle(NamedTuple):
    """Be a bar of the least that indicators ask for."""

    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True)
class ValueCase:
    """Pair an indicator of numbers with its formula; `degree` says which columns scale with price.

    `binary` prices are ticks of 1/64, where rules that compare computed levels with prices decide
    alike on ticks and on prices.
    """

    make: Callable[[int], ValueIndicator[object]]
    formula: Callable[[Ints, int], Floats]
    degree: int | tuple[int, ...] = 1


@dataclass(frozen=True)
class BarCase:
    """Pair an indicator of bars with its formula; `binary` prices are in ticks of 1/64.

    In binary ticks, rules that compare a computed level with a price decide alike on ticks and on
    prices.
    """

    make: Callable[[int], BarIndicator[object]]
    formula: Callable[[Bars, int], Floats]
    degree: int | tuple[int, ...] = 1
    binary: bool = False


VALUE_CASES: dict[str, ValueCase] = {
    "Sma": ValueCase(ind.Sma, batch.sma),
    "Ema": ValueCase(ind.Ema, batch.ema),
    "Rma": ValueCase(ind.Rma, batch.rma),
    "Wma": ValueCase(ind.Wma, batch.wma),
    "Hma": ValueCase(ind.Hma, batch.hma),
    "Dema": ValueCase(ind.Dema, batch.dema),
    "Tema": ValueCase(ind.Tema, batch.tema),
    "Kama": ValueCase(lambda n: ind.Kama(n, 2, 10), lambda x, n: batch.kama(x, n, 2, 10)),
    "Rsi": ValueCase(ind.Rsi, batch.rsi, degree=0),
    "Macd": ValueCase(lambda n: ind.Macd(n, 2 * n, 3), lambda x, n: batch.macd(x, n, 2 * n, 3)),
    "RateOfChange": ValueCase(ind.RateOfChange, batch.rate_of_change, degree=0),
    "Highest": ValueCase(ind.Highest, batch.highest),
    "Lowest": ValueCase(ind.Lowest, batch.lowest),
    "StandardDeviation": ValueCase(
        ind.StandardDeviation, lambda x, n: batch.standard_deviation(x, n, sample=False)
    ),
    "StandardDeviation of a sample": ValueCase(
        lambda n: ind.StandardDeviation(n, sample=True),
        lambda x, n: batch.standard_deviation(x, n, sample=True),
    ),
    "ZScore": ValueCase(ind.ZScore, lambda x, n: batch.z_score(x, n, sample=False), degree=0),
    "ZScore of a sample": ValueCase(
        lambda n: ind.ZScore(n, sample=True),
        lambda x, n: batch.z_score(x, n, sample=True),
        degree=0,
    ),
    "LinearRegressionSlope": ValueCase(ind.LinearRegressionSlope, batch.slope),
    "BollingerBands": ValueCase(
        lambda n: ind.BollingerBands(n, 2.5),
        lambda x, n: batch.bollinger(x, n, 2.5, sample=False),
    ),
    "BollingerBands of a sample": ValueCase(
        lambda n: ind.BollingerBands(n, 1.5, sample=True),
        lambda x, n: batch.bollinger(x, n, 1.5, sample=True),
    ),
}

# An odd width keeps computed bands from falling on the grid of prices.
WIDTH = 3.3183098861837907

BAR_CASES: dict[str, BarCase] = {
    "TrueRange": BarCase(lambda _: ind.TrueRange(), lambda x, _: batch.true_range(x).astype(float)),
    "Atr": BarCase(ind.Atr, batch.atr),
    "Stochastic": BarCase(
        lambda n: ind.Stochastic(n, 3, 2), lambda x, n: batch.stochastic(x, n, 3, 2), degree=0
    ),
    "WilliamsR": BarCase(ind.WilliamsR, batch.williams_r, degree=0),
    "Cci": BarCase(ind.Cci, batch.cci, degree=0),
    "Keltner": BarCase(lambda n: ind.Keltner(n, 1.5, 4), lambda x, n: batch.keltner(x, n, 1.5, 4)),
    "Donchian": BarCase(ind.Donchian, batch.donchian),
    "Adx": BarCase(ind.Adx, trends.adx, degree=0),
    "Supertrend": BarCase(
        lambda n: ind.Supertrend(n, WIDTH),
        lambda x, n: trends.supertrend(x, n, WIDTH),
        degree=(1, 0),
        binary=True,
    ),
    "ParabolicSar": BarCase(
        lambda n: ind.ParabolicSar(n / 64, 0.25),
        lambda x, n: trends.parabolic_sar(x, n / 64, 0.25),
        degree=(1, 0),
        binary=True,
    ),
    "Obv": BarCase(lambda _: ind.Obv(), lambda x, _: batch.obv(x), degree=0),
    "Vwap": BarCase(lambda _: ind.Vwap(), lambda x, _: batch.vwap(x)),
    "Mfi": BarCase(ind.Mfi, batch.mfi, degree=0),
}

periods = st.integers(2, 10)
digits = st.integers(0, 6)
steps = st.one_of(st.just(0), st.integers(-20, 20))
walks = st.builds(
    lambda start, changes: list(accumulate(changes, initial=start)),
    st.integers(-30, 100_000),
    st.lists(steps, max_size=45),
)
"""Prices in ticks, with flat stretches and, now and then, through zero."""


def to_bars(start: int, moves: Sequence[tuple[int, int, int, int]]) -> Bars:
    """Build bars from (change of close, reach above, reach below, volume), all whole numbers."""
    columns = np.array(moves, dtype=np.int64).reshape(-1, 4)
    close = start + np.cumsum(columns[:, 0])
    return Bars(close + columns[:, 1], close - columns[:, 2], close, columns[:, 3])


bar_runs = st.builds(
    to_bars,
    st.integers(1_500, 100_000),
    st.lists(
        st.tuples(steps, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), max_size=45
    ),
)


def candles(bars: Bars, unit: float) -> list[Candle]:
    """Turn columns in ticks into bars with prices of `1 / unit`."""
    rows = zip(bars.high, bars.low, bars.close, bars.volume, strict=True)
    return [
        Candle(int(c) / unit, int(h) / unit, int(low) / unit, int(c) / unit, float(v))
        for h, low, c, v in rows
    ]


def as_rows(outputs: Sequence[object], width: int | None) -> Floats:
    """Turn outputs into an array of the shape that batch formulas give, NaN for None."""
    if width is None:
        return np.array([np.nan if out is None else out for out in outputs], dtype=np.float64)
    empty = (np.nan,) * width
    rows = [empty if out is None else out for out in outputs]
    return np.array(rows, dtype=np.float64).reshape(-1, width)


def assert_rows_equal(
    outputs: Sequence[object], expected: Floats, degree: int | tuple[int, ...], unit: float
) -> None:
    """Compare outputs at prices in `1 / unit` with a formula's rows in ticks."""
    scale = unit ** -np.array(degree, dtype=np.float64)
    wanted = expected * scale
    got = as_rows(outputs, expected.shape[1] if expected.ndim > 1 else None)
    size = np.nanmax(np.abs(wanted)) if np.isfinite(wanted).any() else 1.0
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-11 * size)
