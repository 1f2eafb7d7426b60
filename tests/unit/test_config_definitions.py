"""Instruments that a configuration defines, or changes against what was recorded."""

import msgspec
import pytest

from engine.config import InstrumentConfig, define
from engine.errors import ConfigError, ValueRefused
from engine.model.instrument import Instrument

RECORDED = Instrument.define(
    "SBER.ALOR",
    tick=[("0", "0.01"), ("100", "0.05")],
    currency="RUB",
    quantity_step="10",
    quantity_max="1000",
    price_digits=4,
    lot="10",
    margin_initial=0.4,
    days_per_year=250,
)


def test_nothing_written_gives_what_was_recorded_under_its_name() -> None:
    found = define("SBER.MOEX", InstrumentConfig(), RECORDED)
    assert found == msgspec.structs.replace(RECORDED, id="SBER.MOEX")


def test_written_facts_replace_recorded_ones_in_the_recorded_digits() -> None:
    written = InstrumentConfig(tick=0.1, multiplier=2.0, currency="USD")
    found = define("SBER.MOEX", written, RECORDED)
    assert (found.tick_at(150.0), found.point_value, found.currency) == (0.1, 2.0, "USD")
    assert (found.price_digits, found.quantity_step, found.lot) == (4, 10, "10")


def test_tick_table_is_written_as_rows() -> None:
    written = InstrumentConfig(tick=((0.0, 0.5), (10.0, 1.0)), currency="EUR")
    found = define("X.SIM", written)
    assert (found.tick_at(9.0), found.tick_at(10.0)) == (0.5, 1.0)


def test_price_bounds_of_a_recording_are_kept() -> None:
    bounded = msgspec.structs.replace(RECORDED, price_min=1, price_max=10**7)
    assert define("SBER.MOEX", InstrumentConfig(), bounded).price_max == 10**7


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (InstrumentConfig(tick=0.01), 'instruments."X.SIM" is in no catalogue and lacks currency'),
        (InstrumentConfig(currency="USD"), "lacks tick; add tick = ..."),
    ],
)
def test_instrument_that_was_not_recorded_needs_tick_and_currency(
    written: InstrumentConfig, line: str
) -> None:
    with pytest.raises(ConfigError, match=line):
        define("X.SIM", written)


def test_step_finer_than_the_recording_is_refused() -> None:
    with pytest.raises(ConfigError, match="needs 5 price_digits where 4 were recorded"):
        define("SBER.MOEX", InstrumentConfig(tick=0.00001), RECORDED)
    with pytest.raises(ConfigError, match="needs 1 quantity_digits where 0 were recorded"):
        define("SBER.MOEX", InstrumentConfig(quantity_step=0.5), RECORDED)


def test_table_that_makes_no_grid_is_refused() -> None:
    with pytest.raises(ValueRefused, match="tick table edge"):
        define("X.SIM", InstrumentConfig(tick=((0.0, 0.3), (1.0, 0.5)), currency="EUR"))
