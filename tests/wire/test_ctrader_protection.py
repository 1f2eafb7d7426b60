"""Protection, position names and ranges of orders at cTrader, against the simulator in memory."""

import pytest
from msgspec.structs import replace

from engine.model.commands import (
    ClosePosition,
    OrderType,
    Protection,
    SetProtection,
    Side,
    SubmitOrder,
    TimeInForce,
)
from engine.model.reports import (
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    ProtectionSet,
)
from engine.model.truth import PositionRecord
from tests.wire.ctrader_rig import EURUSD, Rig, only, order, position


@pytest.fixture
def rig() -> Rig:
    made = Rig()
    made.start()
    made.quote(1.1, 1.1002)
    return made


def test_position_that_is_closed_reads_as_empty_even_with_protection(rig: Rig) -> None:
    rig.execute(order(rig))
    name = position(rig)
    rig.execute(SetProtection("p", "maker", "hedged", EURUSD, rig.now, name, 1.05, 1.2))
    assert [(e.stop_loss, e.take_profit) for e in only(rig.take(), PositionRecord)] == [(1.05, 1.2)]
    rig.execute(ClosePosition("c", "maker", "hedged", EURUSD, rig.now, name, 1_000.0))
    events = rig.take()
    assert only(events, PositionRecord)[-1].quantity == 0.0
    assert [each.client_order_id for each in only(events, OrderCanceled)] == []


def test_level_that_is_left_out_is_removed(rig: Rig) -> None:
    rig.execute(order(rig))
    name = position(rig)
    rig.execute(SetProtection("p", "maker", "hedged", EURUSD, rig.now, name, 1.05, 1.2))
    rig.execute(SetProtection("p", "maker", "hedged", EURUSD, rig.now, name, 1.06))
    last = only(rig.take(), PositionRecord)[-1]
    assert (last.stop_loss, last.take_profit) == (1.06, None)


def test_stop_loss_that_is_hit_is_a_fill_of_nobodys_order(rig: Rig) -> None:
    rig.execute(order(rig))
    rig.execute(SetProtection("p", "maker", "hedged", EURUSD, rig.now, position(rig), 1.09))
    rig.take()
    rig.quote(1.0899, 1.0901)
    events = rig.take()
    fills = only(events, OrderFilled)
    assert [(fill.client_order_id, fill.price, fill.side) for fill in fills] == [
        ("", 1.0899, Side.SELL)
    ]
    assert only(events, PositionRecord)[-1].quantity == 0.0


def test_protection_on_the_wrong_side_is_rejected(rig: Rig) -> None:
    rig.execute(order(rig))
    (said,) = rig.execute(SetProtection("p", "m", "hedged", EURUSD, rig.now, position(rig), 1.2))
    assert isinstance(said, OrderRejected)
    assert (said.client_order_id, said.reason[:17]) == ("p", "TRADING_BAD_STOPS")


def protected(rig: Rig, asked: Protection, **fields: object) -> SubmitOrder:
    return replace(order(rig, **fields), protection=asked)  # type: ignore[arg-type]


def levels(rig: Rig) -> tuple[float | None, float | None]:
    last = only(rig.take(), PositionRecord)[-1]
    return last.stop_loss, last.take_profit


def test_distances_of_a_market_order_count_from_its_fill(rig: Rig) -> None:
    asked = Protection(stop_distance=0.005, profit_distance=0.01)
    assert rig.execute(protected(rig, asked)) == ()
    assert levels(rig) == (1.0952, 1.1102)


def test_sale_is_protected_the_other_way_round(rig: Rig) -> None:
    rig.execute(protected(rig, Protection(stop_distance=0.005), side=Side.SELL))
    assert levels(rig) == (1.105, None)


@pytest.mark.parametrize(
    ("kind", "price", "stop", "opened"),
    [
        (OrderType.LIMIT, 1.09, None, (1.0898, 1.09)),
        (OrderType.STOP, None, 1.101, (1.1009, 1.1011)),
        (OrderType.STOP_LIMIT, 1.1012, 1.101, (1.1009, 1.1011)),
    ],
)
def test_prices_of_a_pending_order_hold_for_what_it_opens(
    rig: Rig, kind: OrderType, price: float | None, stop: float | None, opened: tuple[float, float]
) -> None:
    asked = Protection(stop_loss=1.08, take_profit=1.12)
    rig.execute(protected(rig, asked, kind=kind, price=price, stop=stop))
    rig.quote(*opened)
    assert levels(rig) == (1.08, 1.12)


