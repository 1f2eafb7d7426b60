"""Positions, accounts and sums equal exact arithmetic with fractions, whatever fills come in."""

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from math import isnan
from typing import NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st

from engine.ledger.account import Account, AccountSpec
from engine.ledger.exact import ExactSum
from engine.ledger.portfolio import Portfolio, fill_price
from engine.ledger.position import Position
from engine.market_state import MarketState
from engine.model.commands import Side
from engine.model.instrument import Instrument
from engine.model.market import TradeTick
from engine.model.reports import OrderFilled
from engine.orders.order import Order
from tests.unit.rig import Probe, Rig

NAMES = ("one", "two", "three")

STEPPED = Instrument.define(
    "ABC.SIM", tick="0.05", currency="USD", quantity_step="0.01", multiplier="2.5"
)
LIRA = Instrument.define("DEF.SIM", tick="0.001", currency="TRY", multiplier="100")
PAIR = Instrument.define("USDTRY.SIM", tick="0.0001", currency="TRY", base="USD")


class Fill(NamedTuple):
    """A signed quantity in units, and a price of any number of digits."""

    quantity: int
    price: float


PRICES = st.one_of(
    st.integers(-2_000, 4_000).map(lambda ticks: ticks * 5 / 100),
    st.integers(1, 10**15 - 1).map(lambda units: units / 10**12),
    st.integers(-(10**9), 10**9).map(lambda units: units / 10**7),
)
SIZES = st.integers(-700, 700).filter(bool)
FILLS = st.lists(st.builds(Fill, SIZES, PRICES), max_size=25)
MONEY = st.integers(-(10**12), 10**12).map(lambda units: units / 10**6)


def value(number: float) -> Fraction:
    """Return the decimal that a canonical float stands for."""
    return Fraction(f"{number:.15g}")


def cost_of(position: Position) -> Fraction:
    return Fraction(position.cost, 10**position.money_digits)


def realised_of(position: Position) -> Fraction:
    return Fraction(position.realised, 10**position.money_digits)


def booked(fills: Sequence[Fill]) -> Position:
    position = Position(STEPPED)
    for fill in fills:
        position.book(fill.quantity, *fill_price(STEPPED, fill.price))
    return position


def paid_for(fill: Fill) -> Fraction:
    return Fraction(fill.quantity, 100) * value(fill.price)


@given(FILLS)
@example([Fill(3, 10.0), Fill(3, 10.05), Fill(-1, 11.0), Fill(-1, 12.0), Fill(-9, 9.0)])
def test_cash_paid_and_cost_make_realised_profit_at_every_moment(fills: list[Fill]) -> None:
    position = Position(STEPPED)
    cash, quantity, realised = Fraction(0), 0, Fraction(0)
    for fill in fills:
        profit = position.book(fill.quantity, *fill_price(STEPPED, fill.price))
        cash -= paid_for(fill)
        quantity += fill.quantity
        realised += Fraction(profit, 10**position.money_digits)
        assert position.quantity == quantity
        assert cash + cost_of(position) == realised_of(position) == realised
        if quantity == 0:
            assert position.cost == 0
            assert realised_of(position) == cash


@given(FILLS)
def test_cost_stays_within_a_unit_a_close_of_the_exact_average(fills: list[Fill]) -> None:
    position = Position(STEPPED)
    quantity, cost, tolerance = 0, Fraction(0), Fraction(0)
    for fill in fills:
        closes = quantity * fill.quantity < 0
        closed = min(abs(quantity), abs(fill.quantity)) if closes else 0
        opened = fill.quantity + (closed if fill.quantity < 0 else -closed)
        if closed:
            cost -= cost * closed / abs(quantity)
        quantity += fill.quantity
        cost += Fraction(opened, 100) * value(fill.price)
        position.book(fill.quantity, *fill_price(STEPPED, fill.price))
        tolerance += Fraction(1, 10**position.money_digits) if closes else 0
        if closes and (opened or not quantity):
            tolerance = Fraction(0)  # all that was held is gone, remainders with it
        assert abs(cost_of(position) - cost) <= tolerance


