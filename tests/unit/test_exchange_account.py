"""The venue's money check, as scenarios. The multiplier is 10, the initial margin 10 %."""

import pytest

from backtest.exchange.account import VenueAccount
from backtest.exchange.fees import Fees
from backtest.exchange.models import ExchangeModels
from engine.model.instrument import Instrument
from tests.exchange.scenario import Desk, play

XYZ = Instrument.define("XYZ.SIM", tick="0.5", currency="USD", multiplier="10", margin_initial=0.1)

MONEY = {
    "an order within the balance is taken, one beyond it is not": """
        quote 99x50 101x50
        buy a 10 @ 100
        buy b 1 @ 100             -> b rejected: insufficient funds
        cancel a                  -> a canceled
        buy c 10 @ 100
    """,
    "buys and sells do not add up": """
        quote 99x50 101x50
        buy a 10 @ 100
        sell b 10 @ 100
        sell c 1 @ 102            -> c rejected: insufficient funds
    """,
    "what is filled stays reserved as a position": """
        quote 100x50 100x50
        buy a 9                   -> a filled 9 @ 100 taker
        buy b 1 @ 99
        buy c 1 @ 99              -> c rejected: insufficient funds
    """,
    "an order that only reduces is always covered": """
        quote 99x50 101x50
        buy a 9                   -> a filled 9 @ 101 taker
        quote 49x50 51x50
        buy b 1                   -> b rejected: insufficient funds
        sell c 9                  -> c filled 9 @ 49 taker
        buy d 1 @ 51              -> d rejected: insufficient funds
    """,
    "profit adds to what may be carried": """
        quote 99x50 101x50
        buy a 9                   -> a filled 9 @ 101 taker
        quote 199x50 201x50
        buy b 30 @ 199
        buy c 10 @ 199
        buy d 20 @ 199            -> d rejected: insufficient funds
    """,
    "exits that only reduce reserve nothing": """
        quote 100x50 100x50
        buy a 9                   -> a filled 9 @ 100 taker
        sell b 9 @ 110 reduce
        sell c 9 stop 90 reduce
        sell d 9 @ 111 reduce
        buy e 1 @ 99
    """,
    "the order's own price counts where it is higher": """
        quote 99x50 101x50
        buy a 10 stop 110         -> a rejected: insufficient funds
        buy b 9 stop 110
    """,
    "without a price the order's own counts": """
        buy a 10 @ 100
        buy b 1                   -> b rejected: insufficient funds
        cancel a                  -> a canceled
        buy c 1                   -> c rejected: insufficient funds
    """,
    "growth by a replace is checked, shrinking is not": """
        quote 99x50 101x50
        buy a 9 @ 100
        replace a 11              -> a refused: insufficient funds
        replace a 10              -> a replaced 10 @ 100
        replace a 2               -> a replaced 2 @ 100
        buy b 8 @ 100
        buy c 1 @ 100             -> c rejected: insufficient funds
    """,
    "an expired order gives back what it reserved": """
        quote 99x50 101x50
        buy a 10 @ 100 gtd 5
        expire 5                  -> a expired
        buy b 10 @ 100
    """,
    "an account the venue does not know": """
        quote 99x50 101x50
        buy a 1 @ 100 account other   -> a rejected: unknown account
    """,
}


def _desk(fees: Fees | None = None, leverage: float = 1.0) -> Desk:
    account = VenueAccount("main", "USD", 1_000.0, leverage=leverage)
    models = ExchangeModels(fills="quotes", fees=fees or Fees())
    return Desk(models, instrument=XYZ, accounts=(account,))


@pytest.mark.parametrize("script", MONEY.values(), ids=MONEY)
def test_orders_must_be_covered(script: str) -> None:
    play(script, _desk())


def test_fees_are_money_too() -> None:
    script = """
        quote 100x50 100x50
        buy a 1                   -> a filled 1 @ 100 taker fee 500
        buy b 5 @ 99              -> b rejected: insufficient funds
        buy c 4 @ 99
    """
    play(script, _desk(fees=Fees(taker_per_unit=500.0)))


def test_leverage_divides_the_margin() -> None:
    script = """
        quote 99x50 101x50
        buy a 20 @ 100
        buy b 1 @ 100             -> b rejected: insufficient funds
    """
    play(script, _desk(leverage=2.0))


def test_money_in_another_currency_needs_a_rate() -> None:
    rates = {("USD", "EUR"): 0.5}
    known = VenueAccount("main", "EUR", 500.0, rate=lambda a, b: rates[a, b])
    script = """
        quote 100x50 100x50
        buy a 10 @ 99.5
        buy b 1 @ 99.5            -> b rejected: insufficient funds
    """
    play(script, Desk(ExchangeModels(fills="quotes"), instrument=XYZ, accounts=(known,)))
    unknown = VenueAccount("main", "EUR", 500.0)
    script = """
        quote 100x50 100x50
        buy a 1 @ 99.5            -> a rejected: insufficient funds
    """
    play(script, Desk(ExchangeModels(fills="quotes"), instrument=XYZ, accounts=(unknown,)))


def test_equity_is_balance_plus_profit_less_fees() -> None:
    desk = _desk(fees=Fees(taker_per_unit=1.0))
    (account,) = desk.accounts
    for action in ("quote 99x50 101x50", "buy a 3", "quote 103x50 105x50", "sell b 1"):
        desk.do(action)
    assert account.equity() == 1_000.0 - 4.0 + 2 * 10.0 + 2 * 3 * 10.0
