"""The simulated broker: orders, positions and money behind every venue's wire."""

import pytest

from connectors.simulation import broker as words
from connectors.simulation.faults import Chance, Fault, FaultPlan
from connectors.simulation.races import Races
from connectors.simulation.records import BrokerOrder, OrderUpdate
from engine.model.commands import Side, TimeInForce
from engine.model.reports import OrderAccepted, OrderFilled
from engine.model.truth import BalanceRecord, PositionRecord, Standing
from tests.simulation.counter import CASH, HEDGING, NETTING, Counter

BUY, SELL = Side.BUY, Side.SELL


def test_market_order_fills_and_is_told_with_position_and_balance() -> None:
    counter = Counter()
    counter.quote(99.0, 100.0)
    counter.take()
    order = counter.order(BUY, 10)
    told = counter.take()
    assert order.standing == Standing.FILLED
    assert [type(event) for event in told] == [
        OrderUpdate,
        OrderUpdate,
        PositionRecord,
        BalanceRecord,
    ]
    first, second = told[:2]
    assert isinstance(first, OrderUpdate)
    assert isinstance(second, OrderUpdate)
    assert isinstance(first.report, OrderAccepted)
    assert isinstance(second.report, OrderFilled)
    assert (second.report.client_order_id, second.report.venue_order_id) == ("c1", "O1")
    assert second.report.trade_id == "T1"


def test_order_fills_in_parts_as_the_market_offers() -> None:
    counter = Counter()
    counter.quote(99.0, 100.0, 4)
    order = counter.order(BUY, 10, price=100.0)
    assert (order.filled, order.leaves, order.is_working) == (4.0, 6.0, True)
    counter.quote(99.0, 99.5, 100)
    assert (order.filled, order.standing, order.average_price) == (10.0, Standing.FILLED, 100.0)
    assert [fill.quantity for fill in counter.broker.fills("net")] == [4.0, 6.0]


def test_stop_is_triggered_by_the_touch() -> None:
    counter = Counter()
    counter.quote(99.0, 100.0)
    order = counter.order(SELL, 1, stop=98.0)
    counter.quote(97.5, 98.5)
    assert (order.triggered, order.standing, order.average_price) == (True, Standing.FILLED, 97.5)


def test_amend_changes_in_place_and_cancel_takes_out() -> None:
    counter = Counter()
    counter.quote(99.0, 100.0)
    order = counter.order(BUY, 10, price=90.0)
    assert counter.broker.replace("O1", 5, quantity=7.0, price=91.0) == ""
    assert (order.quantity, order.price, order.revision) == (7.0, 91.0, 1)
    assert counter.broker.cancel("O1", 6) == ""
    assert order.standing == Standing.CANCELED
    assert counter.broker.cancel("O1", 7) == "order is not working"
    assert counter.broker.replace("O9", 7) == words.UNKNOWN_ORDER


def test_order_ends_when_its_time_is_up() -> None:
    counter = Counter()
    counter.quote(99.0, 100.0)
    order = counter.order(BUY, 1, price=90.0, time_in_force=TimeInForce.GTD, expire_ts=50)
    assert counter.broker.next_due == 50
    counter.broker.advance(50)
    assert order.standing == Standing.EXPIRED


def test_order_of_an_unknown_account_is_rejected_and_listed() -> None:
    counter = Counter()
    order = counter.order(BUY, 1, account="nobody")
    assert (order.standing, order.reason) == (Standing.REJECTED, words.UNKNOWN_ACCOUNT)


def test_netting_account_has_one_position_and_realises_its_profit() -> None:
    counter = Counter(NETTING)
    counter.quote(99.0, 100.0)
    counter.order(BUY, 10)
    counter.order(BUY, 10)
    assert [p.quantity for p in counter.broker.positions("net")] == [20.0]
    counter.quote(103.0, 104.0)
    counter.order(SELL, 20)
    assert counter.broker.positions("net") == []
    assert counter.broker.balance("net").total == 10_060.0


def test_hedging_account_keeps_a_position_for_each_opening_order() -> None:
    counter = Counter(HEDGING)
    counter.quote(99.0, 100.0)
    counter.order(BUY, 10)
    counter.order(SELL, 4)
    held = [(p.position_id, p.quantity) for p in counter.broker.positions("hedge")]
    assert held == [("P1", 10.0), ("P2", -4.0)]
    closing = counter.broker.close("hedge", "P1", 9, quantity=6.0)
    assert isinstance(closing, BrokerOrder)
    assert closing.closes
    held = [(p.position_id, p.quantity) for p in counter.broker.positions("hedge")]
    assert held == [("P1", 4.0), ("P2", -4.0)]