def test_stop_that_trails_follows_the_market(rig: Rig) -> None:
    rig.execute(protected(rig, Protection(stop_distance=0.005, trailing=True)))
    rig.quote(1.1001, 1.1003)
    rig.quote(1.1021, 1.1023)
    assert levels(rig) == (1.0972, None)


def test_guaranteed_stop_is_filled_at_its_own_price(rig: Rig) -> None:
    rig.execute(protected(rig, Protection(stop_distance=0.005, guaranteed=True)))
    rig.take()
    rig.quote(1.08, 1.0802)
    events = rig.take()
    assert [fill.price for fill in only(events, OrderFilled)] == [1.0952]
    truth = rig.drive(rig.venue.resync("hedged", rig.now))
    assert [each.total for each in truth.balances or ()] == [99_995.0]
    assert rig.broker.balance("hedged").total == 99_995.0


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Protection(stop_loss=1.09), "give distances"),
        (Protection(stop_distance=0.000005), "no number of ticks"),
        (Protection(profit_distance=-0.01), "no number of ticks"),
        (Protection(take_profit=None, trailing=True), "needs a stop-loss"),
    ],
)
def test_protection_that_the_wire_cannot_say_is_refused_unsent(
    rig: Rig, asked: Protection, reason: str
) -> None:
    (said,) = rig.execute(protected(rig, asked))
    assert isinstance(said, OrderRejected)
    assert reason in said.reason
    assert rig.broker.orders("hedged") == []


def test_set_protection_is_answered_and_may_trail(rig: Rig) -> None:
    rig.execute(order(rig))
    name = position(rig)
    asked = SetProtection("p", "m", "hedged", EURUSD, rig.now, name, 1.095, trailing=True)
    (said,) = rig.execute(asked)
    assert isinstance(said, ProtectionSet)
    assert (said.client_order_id, said.position_id, said.stop_loss) == ("p", name, 1.095)
    rig.quote(1.1, 1.1002)
    rig.quote(1.102, 1.1022)
    assert levels(rig) == (1.097, None)


def test_protection_that_is_not_there_is_taken_away_without_a_question(rig: Rig) -> None:
    rig.execute(order(rig))
    asked = SetProtection("p", "m", "hedged", EURUSD, rig.now, position(rig))
    assert [type(each) for each in rig.execute(asked)] == [ProtectionSet]
    assert rig.take() == []


def test_order_adds_to_the_position_that_it_names(rig: Rig) -> None:
    rig.execute(order(rig))
    rig.execute(replace(order(rig, "more", quantity=2_000.0), position_id=position(rig)))
    assert [each.quantity for each in only(rig.take(), PositionRecord)][-1] == 3_000.0
    rig.execute(replace(order(rig, "less", side=Side.SELL), position_id="5000001"))
    held = only(rig.take(), PositionRecord)[-1]
    assert (held.position_id, held.quantity) == ("5000001", 2_000.0)


def test_limit_that_must_fill_at_once_is_a_market_range(rig: Rig) -> None:
    rig.execute(order(rig, "low", kind=OrderType.LIMIT, price=1.1001, time=TimeInForce.IOC))
    rig.execute(order(rig, "high", kind=OrderType.LIMIT, price=1.1003, time=TimeInForce.IOC))
    events = rig.take()
    assert [each.client_order_id for each in only(events, OrderCanceled)] == ["low"]
    assert [each.client_order_id for each in only(events, OrderFilled)] == ["high"]
    truth = rig.drive(rig.venue.resync("hedged", rig.now))
    listed = {each.client_order_id: (each.type, each.price) for each in truth.orders or ()}
    assert listed == {"low": (OrderType.LIMIT, 1.1001), "high": (OrderType.LIMIT, 1.1003)}


def test_exits_are_listed_with_their_position_and_not_as_orders(rig: Rig) -> None:
    rig.execute(protected(rig, Protection(stop_distance=0.005)))
    truth = rig.drive(rig.venue.resync("hedged", rig.now))
    assert [each.client_order_id for each in truth.orders or ()] == ["b-1"]
    assert [each.stop_loss for each in truth.positions or ()] == [1.0952]
