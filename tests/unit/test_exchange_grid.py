"""How the exchange reads prices and quantities."""

import pytest

from backtest.exchange.grid import UNLIMITED, Grid
from engine.model.instrument import Instrument

FINE = Grid(
    Instrument.define(
        "FINE.SIM",
        tick="0.05",
        currency="USD",
        quantity_step="0.2",
        quantity_min="0.4",
        quantity_max="100",
    )
)
BANDED = Grid(Instrument.define("B.SIM", tick=[("0", "0.01"), ("10", "0.05")], currency="USD"))
NAN = float("nan")


@pytest.mark.parametrize(
    ("price", "units"),
    [(1.05, 105), (-1.05, -105), (0.0, 0), (1.03, None), (1.051, None), (NAN, None), (1e14, None)],
)
def test_prices_are_units_on_the_tick(price: float, units: int | None) -> None:
    assert FINE.price(price) == units


@pytest.mark.parametrize(("price", "units"), [(9.99, 999), (10.0, 1000), (10.05, 1005)])
def test_prices_are_on_the_tick_of_their_band(price: float, units: int) -> None:
    assert BANDED.price(price) == units


def test_a_tick_holds_from_the_start_of_its_band() -> None:
    assert BANDED.price(10.01) is None


@pytest.mark.parametrize(
    ("quantity", "units"),
    [(0.4, 4), (0.2, None), (0.5, None), (100.0, 1000), (100.2, None), (0.0, None), (-1.0, None)],
)
def test_quantities_are_whole_steps_within_bounds(quantity: float, units: int | None) -> None:
    assert FINE.quantity(quantity) == units


@pytest.mark.parametrize(
    ("size", "units"),
    [
        (1.0, 10),
        (1.1, 10),
        (0.1, 0),
        (0.19, 0),
        (0.3999, 2),
        (0.0, 0),
        (-1.0, 0),
        (NAN, UNLIMITED),
        (float("inf"), UNLIMITED),
    ],
)
def test_sizes_are_cut_down_to_whole_steps(size: float, units: int) -> None:
    assert FINE.size(size) == units


@pytest.mark.parametrize(
    ("distance", "units"), [(0.07, 7), (0.0, None), (-0.05, None), (0.005, None), (NAN, None)]
)
def test_distances_are_positive_units(distance: float, units: int | None) -> None:
    assert FINE.distance(distance) == units
