"""What indicators do at their edges: warming up, standing still, no volume, and bad input.

That they equal their formulas is shown by the property tests.
"""

import subprocess
import sys
from collections.abc import Callable
from math import inf, nan

import pytest

from engine.errors import UsageError, ValueRefused
from engine.model.market import Bar
from lockstep import indicators as ind
from lockstep.indicators import BarIndicator, Indicator, ValueIndicator
from tests.property.indicator_cases import BAR_CASES, VALUE_CASES, Candle

VALUES: list[Callable[[], ValueIndicator[object]]] = [
    lambda: ind.Sma(5),
    lambda: ind.Ema(5),
    lambda: ind.Rma(5),
    lambda: ind.Wma(5),
    lambda: ind.Hma(16),
    lambda: ind.Dema(5),
    lambda: ind.Tema(5),
    ind.Kama,
    ind.Rsi,
    ind.Macd,
    ind.RateOfChange,
    lambda: ind.Highest(5),
    lambda: ind.Lowest(5),
    lambda: ind.StandardDeviation(5),
    lambda: ind.ZScore(5),
    lambda: ind.LinearRegressionSlope(5),
    ind.BollingerBands,
]
BARS: list[Callable[[], BarIndicator[object]]] = [
    ind.TrueRange,
    ind.Atr,
    ind.Stochastic,
    ind.WilliamsR,
    ind.Cci,
    ind.Keltner,
    ind.Donchian,
    ind.Adx,
    ind.Supertrend,
    ind.ParabolicSar,
    ind.Obv,
    ind.Vwap,
    ind.Mfi,
]


def name_of(make: Callable[[], object]) -> str:
    return type(make()).__name__


def prices(count: int) -> list[float]:
    """Return prices that never stand still and turn now and then."""
    return [100.0 + (7 * i % 11) / 4 + i / 8 for i in range(count)]


def bars(count: int) -> list[Candle]:
    return [Candle(p, p + 0.5, p - 0.25, p + 0.125, 10.0 + p) for p in prices(count)]


def flat(price: float, volume: float = 5.0) -> Candle:
    return Candle(price, price, price, price, volume)


def test_every_indicator_is_tried_here_and_against_its_formula() -> None:
    tried = {name_of(make) for make in [*VALUES, *BARS]} | {"Correlation"}
    offered = {
        name
        for name in ind.__all__
        if issubclass(getattr(ind, name), Indicator) and name != "Indicator"
    }
    adapters = {name for name in offered if name.startswith(("Batch", "Talipp"))}
    assert tried == offered - adapters
    assert {name.partition(" of a ")[0] for name in [*VALUE_CASES, *BAR_CASES]} == tried - {
        "Correlation"
    }


# Warming up.


@pytest.mark.parametrize("make", VALUES, ids=name_of)
def test_value_indicator_is_ready_after_its_warmup_and_not_before(
    make: Callable[[], ValueIndicator[object]],
) -> None:
    indicator = make()
    for count, price in enumerate(prices(indicator.warmup + 3), 1):
        output = indicator.update(price)
        assert output == indicator.value
        assert (output is not None) == indicator.ready == (count >= indicator.warmup)


@pytest.mark.parametrize("make", BARS, ids=name_of)
def test_bar_indicator_is_ready_after_its_warmup_and_not_before(
    make: Callable[[], BarIndicator[object]],
) -> None:
    indicator = make()
    assert (indicator.value, indicator.ready) == (None, False)
    for count, bar in enumerate(bars(indicator.warmup + 3), 1):
        output = indicator.update(bar)
        assert output == indicator.value
        assert (output is not None) == indicator.ready == (count >= indicator.warmup)


def test_correlation_is_ready_after_period_pairs() -> None:
    correlation = ind.Correlation(3)
    outputs = [correlation.update(x, -x) for x in prices(4)]
    assert outputs[:2] == [None, None]
    assert outputs[2:] == [pytest.approx(-1.0), pytest.approx(-1.0)]
    assert correlation.ready


def test_bars_of_the_engine_are_accepted() -> None:
    bar = Bar("EURUSD.SIM", "1m", 0, 60, 60, 1.0, 1.5, 0.5, 1.25, 3.0)
    assert ind.TrueRange().update(bar) == 1.0


