"""Grid rounding and canonical floats equal exact arithmetic with fractions."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from engine.errors import ValueRefused
from engine.model.decimals import LARGEST_UNITS, canonical, exact_decimal, round_15, to_units
from engine.model.instrument import Instrument, Rounding

UNITS = st.integers(-LARGEST_UNITS + 1, LARGEST_UNITS - 1)
DIGITS = st.integers(0, 15)
ROUNDINGS: tuple[Rounding, ...] = ("nearest", "down", "up")
PRICES = st.one_of(
    st.floats(-1e9, 1e9),
    st.integers(-(10**11), 10**11).map(lambda units: units / 100),
    st.integers(-(10**11), 10**11).map(lambda units: units / 800),  # ties of most ticks
)


def instrument(tick: str | list[tuple[str | float, str | float]], **facts: object) -> Instrument:
    return Instrument.define("ABC.SIM", tick=tick, currency="USD", **facts)  # type: ignore[arg-type] # drawn


@st.composite
def tables(draw: st.DrawFn) -> Instrument:
    """Draw an instrument with one to four tick bands whose edges fit the ticks on both sides."""
    ticks = draw(st.lists(st.sampled_from([1, 2, 5, 10, 25, 50, 100]), min_size=1, max_size=4))
    start = draw(st.integers(-500, 500)) * 100
    rows: list[tuple[str | float, str | float]] = []
    for tick in ticks:
        rows.append((f"{start / 100:.2f}", f"{tick / 100:.2f}"))
        start += draw(st.integers(1, 20)) * 100
    return instrument(rows, price_digits=draw(st.integers(2, 4)))


def tick_below(bands: list[tuple[Fraction, Fraction]], exact: Fraction) -> Fraction:
    """Return the tick that holds at an exact price; the first one also holds below its start."""
    held = [tick for start, tick in bands if start <= exact]
    return held[-1] if held else bands[0][1]


def on_grid(made: Instrument, value: float, rounding: Rounding) -> Fraction:
    """Return by fractions what `price` must give."""
    scale = 10**made.price_digits
    bands = [(Fraction(band.start, scale), Fraction(band.tick, scale)) for band in made.bands]
    nearest = round(Fraction(value) * scale)
    exact = Fraction(nearest, scale) if canonical(nearest, made.price_digits) == value else None
    if exact is None:
        exact = Fraction(value)
    tick = tick_below(bands, exact)
    steps = exact / tick
    if rounding == "down":
        return (steps.numerator // steps.denominator) * tick
    if rounding == "up":
        return -(-steps.numerator // steps.denominator) * tick
    return round(steps) * tick


@given(UNITS, DIGITS)
@example(LARGEST_UNITS - 1, 15)
@example(-LARGEST_UNITS + 1, 0)
def test_canonical_floats_come_back_as_the_same_units(units: int, digits: int) -> None:
    value = canonical(units, digits)
    assert value == units / float(10**digits)
    assert value == float(f"{units}e-{digits}")
    assert round(value * float(10**digits)) == units
    assert to_units(value, digits) == units


@given(UNITS, DIGITS)
def test_exact_decimal_gives_back_what_a_canonical_float_stands_for(
    units: int, digits: int
) -> None:
    found, places = exact_decimal(canonical(units, digits))
    assert Fraction(found, 10**places) == Fraction(units, 10**digits)
    assert places <= digits


@given(st.floats(-1e300, 1e300))
@example(0.1 + 0.2)
@example(1234567890123.455)
def test_exact_decimal_is_the_nearest_decimal_of_fifteen_digits(value: float) -> None:
    units, digits = exact_decimal(value)
    assert Fraction(units, 10**digits) == Fraction(f"{value:.15g}")
    assert canonical(units, digits) == round_15(value)
    assert digits == 0 or units % 10


@given(tables(), PRICES, st.sampled_from(ROUNDINGS))
@example(instrument([(0, "0.01"), (10, "0.05")]), 9.996, "down")
@example(instrument([(0, "0.01"), (10, "0.05")]), 9.9999, "down")
@example(instrument([(0, "0.05"), (10, "0.01")]), 9.9999, "down")
@example(instrument([(0, "0.05"), (10, "0.01")]), 9.996, "up")
@example(instrument([(-10, "0.05"), (0, "0.01")]), -0.001, "down")
def test_price_is_put_on_the_grid_as_fractions_say(
    made: Instrument, value: float, rounding: Rounding
) -> None:
    found = made.price_to_grid(value, rounding)
    assert Fraction(found, 10**made.price_digits) == on_grid(made, value, rounding)
    assert made.price(value, rounding) == canonical(found, made.price_digits)


@given(tables(), PRICES)
def test_a_price_on_the_grid_stays_whatever_the_rounding(made: Instrument, value: float) -> None:
    price = made.price(value)
    for rounding in (*ROUNDINGS, "refuse"):
        assert made.price(price, rounding) == price


@given(tables(), PRICES)
def test_down_and_up_enclose_a_price_and_refuse_takes_only_the_grid(
    made: Instrument, value: float
) -> None:
    down, up = made.price(value, "down"), made.price(value, "up")
    if down == up:
        assert made.price(value, "refuse") == value
        return
    assert down < up
    assert down <= value <= up
    with pytest.raises(ValueRefused, match="off its grid"):
        made.price(value, "refuse")


@given(st.floats(0, 1e9), st.sampled_from(["1", "0.1", "0.25", "100", "0.00001"]))
def test_quantity_is_the_largest_on_the_grid_that_is_not_above(value: float, step: str) -> None:
    made = instrument("0.01", quantity_step=step)
    found = Fraction(made.quantity_to_grid(value), 10**made.quantity_digits)
    assert found % Fraction(step) == 0
    if float(found) != value:  # the float of a decimal on the grid stands for that decimal
        meant = Fraction(f"{value:.15g}")
        assert found <= meant < found + Fraction(step)


def test_quantity_loses_no_step_to_the_noise_of_floats() -> None:
    assert instrument("0.01", quantity_step="0.1").quantity(0.7 - 0.4) == 0.3


@st.composite
def distances(draw: st.DrawFn) -> tuple[Instrument, int, int, int]:
    """Draw an instrument and three prices (units) near one another, as quotes are."""
    digits = draw(st.integers(0, 8))
    tick = draw(st.sampled_from([1, 2, 5, 25]))
    centre = draw(st.integers(-(10**13), 10**13))
    near = st.integers(-200, 200)
    made = instrument(f"{tick}e-{digits}", price_digits=digits)
    bid, ask, reference = (centre + draw(near) for _ in range(3))
    return made, bid, ask, reference


@given(distances(), st.integers(-100, 100))
def test_distances_in_ticks_compare_exactly(
    case: tuple[Instrument, int, int, int], ticks: int
) -> None:
    made, bid, ask, reference = case
    scale = 10**made.price_digits
    mid = (bid / scale + ask / scale) / 2
    distance = mid - reference / scale
    exact = Fraction(bid + ask - 2 * reference, 2 * made.bands[0].tick)
    assert (made.ticks(distance) >= ticks) is (exact >= ticks)
    assert (made.ticks(distance) > ticks) is (exact > ticks)
    assert made.ticks(distance) == float(exact)


@given(tables(), st.integers(-100_000, 100_000))
def test_tick_at_names_the_band_that_a_price_is_in(made: Instrument, hundredths: int) -> None:
    bands = [(Fraction(b.start, 10**made.price_digits), b.tick) for b in made.bands]
    held = [tick for start, tick in bands if start <= Fraction(hundredths, 100)]
    expected = held[-1] if held else made.bands[0].tick
    assert made.tick_at(hundredths / 100) == expected / 10**made.price_digits


@given(tables())
def test_edges_of_a_table_are_on_the_grids_of_both_sides(made: Instrument) -> None:
    for below, above in pairwise(made.bands):
        assert above.start % below.tick == 0
        assert above.start % above.tick == 0
        edge = above.start / made.price_scale
        assert made.price(edge, "refuse") == edge


@given(st.integers(LARGEST_UNITS, 10**18), st.integers(0, 8), st.sampled_from([1, -1]))
def test_prices_of_ten_to_the_fifteenth_units_are_refused(
    units: int, digits: int, sign: int
) -> None:
    made = instrument(f"1e-{digits}")
    value = sign * units / 10**digits
    assume(value * 10**digits >= LARGEST_UNITS or sign < 0)
    with pytest.raises(ValueRefused, match="below 10\\^15 units"):
        made.price(value)
    with pytest.raises(ValueRefused, match="more than 15 significant digits"):
        to_units(value, digits)
