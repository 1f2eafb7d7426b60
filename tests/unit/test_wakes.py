"""Conditions under which a strategy is called."""

from collections.abc import Callable
from math import nan

import msgspec
import pytest

from engine.errors import StrategyError
from engine.model.instrument import Instrument
from engine.model.market import QuoteTick, TradeTick
from engine.wakes import Every, EveryEvent, Kind, MidMoved, Never, TouchChanged, Wake, bind

INSTRUMENT = Instrument.define("EURUSD.SIM", tick="0.0001", currency="USD", price_digits=5)
SECOND = 10**9


def quote(bid: float, ask: float, ts: int = 0, size: float = 1.0) -> QuoteTick:
    return QuoteTick("EURUSD.SIM", ts, ts, bid, ask, size, size)


def bound(wake: Wake, woken: list[QuoteTick]) -> Callable[[QuoteTick], None]:
    callback = bind(wake, INSTRUMENT, woken.append)
    assert callback is not None
    return callback


def wakes(wake: Wake, quotes: list[QuoteTick]) -> list[int]:
    """Return the positions of the quotes that wake."""
    woken: list[QuoteTick] = []
    callback = bound(wake, woken)
    found = []
    for position, tick in enumerate(quotes):
        callback(tick)
        if woken:
            assert woken == [tick]
            woken.clear()
            found.append(position)
    return found


def test_every_event_is_the_callback_itself() -> None:
    def callback(event: QuoteTick) -> None: ...

    assert bind(EveryEvent(), INSTRUMENT, callback) is callback


def test_never_binds_nothing() -> None:
    assert bind(Never(), INSTRUMENT, print) is None


def test_touch_changed_wakes_by_price_and_not_by_size() -> None:
    ticks = [quote(1.0, 1.1), quote(1.0, 1.1, size=5.0), quote(1.0, 1.2), quote(0.9, 1.2)]
    assert wakes(TouchChanged(), ticks) == [0, 2, 3]


def test_touch_changed_takes_an_empty_side_for_a_price() -> None:
    ticks = [quote(nan, nan), quote(nan, nan), quote(1.0, nan), quote(1.0, nan), quote(nan, nan)]
    assert wakes(TouchChanged(), ticks) == [0, 2, 4]


def test_mid_moved_is_free_of_float_noise() -> None:
    # 1.1003 - 1.1 is a hair below three ticks as floats
    ticks = [quote(1.1, 1.1), quote(1.1003, 1.1003), quote(1.1006, 1.1006)]
    assert ticks[1].mid - ticks[0].mid < 3 * 0.0001
    assert wakes(MidMoved(3), ticks) == [0, 1, 2]


def test_mid_moved_counts_half_ticks() -> None:
    ticks = [quote(1.0, 1.0001), quote(1.0, 1.0002), quote(1.0, 1.0003), quote(1.0, 1.00029)]
    assert wakes(MidMoved(0.5), ticks) == [0, 1, 2]
    assert wakes(MidMoved(1), ticks) == [0, 2]


def test_mid_moved_adds_up_small_moves_in_both_directions() -> None:
    ticks = [quote(1 + n / 10_000, 1 + n / 10_000) for n in (0, 1, 2, 3, 2, 1, -1, -2)]
    assert wakes(MidMoved(2), ticks) == [0, 2, 6]


def test_mid_moved_ignores_a_quote_with_an_empty_side() -> None:
    ticks = [quote(nan, 1.0), quote(1.0, 1.0), quote(2.0, nan), quote(nan, nan), quote(1.0, 1.0)]
    assert wakes(MidMoved(1), ticks) == [1]


def test_mid_moved_uses_the_tick_at_the_last_wake() -> None:
    table = Instrument.define("A.B", tick=[("0", "0.01"), ("10", "0.05")], currency="USD")
    woken: list[QuoteTick] = []
    callback = bind(MidMoved(1), table, woken.append)
    assert callback is not None
    prices = [9.98, 9.99, 10.0, 10.04, 10.05, 10.0]
    for price in prices:
        callback(quote(price, price))
    assert [tick.bid for tick in woken] == [9.98, 9.99, 10.0, 10.05, 10.0]


