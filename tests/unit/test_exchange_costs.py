"""Fees and slippage, as scenarios and figures. The instrument has a tick of 0.5, multiplier 10."""

import pytest

from backtest.exchange.fees import Fees
from backtest.exchange.models import ExchangeModels
from backtest.exchange.slippage import BpsSlippage, NoSlippage, Slippage, TickSlippage
from engine.errors import ValueRefused
from engine.model.instrument import Instrument
from engine.model.reports import Liquidity
from tests.exchange.scenario import Desk, play

TAKE_AND_MAKE = """
    quote 99x5 100x5
    buy a 2                   -> a filled 2 @ 100 taker{taken}
    buy b 2 @ 98
    quote 97x5 98x5           -> b filled 2 @ 98 maker{made}
"""

FEES = {
    "nothing by default": (Fees(), "", ""),
    "basis points of notional": (Fees(taker_bps=1.0, maker_bps=0.5), " fee 0.2", " fee 0.098"),
    "a rebate is a negative fee": (Fees(maker_bps=-0.5), "", " fee -0.098"),
    "money for one unit": (Fees(taker_per_unit=0.25, maker_per_unit=-0.1), " fee 0.5", " fee -0.2"),
    "both together": (Fees(taker_bps=1.0, taker_per_unit=0.25), " fee 0.7", ""),
    "a minimum": (Fees(taker_bps=1.0, minimum=1.5), " fee 1.5", ""),
    "a minimum does not touch a rebate": (
        Fees(taker_bps=1.0, maker_bps=-1.0, minimum=1.5),
        " fee 1.5",
        " fee -0.196",
    ),
    "a maximum": (Fees(taker_bps=100.0, maximum=1.5), " fee 1.5", ""),
    "rounded to digits only if configured": (
        Fees(taker_bps=1.0, maker_bps=0.5, digits=2),
        " fee 0.2",
        " fee 0.1",
    ),
}


@pytest.mark.parametrize(("fees", "taken", "made"), FEES.values(), ids=FEES)
def test_fees_go_by_the_side_of_liquidity(fees: Fees, taken: str, made: str) -> None:
    script = TAKE_AND_MAKE.format(taken=taken, made=made)
    play(script, Desk(ExchangeModels(fills="quotes", fees=fees)))


def test_bounds_can_hold_for_an_order_instead_of_a_fill() -> None:
    script = """
        quote 99x5 100x1
        buy a 4                   -> a filled 1 @ 100 taker fee 1.5
        quote 99x5 100x2          -> a filled 2 @ 100 taker fee 1.5
        quote 99x5 100x9          -> a filled 1 @ 100 taker fee 0.5
    """
    fees = Fees(taker_bps=10.0, minimum=1.5, maximum=3.5, per="order")
    play(script, Desk(ExchangeModels(fills="quotes", fees=fees)))


def test_fees_have_fifteen_digits() -> None:
    fees = Fees(taker_bps=1.0)
    assert fees.bounded(0.1 + 0.2) == 0.3
    assert fees.bounded(fees.raw(Liquidity.TAKER, 1234.5678, 1.0)) == 0.12345678


def test_ties_of_digits_go_to_the_even_one() -> None:
    fees = Fees(taker_bps=1.0, digits=2)
    assert fees.bounded(0.125) == 0.12
    assert fees.bounded(0.375) == 0.38
    assert fees.bounded(2.675) == 2.68


@pytest.mark.parametrize(
    "wrong",
    [
        {"minimum": -1.0},
        {"minimum": 2.0, "maximum": 1.0},
        {"digits": -1},
        {"taker_bps": float("nan")},
    ],
)
def test_fees_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueRefused, match="fees"):
        Fees(**wrong)  # type: ignore[arg-type]  # each case breaks one field


SLIPPAGE = {
    "none": (NoSlippage(), 100.0, 99.0),
    "ticks": (TickSlippage(3), 101.5, 97.5),
    "basis points go outward to the grid": (BpsSlippage(10.0), 100.5, 98.5),
    "no basis points": (BpsSlippage(0.0), 100.0, 99.0),
}


@pytest.mark.parametrize(("slippage", "bought", "sold"), SLIPPAGE.values(), ids=SLIPPAGE)
def test_takers_slip_against_themselves(slippage: Slippage, bought: float, sold: float) -> None:
    script = f"""
        quote 99x5 100x5
        buy a 1                   -> a filled 1 @ {bought:g} taker
        sell b 1                  -> b filled 1 @ {sold:g} taker
    """
    play(script, Desk(ExchangeModels(fills="quotes", slippage=slippage)))


def test_slippage_never_violates_a_limit_and_spares_makers() -> None:
    script = """
        quote 99x5 100x5
        buy a 1 @ 101             -> a filled 1 @ 101 taker
        sell b 1 @ 98.5 ioc       -> b filled 1 @ 98.5 taker
        buy c 1 @ 99
        quote 98x5 99x5           -> c filled 1 @ 99 maker
    """
    play(script, Desk(ExchangeModels(fills="quotes", slippage=TickSlippage(3))))


def test_slippage_applies_to_opens_and_stops_of_bars() -> None:
    script = """
        bar 100 100 100 100
        buy a 1
        sell b 1 stop 98
        sell c 1 @ 97.5 stop 98
        open 100                  -> a filled 1 @ 101.5 taker
        bar 100 101 97 100        -> b triggered; b filled 1 @ 96.5 taker
        again                     -> c triggered; c filled 1 @ 97.5 taker
    """
    play(script, Desk(ExchangeModels(slippage=TickSlippage(3))))


def test_ticks_slip_by_the_band_of_the_price() -> None:
    table: list[tuple[str | float, str | float]] = [("0", "0.01"), ("10", "0.05")]
    banded = Instrument.define("B.SIM", tick=table, currency="USD")
    assert TickSlippage(2).worsen(banded, 1, 1_200) == 1_210
    assert TickSlippage(2).worsen(banded, 1, 500) == 502


def test_slippage_moves_a_touch_between_ticks_outward() -> None:
    wide = Instrument.define("W.SIM", tick="0.5", currency="USD", price_digits=2)
    assert TickSlippage(1).worsen(wide, 1, 10_025) == 10_100
    assert TickSlippage(1).worsen(wide, -1, 10_025) == 9_950
    assert NoSlippage().worsen(wide, 1, 10_025) == 10_025


@pytest.mark.parametrize("make", [lambda: TickSlippage(-1), lambda: BpsSlippage(-0.1)])
def test_slippage_that_helps_is_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueRefused, match="slippage"):
        make()