# Input that is refused.


@pytest.mark.parametrize("bad", [nan, inf, -inf, 1e100])
@pytest.mark.parametrize("make", VALUES, ids=name_of)
@pytest.mark.parametrize("seen", [0, 1, 60])
def test_refused_value_changes_nothing(
    make: Callable[[], ValueIndicator[object]], bad: float, seen: int
) -> None:
    indicator, untouched = make(), make()
    for price in prices(seen):
        indicator.update(price)
        untouched.update(price)
    with pytest.raises(ValueRefused, match="give finite numbers"):
        indicator.update(bad)
    for price in prices(70):
        assert indicator.update(price) == untouched.update(price)


@pytest.mark.parametrize("bad", [nan, inf, -inf])
@pytest.mark.parametrize("field", ["high", "low", "close", "volume"])
@pytest.mark.parametrize("make", BARS, ids=name_of)
@pytest.mark.parametrize("seen", [0, 1, 40])
def test_bar_with_a_bad_field_is_refused_or_the_field_is_not_read(
    make: Callable[[], BarIndicator[object]], field: str, bad: float, seen: int
) -> None:
    indicator, untouched = make(), make()
    for bar in bars(seen):
        indicator.update(bar)
        untouched.update(bar)
    try:
        indicator.update(bars(1)[0]._replace(**{field: bad}))
    except ValueRefused:
        pass
    else:
        untouched.update(bars(1)[0])
    for bar in bars(50):
        assert indicator.update(bar) == untouched.update(bar)


