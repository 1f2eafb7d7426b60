"""Instruments: their definition, the edges of their grid, and what they refuse."""

from decimal import Decimal

import pytest

from engine.errors import ValueRefused
from engine.model.instrument import AssetClass, Instrument, Rounding
from engine.model.market import QuoteTick

NAN, INF = float("nan"), float("inf")


def instrument(**facts: object) -> Instrument:
    named: dict[str, object] = {"tick": "0.01", "currency": "USD", **facts}
    return Instrument.define("ABC.SIM", **named)  # type: ignore[arg-type] # wrong ones are drawn on purpose


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"tick": "0"}, "ABC.SIM: tick is 0; it must be positive"),
        ({"tick": "-0.01"}, "ABC.SIM: tick is -0.01; it must be positive"),
        ({"tick": "cent"}, "ABC.SIM: tick is 'cent'; give a finite decimal number"),
        ({"tick": NAN}, "ABC.SIM: tick is nan; give a finite decimal number"),
        ({"tick": []}, "ABC.SIM: the tick table is empty"),
        ({"tick": [(0, "0.01"), ("x", "0.05")]}, "ABC.SIM: tick start is 'x'; give a finite"),
        ({"tick": [(0, "0.02"), ("1.01", "0.01")]}, "ABC.SIM: tick table edge 1.01 must rise"),
        ({"tick": [(0, "0.01"), ("1.01", "0.02")]}, "ABC.SIM: tick table edge 1.01 must rise"),
        ({"tick": [(5, "0.01"), (5, "0.02")]}, "ABC.SIM: tick table edge 5 must rise"),
        ({"tick": "1e16"}, "ABC.SIM: tick is 1E\\+16; it must be positive"),
        ({"quantity_step": "0"}, "ABC.SIM: quantity_step is 0; it must be positive"),
        ({"quantity_step": None}, "ABC.SIM: quantity_step is None; give a finite decimal"),
        ({"quantity_min": "0.5"}, "ABC.SIM: quantity_min is 0.5; .* at most 0 decimals"),
        ({"quantity_max": "1.5"}, "ABC.SIM: quantity_max is 1.5; .* at most 0 decimals"),
        (
            {"quantity_min": "10", "quantity_max": "5"},
            "ABC.SIM: quantity_max 5 is below quantity_min 10",
        ),
        ({"multiplier": "0"}, "ABC.SIM: multiplier is '0'; it must be positive"),
        ({"lot": "-1"}, "ABC.SIM: lot is '-1'; it must be positive"),
        ({"margin_initial": NAN}, "ABC.SIM: margin_initial is nan; give a fraction"),
        ({"margin_maintenance": -0.1}, "ABC.SIM: margin_maintenance is -0.1; give a fraction"),
        ({"asset": "tulips"}, "ABC.SIM: asset 'tulips' is none of fx, equity"),
    ],
)
def test_definition_names_what_is_wrong_with_it(facts: dict[str, object], message: str) -> None:
    with pytest.raises(ValueRefused, match=message):
        instrument(**facts)


@pytest.mark.parametrize("name", ["ABC", ".SIM", "ABC.", "A BC.S/M", ""])
def test_definition_refuses_a_name_that_is_not_symbol_and_venue(name: str) -> None:
    with pytest.raises(ValueRefused, match=r"SYMBOL\.VENUE"):
        Instrument.define(name, tick="0.01", currency="USD")


def test_name_is_split_at_its_last_dot() -> None:
    made = Instrument.define("BRK.B.NYSE", tick="0.01", currency="USD")
    assert (made.symbol, made.venue) == ("BRK.B", "NYSE")


def test_facts_are_held_in_units_and_left_out_ones_follow_from_the_others() -> None:
    made = instrument(
        tick=0.25,
        quantity_step="0.001",
        quantity_max=Decimal(5),
        multiplier="12.5",
        margin_initial=0.2,
        asset="future",
    )
    assert (made.price_digits, made.quantity_digits) == (2, 3)
    assert [(band.start, band.tick) for band in made.bands] == [(0, 25)]
    assert (made.quantity_step, made.quantity_min, made.quantity_max) == (1, 1, 5000)
    assert (made.multiplier_units, made.point_value) == ((125, 1), 12.5)
    assert made.margin_maintenance == 0.2
    assert made.asset is AssetClass.FUTURE