@given(FILLS)
def test_a_flip_through_zero_opens_the_rest_at_its_own_price(fills: list[Fill]) -> None:
    position = booked(fills)
    held = position.quantity
    through = -2 * held if held else 5
    position.book(through, *fill_price(STEPPED, 7.35))
    opened = Fraction(held + through, 100)
    assert cost_of(position) == opened * Fraction("7.35")
    assert position.average_price == 7.35


@given(FILLS)
def test_average_price_is_the_double_nearest_to_cost_by_quantity(fills: list[Fill]) -> None:
    position = booked(fills)
    if position.quantity == 0:
        assert isnan(position.average_price)
    else:
        exact = cost_of(position) / Fraction(position.quantity, 100)
        assert position.average_price == float(exact)


@given(st.lists(st.tuples(st.integers(1, 300), PRICES), min_size=1, max_size=10))
def test_average_of_opening_fills_is_their_weighted_mean(fills: list[tuple[int, float]]) -> None:
    position = booked([Fill(*fill) for fill in fills])
    total = sum(size for size, _ in fills)
    mean = sum((value(price) * size for size, price in fills), Fraction(0)) / total
    assert position.average_price == float(mean)


@given(FILLS)
def test_realised_profit_is_shown_with_the_multiplier(fills: list[Fill]) -> None:
    position = booked(fills)
    assert position.realised_pnl == float(realised_of(position) * Fraction("2.5"))


@given(FILLS, st.integers(1, 400))
def test_a_mark_at_the_average_has_next_to_no_profit(fills: list[Fill], ticks: int) -> None:
    position = booked(fills)
    mark = ticks * 5 / 100
    exact = Fraction(position.quantity, 100) * value(mark) - cost_of(position)
    found = position.unrealised_pnl(mark)
    largest = abs(float(cost_of(position))) + abs(position.size * mark)
    assert abs(found - float(exact * Fraction("2.5"))) <= 1e-14 * largest


@given(FILLS, PRICES)
def test_settling_realises_all_and_conserves_cash(fills: list[Fill], price: float) -> None:
    position = booked(fills)
    quantity = Fraction(position.quantity, 100)
    before = realised_of(position) - cost_of(position)
    units, digits = fill_price(STEPPED, price)
    profit = Fraction(position.settle(units, digits), 10**position.money_digits)
    assert realised_of(position) - cost_of(position) == before
    assert cost_of(position) == quantity * value(price)
    assert realised_of(position) == profit + realised_of(booked(fills))


@given(PRICES)
def test_a_fill_off_the_grid_keeps_all_of_its_fifteen_digits(price: float) -> None:
    units, digits = fill_price(STEPPED, price)
    assert Fraction(units, 10**digits) == value(price)


@given(st.lists(st.tuples(st.integers(-(10**20), 10**20), st.integers(0, 20)), max_size=20))
def test_a_sum_never_rounds(terms: list[tuple[int, int]]) -> None:
    total = ExactSum()
    for units, digits in terms:
        total.add(units, digits)
    exact = sum((Fraction(units, 10**digits) for units, digits in terms), Fraction(0))
    assert Fraction(total.units, 10**total.digits) == exact
    assert float(total) == float(exact)


class Event(NamedTuple):
    """Something that moves money of an account."""

    what: str
    instrument: Instrument
    fill: Fill
    fee: float
    currency: str


EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from(["fill", "fill", "fill", "adjust"]),
        st.sampled_from([STEPPED, LIRA]),
        st.builds(Fill, SIZES, PRICES),
        MONEY,
        st.sampled_from(["USD", "TRY", "EUR"]),
    ),
    max_size=20,
)