def test_correlation_refuses_either_value_and_changes_nothing() -> None:
    correlation = ind.Correlation(2)
    correlation.update(1.0, 1.0)
    for pair in ((nan, 2.0), (2.0, nan), (inf, 2.0)):
        with pytest.raises(ValueRefused, match="Correlation was given"):
            correlation.update(*pair)
    assert correlation.update(2.0, 3.0) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ind.Sma(0), "period is 0; give an int of at least 1"),
        (lambda: ind.Sma(True), "period is True; give an int of at least 1"),
        (lambda: ind.Ema(-3), "period is -3; give an int of at least 1"),
        (lambda: ind.Hma(1), "period is 1; give an int of at least 2"),
        (lambda: ind.StandardDeviation(1, sample=True), "give an int of at least 2"),
        (lambda: ind.Macd(12, 12, 9), "slow is 12; give an int of at least 13"),
        (lambda: ind.Kama(10, 5, 4), "slow is 4; give an int of at least 5"),
        (lambda: ind.BollingerBands(20, 0.0), "width is 0.0; give a finite number above zero"),
        (lambda: ind.Keltner(20, nan), "width is nan; give a finite number above zero"),
        (lambda: ind.ParabolicSar(0.3, 0.2), "step is 0.3, above limit 0.2"),
    ],
)
def test_bad_parameter_is_a_usage_error(make: Callable[[], object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make()


# Standing still, and dividing by nothing.


@pytest.mark.parametrize(
    ("indicator", "value"),
    [
        (ind.Rsi(3), 50.0),
        (ind.RateOfChange(3), 0.0),
        (ind.ZScore(3), 0.0),
        (ind.StandardDeviation(3), 0.0),
        (ind.LinearRegressionSlope(3), 0.0),
        (ind.Kama(3), 0.1),
        (ind.BollingerBands(3), (0.1, 0.1, 0.1)),
        (ind.Macd(2, 3, 2), (0.0, 0.0, 0.0)),
        (ind.Hma(4), 0.1),
        (ind.Tema(3), 0.1),
    ],
    ids=lambda each: type(each).__name__,
)
def test_value_that_stands_still(indicator: ValueIndicator[object], value: object) -> None:
    for _ in range(12):
        indicator.update(0.1)
    assert indicator.value == value


@pytest.mark.parametrize(
    ("indicator", "value"),
    [
        (ind.Stochastic(3), (50.0, 50.0)),
        (ind.WilliamsR(3), -50.0),
        (ind.Cci(3), 0.0),
        (ind.Mfi(3), 50.0),
        (ind.Adx(3), (0.0, 0.0, 0.0)),
        (ind.Atr(3), 0.0),
        (ind.Obv(), 0.0),
        (ind.Keltner(3), (0.1, 0.1, 0.1)),
        (ind.Donchian(3), (0.1, 0.1, 0.1)),
        (ind.Supertrend(3), (0.1, -1)),
    ],
    ids=lambda each: type(each).__name__,
)
def test_market_that_stands_still(indicator: BarIndicator[object], value: object) -> None:
    for _ in range(12):
        indicator.update(flat(0.1))
    assert indicator.value == value


def test_rsi_of_only_gains_is_100_and_of_only_losses_0() -> None:
    gains, losses = ind.Rsi(3), ind.Rsi(3)
    for i in range(9):
        gains.update(1.0 + i)
        losses.update(9.0 - i)
    assert (gains.value, losses.value) == (100.0, 0.0)


def test_rate_of_change_from_zero_is_zero() -> None:
    change = ind.RateOfChange(1)
    assert [change.update(x) for x in (0.0, 5.0, 10.0)] == [None, 0.0, 100.0]


def test_correlation_with_what_stands_still_is_zero() -> None:
    correlation = ind.Correlation(3)
    for x in prices(6):
        correlation.update(x, 0.3)
    assert correlation.value == 0.0


def test_money_flow_without_volume_is_50() -> None:
    index = ind.Mfi(3)
    for bar in bars(6):
        index.update(bar._replace(volume=0.0))
    assert index.value == 50.0


def test_money_flow_leaves_out_typical_prices_that_differ_only_in_the_last_bit() -> None:
    first, second = Candle(0.0, 0.4, 0.1, 0.1, 1.0), Candle(0.0, 0.3, 0.1, 0.2, 1.0)
    assert first.high + first.low + first.close != second.high + second.low + second.close
    index = ind.Mfi(1)
    index.update(first)
    assert index.update(second) == 50.0


def test_directional_movement_counts_no_bar_that_reaches_as_far_up_as_down() -> None:
    first, second = Candle(0.0, 0.4, 0.2, 0.3, 1.0), Candle(0.0, 0.5, 0.1, 0.3, 1.0)
    assert second.high - first.high != first.low - second.low
    index = ind.Adx(1)
    index.update(first)
    assert index.update(second) == (0.0, 0.0, 0.0)


# Sessions, starts and other rules of one indicator.


def test_vwap_is_not_ready_before_something_was_traded_and_after_a_reset() -> None:
    price = ind.Vwap()
    assert price.update(flat(3.0, volume=0.0)) is None
    assert not price.ready
    assert price.update(flat(4.0, volume=2.0)) == 4.0
    assert price.update(flat(7.0, volume=1.0)) == 5.0
    price.reset()
    assert (price.value, price.ready) == (None, False)
    assert price.update(flat(9.0, volume=1.0)) == 9.0


def test_vwap_of_a_million_bars_does_not_drift() -> None:
    price = ind.Vwap()
    for _ in range(1_000_000):
        price.update(flat(0.1, volume=0.1))
    assert price.value is not None
    assert abs(price.value / 0.1 - 1.0) < 1e-15


def test_channel_includes_the_newest_bar() -> None:
    channel = ind.Donchian(2)
    channel.update(flat(1.0))
    channel.update(flat(2.0))
    assert channel.value == ind.Bands(upper=2.0, middle=1.5, lower=1.0)
    assert channel.update(flat(5.0)) == ind.Bands(upper=5.0, middle=3.5, lower=2.0)


def test_supertrend_turns_up_on_a_close_above_the_upper_band() -> None:
    trend = ind.Supertrend(1, width=1.0)
    trend.update(Candle(10.0, 11.0, 9.0, 10.0, 0.0))
    assert trend.value == ind.TrendStop(level=12.0, direction=-1)
    trend.update(Candle(10.0, 13.0, 12.0, 12.5, 0.0))
    assert trend.value == ind.TrendStop(level=9.5, direction=1)


def test_importing_indicators_imports_no_library_for_arrays() -> None:
    code = "import sys, lockstep.indicators; print({'numpy', 'talipp', 'talib'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
