"""Rates, cash events and worth of accounts, as the kernel moves them."""

from math import isnan

import pytest

from engine.ledger.account import Account, AccountSpec
from engine.ledger.portfolio import Portfolio
from engine.market_state import MarketState
from engine.model.commands import Side
from engine.model.instrument import Instrument
from engine.model.market import TradeTick
from engine.model.reports import CashAdjusted, OrderFilled
from tests.unit.rig import ABC, XYZ, Probe, Rig

EURUSD = Instrument.define("EURUSD.SIM", tick="0.0001", currency="USD", base="EUR")
USDJPY = Instrument.define("USDJPY.SIM", tick="0.01", currency="JPY", base="USD")


def market(instrument: Instrument, price: float) -> MarketState:
    made = MarketState(instrument)
    made.trade = TradeTick(instrument.id, 0, 0, price, 1.0, 0)
    return made


def empty_portfolio(markets: dict[str, MarketState]) -> Portfolio:
    return Portfolio(
        [Account(AccountSpec(id="main", venue="SIM", currency="USD", balances={}))], markets
    )


def cash(rig: Rig, amount: float, price: float | None = None, instrument: str = ABC.id) -> None:
    rig.kernel.process(
        CashAdjusted(
            account="main",
            instrument=instrument,
            currency="USD",
            ts_event=rig.now,
            ts_recv=rig.now,
            amount=amount,
            reason="funding",
            price=price,
        )
    )


@pytest.mark.parametrize(
    ("currency", "into", "rate"),
    [
        ("EUR", "EUR", 1.0),
        ("EUR", "USD", 1.25),
        ("USD", "EUR", 0.8),
        ("EUR", "JPY", 125.0),
        ("JPY", "EUR", 0.008),
        ("EUR", "TRY", None),
    ],
)
def test_rate_follows_the_chain_of_instruments_both_ways(
    currency: str, into: str, rate: float | None
) -> None:
    markets = {EURUSD.id: market(EURUSD, 1.25), USDJPY.id: market(USDJPY, 100.0)}
    assert empty_portfolio(markets).rate(currency, into) == rate


def test_rate_that_nobody_could_tell_is_found_once_its_instrument_is_in_use() -> None:
    markets: dict[str, MarketState] = {}
    portfolio = empty_portfolio(markets)
    assert portfolio.rate("EUR", "USD") is None
    markets[EURUSD.id] = market(EURUSD, 1.25)
    assert portfolio.rate("EUR", "USD") == 1.25


def test_rate_without_a_price_is_unknown_and_what_depends_on_it_is_no_number() -> None:
    portfolio = empty_portfolio({EURUSD.id: MarketState(EURUSD)})
    account = portfolio.accounts["main"]
    assert portfolio.rate("EUR", "USD") is None
    assert portfolio.balance(account) == 0.0
    account.adjust("EUR", 5.0)
    assert isnan(portfolio.balance(account))
    account.adjust("EUR", -5.0)
    assert portfolio.balance(account) == 0.0


def test_cash_event_moves_the_balance_and_nothing_else() -> None:
    rig = Rig()
    cash(rig, -12.5)
    account = rig.kernel.portfolio.accounts["main"]
    assert float(account.balances["USD"]) == 999_987.5
    assert account.fees == {}


def test_clearing_settles_what_was_unrealised_for_account_and_strategies() -> None:
    rig = Rig(Probe(), Probe())
    rig.trade(100.0)
    for number, size in enumerate((3, 2)):
        order = rig.do(lambda probe, size=size: probe.buy(ABC.id, size), number)  # type: ignore[misc]
        rig.fill(order, size, 100.0)
    portfolio, account = rig.kernel.portfolio, rig.kernel.portfolio.accounts["main"]
    rig.trade(104.0)
    before = portfolio.equity(account)
    cash(rig, 15.0, price=103.0)
    assert portfolio.equity(account) == before
    assert float(account.balances["USD"]) == 1_000_015.0
    for number in (0, 1):
        view = rig.probes[number].position(ABC.id)
        assert (view.average_price, view.unrealised_pnl) == (103.0, float(3 - number))


def test_clearing_of_what_nobody_holds_changes_no_verdict() -> None:
    rig = Rig()
    rig.trade(100.0)
    cash(rig, 0.0, price=50.0, instrument=XYZ.id)
    rig.do(lambda probe: probe.buy(ABC.id, 1))
    assert rig.denials == []


def test_fill_of_an_order_nobody_knows_moves_the_account_alone() -> None:
    rig = Rig()
    rig.trade(100.0)
    rig.tell(OrderFilled, "elsewhere-1", quantity=4.0, price=99.0, side=Side.SELL, fee=1.0)
    portfolio = rig.kernel.portfolio
    account = portfolio.accounts["main"]
    assert account.positions[ABC.id].size == -4.0
    assert portfolio.strategy_positions("one") == []
    assert portfolio.equity(account) == 1_000_000 - 4 - 1
