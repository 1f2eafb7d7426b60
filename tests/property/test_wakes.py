"""Conditions equal plain exact arithmetic on any quotes."""

from fractions import Fraction
from math import nan

from hypothesis import given
from hypothesis import strategies as st

from engine.model.instrument import Instrument
from engine.model.market import QuoteTick
from engine.wakes import Every, MidMoved, TouchChanged, Wake, bind

DIGITS = 5
TICK = Fraction(1, 10_000)
INSTRUMENT = Instrument.define("ABC.SIM", tick="0.0001", currency="USD", price_digits=DIGITS)

SIDES = st.one_of(
    st.integers(99_980, 100_020), st.integers(99_980, 100_020), st.none(), st.integers(-100, 10**14)
)
QUOTES = st.lists(st.tuples(SIDES, SIDES), max_size=50)


def quote(bid: int | None, ask: int | None, ts: int = 0) -> QuoteTick:
    prices = [nan if side is None else side / 10**DIGITS for side in (bid, ask)]
    return QuoteTick("ABC.SIM", ts, ts, prices[0], prices[1], 1.0, 1.0)


def wakes(wake: Wake, quotes: list[QuoteTick]) -> list[int]:
    """Return the positions of the quotes that wake."""
    woken: list[int] = []
    positions: list[int] = []
    callback = bind(wake, INSTRUMENT, lambda event: woken.append(event.ts_recv))
    assert callback is not None
    for position, tick in enumerate(quotes):
        before = len(woken)
        callback(tick)
        positions += [position] * (len(woken) - before)
    return positions


@given(QUOTES, st.integers(1, 12))
def test_mid_moved_equals_exact_fractions(
    sides: list[tuple[int | None, int | None]], half_ticks: int
) -> None:
    expected, reference = [], None
    for position, (bid, ask) in enumerate(sides):
        if bid is None or ask is None:
            continue
        mid = Fraction(bid + ask, 2 * 10**DIGITS)
        if reference is None or abs(mid - reference) >= half_ticks * TICK / 2:
            reference = mid
            expected.append(position)
    assert wakes(MidMoved(half_ticks / 2), [quote(*pair) for pair in sides]) == expected


@given(QUOTES)
def test_touch_changed_equals_a_comparison_of_prices(
    sides: list[tuple[int | None, int | None]],
) -> None:
    changed = [
        position
        for position, pair in enumerate(sides)
        if position == 0 or pair != sides[position - 1]
    ]
    assert wakes(TouchChanged(), [quote(*pair) for pair in sides]) == changed


@given(
    st.lists(st.integers(0, 3_000), max_size=50).map(sorted),
    st.sampled_from(["0.001", "0.5", "1", "0.3"]),
)
def test_every_wakes_at_the_first_event_of_each_interval(times: list[int], seconds: str) -> None:
    interval = int(Fraction(seconds) * 1_000)
    first = [
        position
        for position, ts in enumerate(times)
        if position == 0 or ts // interval != times[position - 1] // interval
    ]
    ticks = [quote(1, 1, ts * 10**6) for ts in times]
    assert wakes(Every(float(seconds)), ticks) == first