def test_more_digits_than_the_tick_needs_keep_its_grid() -> None:
    made = instrument(price_digits=4)
    assert made.price_to_grid(1.2345) == 12_300
    assert made.price(1.2345, "up") == 1.24


@pytest.mark.parametrize(
    ("value", "rounding", "expected"),
    [
        (1.005, "nearest", 1.0),  # the double below 1.005
        (0.125, "nearest", 0.12),  # ties go to the even one
        (0.375, "nearest", 0.38),
        (-0.125, "nearest", -0.12),
        (1.019, "down", 1.01),
        (1.011, "up", 1.02),
        (-1.011, "down", -1.02),
        (-1.019, "up", -1.01),
        (0.1 + 0.2, "down", 0.3),  # noise above, no tick above
        (0.29999999999999993, "up", 0.3),
        (-0.0, "refuse", 0.0),
    ],
)
def test_price_is_put_on_the_grid(value: float, rounding: Rounding, expected: float) -> None:
    assert instrument().price(value, rounding) == expected


@pytest.mark.parametrize(
    ("value", "rounding", "expected"),
    [
        (9.99, "refuse", 9.99),
        (10.0, "refuse", 10.0),
        (9.996, "down", 9.99),  # below the edge the lower tick holds
        (9.9999, "up", 10.0),
        (10.01, "down", 10.0),
        (10.01, "up", 10.05),
        (10.025, "nearest", 10.0),  # a tie between ticks, by its decimal
        (-3.337, "nearest", -3.34),  # the first tick holds below its start too
    ],
)
def test_tick_table_decides_by_the_band_a_price_is_in(
    value: float, rounding: Rounding, expected: float
) -> None:
    made = instrument(tick=[(0, "0.01"), (10, "0.05")], price_digits=3)
    assert made.price(value, rounding) == expected


@pytest.mark.parametrize("value", [NAN, INF, -INF, 1e13, -1e13, 1e300])
def test_prices_that_cannot_be_carried_are_refused(value: float) -> None:
    with pytest.raises(ValueRefused, match=r"price .* of ABC\.SIM"):
        instrument().price(value)


@pytest.mark.parametrize("value", [NAN, INF, -0.001, 1e15, 1e300])
def test_quantities_that_cannot_be_carried_are_refused(value: float) -> None:
    with pytest.raises(ValueRefused, match=r"quantity .* of ABC\.SIM"):
        instrument().quantity(value)


def test_largest_price_and_quantity_are_carried() -> None:
    made = instrument()
    assert made.price_to_grid(9_999_999_999_999.99) == 10**15 - 1
    assert made.quantity_to_grid(999_999_999_999_999.0) == 10**15 - 1


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, 0.0), (0.3, 0.3), (0.1 + 0.2, 0.3), (0.39, 0.3), (7.05, 7.0)]
)
def test_quantity_goes_down_to_the_grid(value: float, expected: float) -> None:
    assert instrument(quantity_step="0.1").quantity(value) == expected


def test_a_quantity_just_below_a_step_does_not_get_it() -> None:
    assert instrument(quantity_step="0.1").quantity(0.29999999999) == 0.2


@pytest.mark.parametrize(
    ("distance", "ticks"), [(1.12 - 1.08, 4), (0.3 - 0.1, 20), (-0.04, -4), (0.005, 0.5)]
)
def test_distance_in_ticks_is_free_of_float_noise(distance: float, ticks: float) -> None:
    assert instrument().ticks(distance) == ticks


def test_distance_in_ticks_takes_the_band_at_a_price() -> None:
    made = instrument(tick=[(0, "0.01"), (10, "0.05")])
    assert made.ticks(0.1) == 10
    assert made.ticks(0.1, at=12.0) == 2


def test_distance_of_a_quote_with_an_empty_side_is_no_number_of_ticks() -> None:
    quote = QuoteTick("ABC.SIM", 0, 0, NAN, 1.0, NAN, 1.0)
    ticks = instrument().ticks(quote.mid - 1.0)
    assert not ticks >= 0
    assert not ticks < 0