@pytest.mark.parametrize(
    ("position_id", "quantity", "reason"),
    [("P9", 1.0, words.UNKNOWN_POSITION), ("P1", 11.0, words.TOO_MUCH_TO_CLOSE)],
)
def test_closing_order_must_name_a_position_it_fits_into(
    position_id: str, quantity: float, reason: str
) -> None:
    counter = Counter(HEDGING)
    counter.quote(99.0, 100.0)
    counter.order(BUY, 10)
    assert counter.order(SELL, quantity, position_id=position_id).reason == reason


def test_two_closing_orders_cannot_close_more_than_there_is() -> None:
    counter = Counter(HEDGING)
    counter.quote(99.0, 100.0)
    counter.order(BUY, 10)
    assert counter.order(SELL, 7, price=120.0, position_id="P1").is_working
    assert counter.order(SELL, 4, position_id="P1").reason == words.TOO_MUCH_TO_CLOSE
    assert counter.order(SELL, 3, position_id="P1").standing == Standing.FILLED


@pytest.mark.parametrize("account", [HEDGING, NETTING])
def test_protection_closes_the_position_that_it_guards(account: object) -> None:
    counter = Counter(HEDGING if account is HEDGING else NETTING)
    counter.quote(99.0, 100.0)
    counter.order(BUY, 10)
    key = "P1" if account is HEDGING else "XYZ.SIM"
    assert counter.broker.protect(counter.account, key, 5, 95.0, None) == ""
    counter.quote(95.5, 96.0)
    assert counter.broker.positions(counter.account)[0].stop_loss == 95.0
    counter.quote(94.5, 95.0)
    assert counter.broker.positions(counter.account) == []
    assert counter.broker.orders(counter.account)[-1].remark == "protection"


def test_cash_account_pays_the_full_price_and_locks_what_buys_may_cost() -> None:
    counter = Counter(CASH)
    counter.quote(99.0, 100.0)
    counter.order(BUY, 10)
    counter.order(BUY, 5, price=90.0)
    balance = counter.broker.balance("cash")
    assert (balance.total, balance.available) == (9_000.0, 8_550.0)


def test_order_beyond_the_money_is_rejected_by_the_exchange() -> None:
    counter = Counter()
    counter.quote(99.0, 100.0, 1_000)
    assert counter.order(BUY, 101).reason == "insufficient funds"


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("side", "price"), [(BUY, 98.0), (SELL, 101.0)])
def test_order_in_a_race_fills_before_it_is_canceled(side: Side, price: float, seed: int) -> None:
    counter = Counter()
    counter.quote(99.0, 100.0)
    plan = FaultPlan(seed, {Fault.CANCEL_RACE: Chance(times=1)})
    counter.broker.before_change = Races(counter.broker, plan).before_change
    order = counter.order(side, 10, price=price)
    reason = counter.broker.cancel(order.venue_order_id, counter.ts)
    assert plan.counts[Fault.CANCEL_RACE] == 1
    assert order.filled in (5.0, 10.0)
    assert bool(reason) == (order.filled == 10.0)
    assert not order.is_working
    assert [fill.price for fill in counter.broker.fills("net")] == [price]


def test_stop_in_a_race_is_triggered_before_it_is_canceled() -> None:
    counter = Counter()
    counter.quote(99.0, 100.0)
    plan = FaultPlan(0, {Fault.CANCEL_RACE: Chance()})
    counter.broker.before_change = Races(counter.broker, plan).before_change
    order = counter.order(SELL, 2, stop=98.0)
    counter.broker.cancel(order.venue_order_id, counter.ts)
    assert order.filled > 0


def test_market_order_that_waits_is_in_no_race() -> None:
    counter = Counter()
    plan = FaultPlan(0, {Fault.CANCEL_RACE: Chance()})
    counter.broker.before_change = Races(counter.broker, plan).before_change
    order = counter.order(BUY, 1)
    counter.broker.cancel(order.venue_order_id, 1)
    assert plan.counts[Fault.CANCEL_RACE] == 0