@given(EVENTS, MONEY)
def test_balances_hold_every_cent_of_profit_fees_rebates_and_adjustments(
    events: list[Event], start: float
) -> None:
    spec = AccountSpec(id="main", venue="SIM", currency="USD", balances={"USD": start})
    portfolio = Portfolio([Account(spec)], {})
    account = portfolio.accounts["main"]
    money = {"USD": value(start), "TRY": Fraction(0), "EUR": Fraction(0)}
    fees = dict.fromkeys(money, Fraction(0))
    spent = {"USD": Fraction(0), "TRY": Fraction(0)}
    for event in events:
        if event.what == "adjust":
            account.adjust(event.currency, event.fee)
            money[event.currency] += value(event.fee)
            continue
        made = event.instrument
        position = portfolio.exposure("main", made).position
        portfolio.book(account, position, filled(event), event.fill.quantity)
        fees[event.currency] += value(event.fee)
        size = Fraction(event.fill.quantity, 10**made.quantity_digits)
        spent[made.currency] += size * value(event.fill.price) * Fraction(made.multiplier)
    for currency, amount in money.items():
        held = account.balances.get(currency, ExactSum())
        paid = account.fees.get(currency, ExactSum())
        assert Fraction(paid.units, 10**paid.digits) == fees[currency]
        cost = sum(
            cost_of(each) * Fraction(each.instrument.multiplier)
            for each in account.positions.values()
            if each.instrument.currency == currency
        )
        expected = amount - fees[currency] - spent.get(currency, 0) + cost
        assert Fraction(held.units, 10**held.digits) == expected


def filled(event: Event) -> OrderFilled:
    return OrderFilled(
        client_order_id="x",
        instrument=event.instrument.id,
        ts_event=0,
        ts_recv=0,
        trade_id="",
        side=Side.BUY if event.fill.quantity > 0 else Side.SELL,
        quantity=abs(event.fill.quantity) / event.instrument.quantity_scale,
        price=event.fill.price,
        fee=event.fee,
        fee_currency=event.currency,
    )


@given(FILLS, st.integers(1, 10**6), st.integers(1, 5_000), MONEY)
def test_equity_is_the_worth_of_balances_and_open_profit(
    fills: list[Fill], rate: int, mark: int, lira: float
) -> None:
    spec = AccountSpec(
        id="main", venue="SIM", currency="USD", balances={"USD": 1000.0, "TRY": lira}
    )
    markets = {each.id: MarketState(each) for each in (LIRA, PAIR)}
    portfolio = Portfolio([Account(spec)], markets)
    account = portfolio.accounts["main"]
    rated, marked = rate / 10**4, mark / 1000
    markets[PAIR.id].trade = TradeTick(PAIR.id, 0, 0, rated, 1.0, 0)
    markets[LIRA.id].trade = TradeTick(LIRA.id, 0, 0, marked, 1.0, 0)
    spent = Fraction(0)
    for fill in fills:
        event = Event("fill", LIRA, fill, 0.0, "TRY")
        position = portfolio.exposure("main", LIRA).position
        portfolio.book(account, position, filled(event), fill.quantity)
        spent += fill.quantity * value(fill.price) * 100
    held = sum(fill.quantity for fill in fills)
    in_lira = value(lira) - spent + held * value(marked) * 100
    found = portfolio.equity(account)
    gross = (
        abs(spent)
        + abs(held * value(marked) * 100)
        + abs(value(lira))
        + sum(abs(fill.quantity * value(fill.price) * 100) for fill in fills)
    )
    assert abs(Fraction(found) - (1000 + in_lira / value(rated))) <= Fraction(1, 10**12) * (
        1000 + gross / value(rated)
    )


TRADES = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(Side), st.integers(1, 9), PRICES), max_size=12
)


@given(TRADES, st.integers(1, 9))
def test_strategies_add_up_to_their_account(
    trades: list[tuple[int, Side, int, float]], part: int
) -> None:
    rig = Rig(Probe(), Probe(), Probe())
    rig.trade(10.0)
    portfolio = rig.kernel.portfolio
    for number, side, size, price in trades:
        order = rig.do(partial(limit_order, side=side, size=size), number)
        rig.fill(order, min(part, size), price)
        if part < size:
            rig.fill(order, size - part, price + 1)
        held = [each for name in NAMES for _, each in portfolio.strategy_positions(name)]
        whole = portfolio.accounts["main"].positions["ABC.SIM"]
        assert sum(each.quantity for each in held) == whole.quantity
        cash = sum((realised_of(each) - cost_of(each) for each in held), Fraction(0))
        assert cash == realised_of(whole) - cost_of(whole)


def limit_order(probe: Probe, side: Side, size: int) -> Order:
    return probe.submit("ABC.SIM", side, size, 10.0)
