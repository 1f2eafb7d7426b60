"""Fills of orders nobody knows: booked on the account at once, claimed later, never twice."""

import pytest

from engine.model.commands import Side
from engine.model.reports import OrderAccepted, OrderFilled
from engine.model.risk import RiskStateChanged
from engine.model.zones import SECOND_NS
from engine.orders import strangers
from engine.orders.order import Order
from engine.orders.strangers import FillClaimed, FillUnclaimed
from tests.unit.rig import ABC, Probe, Rig, watching
from tests.unit.rule_desk import RuleDesk


def stranger(rig: Rig, trade: str = "T1", venue_order: str = "V9", size: float = 4.0) -> None:
    """Report a fill that carries only the venue's id of its order."""
    rig.tell(
        OrderFilled,
        "",
        trade_id=trade,
        venue_order_id=venue_order,
        side=Side.BUY,
        quantity=size,
        price=100.0,
    )


def positions(rig: Rig) -> tuple[int, int]:
    """Return what the account and the strategy hold."""
    portfolio = rig.kernel.portfolio
    ours = portfolio.exposure("main", ABC).position.quantity
    return ours, portfolio.held("one", "main", ABC).position.quantity


@pytest.fixture
def rig() -> Rig:
    rig = Rig(watching())
    rig.trade(100.0)
    return rig


def send(rig: Rig, size: float = 10.0) -> Order:
    return rig.do(lambda probe: probe.buy(ABC.id, size, 100.0))


def test_fill_before_the_acknowledgement_is_claimed_when_the_id_is_known(rig: Rig) -> None:
    order = send(rig)
    stranger(rig)
    assert (positions(rig), order.filled) == ((4, 0), 0.0)
    rig.tell(OrderAccepted, order, venue_order_id="V9")
    assert (positions(rig), order.filled, order.status) == ((4, 4), 4.0, "partially_filled")
    exposure = rig.kernel.portfolio.exposure("main", ABC)
    assert exposure.buys == 6
    claims = [each for each in rig.kernel.decisions if isinstance(each, FillClaimed)]
    assert [(each.client_order_id, each.trade_id) for each in claims] == [(order.id, "T1")]


def test_strategy_hears_of_the_claimed_fill_after_the_acknowledgement(rig: Rig) -> None:
    order = send(rig)
    stranger(rig)
    rig.tell(OrderAccepted, order, venue_order_id="V9")
    heard = [type(each).__name__ for each in rig.probe.heard[-2:]]
    assert heard == ["OrderAccepted", "OrderFilled"]
    fill = rig.probe.of(OrderFilled)[-1]
    assert (fill.client_order_id, fill.quantity) == (order.id, 4.0)


def test_claimed_fill_may_complete_the_order(rig: Rig) -> None:
    order = send(rig, 4.0)
    stranger(rig)
    rig.tell(OrderAccepted, order, venue_order_id="V9")
    assert (order.status, rig.probe.orders()) == ("filled", [])


def test_doubled_fill_of_a_stranger_is_booked_once(rig: Rig) -> None:
    stranger(rig)
    stranger(rig)
    assert positions(rig) == (4, 0)
    assert rig.kernel.orders.counts["doubled fill"] == 1
    stranger(rig, "T2")
    assert positions(rig) == (8, 0)


def test_same_fill_with_the_name_of_its_order_moves_the_strategy_alone(rig: Rig) -> None:
    order = send(rig)
    stranger(rig)
    rig.fill(order, 4.0, 100.0, trade_id="T1")
    assert (positions(rig), order.filled) == ((4, 4), 4.0)
    rig.tell(OrderAccepted, order, venue_order_id="V9")
    rig.fill(order, 4.0, 100.0, trade_id="T1")
    assert (positions(rig), order.filled) == ((4, 4), 4.0)


def test_fill_of_somebody_else_is_never_claimed(rig: Rig) -> None:
    order = send(rig)
    stranger(rig, venue_order="V8")
    rig.tell(OrderAccepted, order, venue_order_id="V9")
    assert (positions(rig), order.filled) == ((4, 0), 0.0)


def test_unclaimed_fill_is_told_of_after_a_time_and_a_claimed_one_is_not(rig: Rig) -> None:
    order = send(rig)
    stranger(rig, "T1", "V9")
    stranger(rig, "T2", "V8")
    rig.tell(OrderAccepted, order, venue_order_id="V9")
    rig.wait(20 * SECOND_NS)
    warned = [each for each in rig.kernel.decisions if isinstance(each, FillUnclaimed)]
    assert [each.trade_id for each in warned] == ["T2"]


def test_fills_without_trade_ids_each_count_and_are_claimed_together(rig: Rig) -> None:
    order = send(rig)
    stranger(rig, "")
    stranger(rig, "")
    assert positions(rig) == (8, 0)
    rig.tell(OrderAccepted, order, venue_order_id="V9")
    assert (positions(rig), order.filled) == ((8, 8), 8.0)


def test_oldest_unclaimed_fill_stays_with_the_account_beyond_the_limit(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "FILLS_MAX", 2)
    order = send(rig)
    for number in range(3):
        stranger(rig, f"T{number}", size=1.0)
    rig.tell(OrderAccepted, order, venue_order_id="V9")
    assert (positions(rig), order.filled) == ((3, 2), 2.0)


def test_loss_by_a_strangers_fill_is_seen() -> None:
    desk = RuleDesk("daily=100")
    desk.do("trade 100, buy 1")
    stranger(desk.rig, size=200.0)
    assert desk.do("trade 99.4, buy 1") == "daily_loss"


def test_probe_without_callbacks_is_claimed_for_too() -> None:
    rig = Rig(Probe())
    rig.trade(100.0)
    order = send(rig)
    stranger(rig)
    rig.tell(OrderAccepted, order, venue_order_id="V9")
    assert positions(rig) == (4, 4)


def test_fill_of_a_strangers_order_above_the_limit_lets_only_reduce_until_it_is_reduced() -> None:
    desk = RuleDesk("max_position=10")
    desk.do("trade 100, buy 1, fill, accept")
    stranger(desk.rig, size=10.0)
    states = [each for each in desk.rig.kernel.decisions if isinstance(each, RiskStateChanged)]
    assert [(each.after, each.cause) for each in states] == [("reducing", "limit_breached")]
    assert desk.do("buy 1") == "limit_breached"
    assert desk.do("sell 1") == "ok"
    desk.do("fill")
    assert desk.do("sell 1") == "ok"