def test_mid_moved_is_exact_for_the_largest_prices() -> None:
    units = 10**15 - 10
    instrument = Instrument.define("BIG.SIM", tick="1", currency="USD")
    woken: list[QuoteTick] = []
    callback = bind(MidMoved(1), instrument, woken.append)
    assert callback is not None
    for bid, ask in [(units, units), (units, units + 1), (units + 1, units + 1)]:
        callback(quote(float(bid), float(ask)))
    assert [tick.bid for tick in woken] == [units, units + 1]


def test_every_wakes_once_an_interval_counted_from_the_epoch() -> None:
    times = [1.5, 1.9, 2.0, 2.5, 7.2, 7.9, 8.0]
    ticks = [quote(1.0, 1.0, int(ts * SECOND)) for ts in times]
    assert wakes(Every(1), ticks) == [0, 2, 4, 6]
    assert wakes(Every(0.5), ticks) == [0, 2, 3, 4, 5, 6]


def test_every_does_not_wake_twice_when_time_stands_or_runs_back() -> None:
    ticks = [quote(1.0, 1.0, ts) for ts in (5 * SECOND, 5 * SECOND, 4 * SECOND, 5 * SECOND + 1)]
    assert wakes(Every(1), ticks) == [0]


def test_every_takes_trades() -> None:
    woken: list[TradeTick] = []
    callback = bind(Every(1), INSTRUMENT, woken.append, "trades")
    assert callback is not None
    trade = TradeTick("EURUSD.SIM", 0, 0, 1.0, 1.0, 1)
    callback(trade)
    callback(trade)
    assert woken == [trade]


def test_reference_has_moved_when_the_callback_runs() -> None:
    seen = []

    def once_more(event: QuoteTick) -> None:
        seen.append(event)
        bindings[0](event)

    callback = bind(MidMoved(1), INSTRUMENT, once_more)
    assert callback is not None
    bindings = [callback]
    callback(quote(1.0, 1.0))
    assert len(seen) == 1


def test_each_binding_has_its_own_reference() -> None:
    first: list[QuoteTick] = []
    second: list[QuoteTick] = []
    wake = TouchChanged()
    bound(wake, first)(quote(1.0, 1.1))
    bound(wake, second)(quote(1.0, 1.1))
    assert len(first) == len(second) == 1


@pytest.mark.parametrize("wake", [TouchChanged(), MidMoved(1)])
@pytest.mark.parametrize("kind", ["trades", "bars"])
def test_condition_on_quotes_is_refused_elsewhere(wake: Wake, kind: Kind) -> None:
    with pytest.raises(StrategyError, match=f"{type(wake).__name__} on {kind} of EURUSD.SIM"):
        bind(wake, INSTRUMENT, print, kind)


@pytest.mark.parametrize("ticks", [0, -1, 0.3, nan, float("inf")])
def test_mid_moved_refuses_ticks_that_cannot_be_met(ticks: float) -> None:
    with pytest.raises(StrategyError, match="cannot be met"):
        MidMoved(ticks)


@pytest.mark.parametrize("seconds", [0, -1, 1e-10, nan, float("inf")])
def test_every_refuses_what_is_no_interval(seconds: float) -> None:
    with pytest.raises(StrategyError, match="is no interval"):
        Every(seconds)


def test_every_is_exact_in_nanoseconds() -> None:
    assert Every(0.1).interval_ns == 100_000_000
    assert Every(1e-9).interval_ns == 1
    assert Every(3600).interval_ns == 3600 * SECOND


@pytest.mark.parametrize("wake", [EveryEvent(), TouchChanged(), MidMoved(2), Every(5), Never()])
def test_wake_survives_json(wake: Wake) -> None:
    assert msgspec.json.decode(msgspec.json.encode(wake), type=Wake) == wake
