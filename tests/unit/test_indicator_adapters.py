"""Indicators of talipp, and functions of arrays, give through the adapters what they give alone.

Their formulas are not checked: they are not ours.
"""

import sys
from functools import partial
from math import inf, nan
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from talipp.indicators import ATR, EMA, MACD, RSI
from talipp.ohlcv import OHLCV

from engine.errors import UsageError, ValueRefused
from lockstep.indicators import (
    Atr,
    BatchBarIndicator,
    BatchIndicator,
    Ema,
    Rsi,
    TalippBarIndicator,
    TalippIndicator,
)
from lockstep.indicators.adapters import TalippSeries
from tests.property.indicator_cases import Candle

Array = npt.NDArray[np.float64]


def prices(count: int) -> list[float]:
    return [100.0 + (7 * i % 11) / 4 + i / 8 for i in range(count)]


def bars(count: int) -> list[Candle]:
    return [Candle(p, p + 0.5, p - 0.25, p + 0.125, 10.0) for p in prices(count)]


# talipp.


def test_talipp_average_gives_what_talipp_gives() -> None:
    alone = EMA(5)
    wrapped: TalippIndicator[float] = TalippIndicator(EMA(5), warmup=5)
    for count, price in enumerate(prices(40), 1):
        alone.add(price)
        assert wrapped.update(price) == wrapped.value == alone[-1]
        assert wrapped.ready == (count >= 5)


@pytest.mark.parametrize(
    ("ours", "theirs"), [(Ema(5), EMA(5)), (Rsi(5), RSI(5))], ids=["ema", "rsi"]
)
def test_talipp_agrees_with_ours_through_the_adapter(
    ours: Ema | Rsi, theirs: TalippSeries[float]
) -> None:
    wrapped = TalippIndicator(theirs, warmup=ours.warmup)
    for price in prices(60):
        wrapped.update(price)
        ours.update(price)
        assert wrapped.ready == ours.ready
        assert not ours.ready or wrapped.value == pytest.approx(ours.value, rel=1e-12)


def test_talipp_output_of_several_lines_is_none_until_all_are_there() -> None:
    wrapped: TalippIndicator[Any] = TalippIndicator(MACD(3, 6, 4), warmup=1)
    outputs = [wrapped.update(price) for price in prices(20)]
    assert outputs[:8] == [None] * 8
    assert wrapped.ready
    lines = wrapped.value
    assert lines is not None
    assert lines.signal == pytest.approx(lines.macd - lines.histogram)


def test_talipp_indicator_of_bars_is_fed_whole_bars() -> None:
    alone = ATR(5)
    wrapped: TalippBarIndicator[float] = TalippBarIndicator(ATR(5), warmup=5)
    ours = Atr(5)
    for bar in bars(40):
        alone.add(OHLCV(*bar))
        ours.update(bar)
        assert wrapped.update(bar) == alone[-1]
        assert not ours.ready or wrapped.value == pytest.approx(ours.value, rel=1e-12)


def test_talipp_history_is_cut_and_the_output_stays_the_same() -> None:
    inner = RSI(5)
    wrapped: TalippIndicator[float] = TalippIndicator(inner, warmup=6, history=20)
    uncut: TalippIndicator[float] = TalippIndicator(RSI(5), warmup=6)
    held = []
    for price in prices(500):
        assert wrapped.update(price) == uncut.update(price)
        held.append(len(inner.input_values))
    assert held[:42] == [*range(1, 40), 20, 21, 22]
    assert max(held) == 39


def test_talipp_history_shorter_than_two_warmups_is_refused() -> None:
    with pytest.raises(UsageError, match="history is 11; give an int of at least 12"):
        TalippIndicator(EMA(6), warmup=6, history=11)


def test_bars_without_talipp_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "talipp.ohlcv", None)
    with pytest.raises(UsageError, match="pip install talipp"):
        TalippBarIndicator(ATR(5), warmup=5)


@pytest.mark.parametrize("bad", [nan, inf, -inf])
def test_talipp_is_not_fed_what_is_not_finite(bad: float) -> None:
    inner, inner_of_bars = EMA(5), ATR(5)
    with pytest.raises(ValueRefused, match="TalippIndicator was given"):
        TalippIndicator(inner, warmup=5).update(bad)
    with pytest.raises(ValueRefused, match="TalippBarIndicator was given"):
        TalippBarIndicator(inner_of_bars, warmup=5).update(bars(1)[0]._replace(high=bad))
    assert (len(inner.input_values), len(inner_of_bars.input_values)) == (0, 0)


# Functions of arrays.


def test_function_is_given_the_last_window_oldest_first() -> None:
    seen = []

    def keep(window: Array) -> float:
        assert window.flags.c_contiguous
        seen.append(window.tolist())
        return float(window.mean())

    indicator = BatchIndicator(keep, window=3)
    outputs = [indicator.update(float(i)) for i in range(8)]
    assert outputs == [None, None, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert seen == [[i, i + 1.0, i + 2.0] for i in range(6)]


def test_last_element_of_an_array_counts() -> None:
    indicator = BatchIndicator(np.cumsum, window=4)
    assert [indicator.update(x) for x in (1.0, 2.0, 3.0, 4.0, 5.0)][-2:] == [10.0, 14.0]


def test_output_picks_one_of_several_arrays() -> None:
    def extremes(window: Array) -> tuple[Array, Array]:
        return np.minimum.accumulate(window), np.maximum.accumulate(window)

    low, high = (BatchIndicator(extremes, window=3, output=i) for i in (0, 1))
    for x in (5.0, 1.0, 4.0):
        low.update(x)
        high.update(x)
    assert (low.value, high.value) == (1.0, 5.0)


def test_result_that_is_not_finite_is_no_value() -> None:
    with np.errstate(divide="ignore"):
        indicator = BatchIndicator(lambda window: 1.0 / window, window=1)
        assert [indicator.update(x) for x in (2.0, 0.0, 4.0)] == [0.5, None, 0.25]
        indicator.update(0.0)
    assert (indicator.value, indicator.ready) == (None, False)


def test_function_of_bars_is_given_the_fields_in_their_order() -> None:
    def spread(close: Array, low: Array) -> Array:
        return close - low

    indicator = BatchBarIndicator(spread, window=2, fields=("close", "low"))
    assert [indicator.update(bar) for bar in bars(3)] == [None, 0.375, 0.375]


def test_field_that_bars_do_not_have_is_refused() -> None:
    with pytest.raises(UsageError, match="name one or more of open, high, low, close, volume"):
        BatchBarIndicator(np.subtract, window=2, fields=("bid", "ask"))


def test_input_that_is_not_finite_is_refused_and_changes_nothing() -> None:
    indicator = BatchIndicator(np.sum, window=2)
    of_bars = BatchBarIndicator(np.subtract, window=1, fields=("high", "low"))
    indicator.update(1.0)
    with pytest.raises(ValueRefused, match="BatchIndicator was given nan"):
        indicator.update(nan)
    with pytest.raises(ValueRefused, match="BatchBarIndicator was given nan"):
        of_bars.update(bars(1)[0]._replace(low=nan))
    assert indicator.update(2.0) == 3.0


def test_ta_lib_function_gives_what_ours_does() -> None:
    talib = pytest.importorskip("talib", reason="TA-Lib is not installed; it is no dependency")
    ours = Rsi(5)
    wrapped = BatchIndicator(partial(talib.RSI, timeperiod=5), window=60)
    for price in prices(60):
        assert wrapped.value is None
        wrapped.update(price)
        ours.update(price)
    assert wrapped.value == pytest.approx(ours.value, rel=1e-12)
