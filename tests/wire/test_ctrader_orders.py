"""Commands to cTrader and what comes of them, against the simulator in memory."""

import msgspec
import pytest

from connectors.ctrader.schema.envelope_pb2 import ProtoOAErrorRes
from connectors.frame.flow import Answer
from connectors.simulation.faults import Chance, Fault
from engine.errors import OutcomeUnknown, TokenRefused
from engine.gate.rates import RateLimited
from engine.model.commands import (
    CancelOrder,
    ClosePosition,
    OrderType,
    ReplaceOrder,
    Side,
    TimeInForce,
)
from engine.model.reports import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    ReplaceRejected,
)
from engine.model.truth import BalanceRecord, PositionRecord, Standing
from tests.wire.ctrader_rig import EURUSD, SECOND, Rig, only, order, position


@pytest.fixture
def rig() -> Rig:
    made = Rig()
    made.start()
    made.quote(1.1, 1.1002)
    return made


def test_market_order_is_accepted_filled_and_becomes_a_position(rig: Rig) -> None:
    assert rig.execute(order(rig)) == ()
    accepted, filled, held = rig.take()
    assert isinstance(accepted, OrderAccepted)
    assert isinstance(filled, OrderFilled)
    assert (filled.client_order_id, filled.account, filled.price) == ("b-1", "hedged", 1.1002)
    assert (filled.quantity, filled.side, filled.fee_currency) == (1_000.0, Side.BUY, "USD")
    assert isinstance(held, PositionRecord)
    assert (held.quantity, held.average_price, held.position_id) == (1_000.0, 1.1002, "5000001")


def test_limit_rests_is_changed_and_canceled(rig: Rig) -> None:
    rig.execute(order(rig, kind=OrderType.LIMIT, price=1.09))
    changed = rig.execute(ReplaceOrder("b-1", "hedged", EURUSD, rig.now, 1, 2_000.0, 1.08))
    assert [type(event) for event in rig.take()] == [OrderAccepted]
    assert isinstance(changed[0], OrderReplaced)
    assert (changed[0].request, changed[0].quantity, changed[0].price) == (1, 2_000.0, 1.08)
    assert rig.execute(CancelOrder("b-1", "hedged", EURUSD, rig.now, 2)) == ()
    assert [(each.client_order_id, each.filled) for each in only(rig.take(), OrderCanceled)] == [
        ("b-1", 0.0)
    ]


def test_limit_fills_when_the_market_comes_to_it(rig: Rig) -> None:
    rig.execute(order(rig, kind=OrderType.LIMIT, price=1.09))
    rig.take()
    rig.quote(1.0898, 1.09)
    assert [each.price for each in only(rig.take(), OrderFilled)] == [1.09]


def test_stop_and_stop_limit_are_triggered_by_the_touch(rig: Rig) -> None:
    rig.execute(order(rig, "s", kind=OrderType.STOP, stop=1.101))
    rig.execute(order(rig, "sl", kind=OrderType.STOP_LIMIT, stop=1.101, price=1.1012))
    rig.take()
    rig.quote(1.1009, 1.1011)
    assert sorted(each.client_order_id for each in only(rig.take(), OrderFilled)) == ["s", "sl"]


def test_stop_limit_is_listed_with_the_limit_that_its_slippage_means(rig: Rig) -> None:
    rig.execute(order(rig, kind=OrderType.STOP_LIMIT, stop=1.101, price=1.1012))
    truth = rig.drive(rig.venue.resync("hedged", rig.now))
    assert [(each.type, each.stop, each.price) for each in truth.orders or ()] == [
        (OrderType.STOP_LIMIT, 1.101, 1.1012)
    ]


def test_stop_limit_with_its_limit_before_the_trigger_is_refused_unsent(rig: Rig) -> None:
    said = rig.execute(order(rig, kind=OrderType.STOP_LIMIT, stop=1.101, price=1.1))
    assert isinstance(said[0], OrderRejected)
    assert rig.broker.orders("hedged") == []


def test_order_with_an_end_expires(rig: Rig) -> None:
    end = rig.now + 60 * SECOND
    rig.execute(order(rig, kind=OrderType.LIMIT, price=1.0, time=TimeInForce.GTD, expires=end))
    rig.broker.advance(end)
    rig.carry()
    assert [each.client_order_id for each in only(rig.take(), OrderExpired)] == ["b-1"]


def test_order_that_must_fill_at_once_is_canceled_otherwise(rig: Rig) -> None:
    rig.execute(order(rig, kind=OrderType.LIMIT, price=1.0, time=TimeInForce.FOK))
    assert len(only(rig.take(), OrderCanceled)) == 1


def test_hedging_account_holds_both_sides(rig: Rig) -> None:
    rig.execute(order(rig, "b"))
    rig.execute(order(rig, "s", side=Side.SELL))
    truth = rig.drive(rig.venue.resync("hedged", rig.now))
    held = {each.position_id: each.quantity for each in truth.positions or ()}
    assert held == {"5000001": 1_000.0, "5000002": -1_000.0}


def test_exit_on_a_hedging_account_reduces_the_oldest_position_that_is_large_enough(
    rig: Rig,
) -> None:
    for name, quantity in (("a", 1_000.0), ("b", 5_000.0), ("c", 5_000.0)):
        rig.execute(order(rig, name, quantity=quantity))
    rig.take()
    exit_order = msgspec.structs.replace(
        order(rig, "x", side=Side.SELL, quantity=2_000.0), reduce_only=True
    )
    assert rig.execute(exit_order) == ()
    events = rig.take()
    assert [fill.client_order_id for fill in only(events, OrderFilled)] == ["x"]
    truth = rig.drive(rig.venue.resync("hedged", rig.now))
    held = {each.position_id: each.quantity for each in truth.positions or ()}
    assert held == {"5000001": 1_000.0, "5000002": 3_000.0, "5000003": 5_000.0}


def test_exit_that_no_one_position_covers_is_refused_unsent(rig: Rig) -> None:
    for name in ("a", "b"):
        rig.execute(order(rig, name))
    exit_order = msgspec.structs.replace(
        order(rig, "x", side=Side.SELL, quantity=2_000.0), reduce_only=True
    )
    said = rig.execute(exit_order)
    assert isinstance(said[0], OrderRejected)
    assert "one by one" in said[0].reason
    assert len(rig.broker.orders("hedged")) == 2


def test_stop_that_is_an_exit_waits_at_its_position(rig: Rig) -> None:
    rig.execute(order(rig))
    stop = order(rig, "x", side=Side.SELL, kind=OrderType.STOP, stop=1.09)
    rig.execute(msgspec.structs.replace(stop, reduce_only=True))
    rig.quote(1.0899, 1.0901)
    truth = rig.drive(rig.venue.resync("hedged", rig.now))
    assert truth.positions == ()
    assert [fill.client_order_id for fill in truth.fills or ()] == ["b-1", "x"]


def test_netting_account_has_one_position_without_a_name(rig: Rig) -> None:
    rig.execute(order(rig, "b", account="netting", quantity=3_000.0))
    rig.execute(order(rig, "s", account="netting", side=Side.SELL))
    truth = rig.drive(rig.venue.resync("netting", rig.now))
    assert [(each.position_id, each.quantity) for each in truth.positions or ()] == [("", 2_000.0)]


def test_part_of_a_position_is_closed_by_its_name(rig: Rig) -> None:
    rig.execute(order(rig, quantity=3_000.0))
    name = position(rig)
    rig.execute(ClosePosition("c", "maker", "hedged", EURUSD, rig.now, name, 1_000.0))
    events = rig.take()
    assert [(e.client_order_id, e.side) for e in only(events, OrderFilled)] == [("c", Side.SELL)]
    assert only(events, PositionRecord)[-1].quantity == 2_000.0


def test_balance_follows_the_venues_identity_over_many_closes(rig: Rig) -> None:
    for turn, (bid, side) in enumerate(((1.101, Side.BUY), (1.099, Side.SELL), (1.104, Side.BUY))):
        rig.execute(order(rig, f"o{turn}", side=side, quantity=7_000.0))
        name = position(rig)
        rig.quote(bid, bid + 0.0002)
        rig.execute(ClosePosition(f"c{turn}", "m", "hedged", EURUSD, rig.now, name, 7_000.0))
    balances = only(rig.take(), BalanceRecord)
    truth = rig.drive(rig.venue.resync("hedged", rig.now))
    assert balances[-1].total == (truth.balances or ())[0].total
    assert balances[-1].total == pytest.approx(rig.broker.balance("hedged").total, abs=0.02)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (order, "TRADING_DISABLED"),
        (lambda rig: order(rig, quantity=1_500.0), "TRADING_BAD_VOLUME"),
        (
            lambda rig: order(rig, kind=OrderType.LIMIT, price=1.123456),
            "INVALID_REQUEST: Order price = 1.123456 has more digits",
        ),
        (lambda rig: order(rig, quantity=10_000_000.0), "NOT_ENOUGH_MONEY"),
    ],
    ids=["disabled", "volume", "digits", "money"],
)
def test_refused_order_is_rejected_in_the_venues_words(rig: Rig, fault: object, code: str) -> None:
    assert callable(fault)
    if code == "TRADING_DISABLED":
        rig.faults.set(Fault.REJECT, Chance(times=1))
    said = rig.execute(fault(rig))
    assert isinstance(said[0], OrderRejected)
    assert said[0].reason.startswith(code)
    assert (said[0].client_order_id, said[0].account) == ("b-1", "hedged")


def test_cancel_and_change_of_a_filled_order_are_refused_to_whoever_asked(rig: Rig) -> None:
    rig.execute(order(rig))
    canceled = rig.execute(CancelOrder("b-1", "hedged", EURUSD, rig.now, 4))
    changed = rig.execute(ReplaceOrder("b-1", "hedged", EURUSD, rig.now, 5, 2_000.0))
    assert isinstance(canceled[0], CancelRejected)
    assert isinstance(changed[0], ReplaceRejected)
    assert (canceled[0].request, changed[0].request) == (4, 5)


def test_cancel_before_the_venue_named_the_order_is_refused_unsent(rig: Rig) -> None:
    said = rig.execute(CancelOrder("unknown", "hedged", EURUSD, rig.now, 1))
    assert isinstance(said[0], CancelRejected)


def test_lost_answer_leaves_the_outcome_open_and_the_list_tells_it(rig: Rig) -> None:
    wires = rig.wires["demo"]
    command = order(rig, "lost")
    flow = rig.venue.execute(command, rig.now)
    call = next(flow)
    wires.session.call(call.message, rig.now)  # type: ignore[union-attr]
    for frame in wires.session.frames_to_send():
        assert wires.peer is not None
        wires.peer.receive(frame, rig.now)
    wires.cut()
    with pytest.raises(OutcomeUnknown):
        flow.throw(OutcomeUnknown("lost"))
    wires.connect()
    truth = rig.drive(rig.venue.resync("hedged", rig.now))
    assert [(each.client_order_id, each.standing) for each in truth.orders or ()] == [
        ("lost", Standing.FILLED)
    ]
    assert [each.client_order_id for each in truth.fills or ()] == ["lost"]


def test_truth_pages_back_to_the_first_order(rig: Rig) -> None:
    for turn in range(1_100):
        rig.broker.submit(order(rig, f"o{turn}", kind=OrderType.LIMIT, price=1.0), position_id="")
        rig.broker.cancel(str(6_000_001 + turn), rig.now)
        rig.now += 1_000_000
    truth = rig.drive(rig.venue.resync("hedged", rig.now))
    assert len(truth.orders or ()) == 1_100
    assert [each.client_order_id for each in (truth.orders or ())[:2]] == ["o0", "o1"]


def test_too_many_requests_are_refused_and_told_to_the_gate(rig: Rig) -> None:
    wires = rig.wires["demo"]
    rig.advance(2 * SECOND)
    for turn in range(60):
        command = order(rig, f"o{turn}", kind=OrderType.LIMIT, price=1.0)
        call = next(rig.venue.execute(command, rig.now))
        wires.session.call(call.message, rig.now)  # type: ignore[union-attr]
    rig.carry()
    limited = only(rig.take(), RateLimited)
    assert len(limited) == 10
    assert limited[0].retry_after_ns == SECOND
    assert len(rig.broker.orders("hedged")) == 50


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("CH_ACCESS_TOKEN_INVALID", TokenRefused),
        ("UNKNOWN_ERROR", OutcomeUnknown),
        ("A_CODE_OF_TOMORROW", OutcomeUnknown),
    ],
)
def test_error_that_refuses_nothing_for_certain_is_raised(
    rig: Rig, code: str, raised: type[Exception]
) -> None:
    flow = rig.venue.execute(order(rig), rig.now)
    next(flow)
    with pytest.raises(raised):
        flow.send(Answer(ProtoOAErrorRes(errorCode=code), rig.now))


def test_fill_has_the_same_number_in_the_stream_and_in_the_list(rig: Rig) -> None:
    rig.execute(order(rig))
    first = only(rig.take(), OrderFilled)[0]
    truth = rig.drive(rig.venue.resync("hedged", rig.now))
    assert [each.trade_id for each in truth.fills or ()] == [first.trade_id]


def test_fill_that_was_lost_with_its_connection_is_in_the_list(rig: Rig) -> None:
    rig.faults.set(Fault.BREAK_OFF, Chance(times=1))
    rig.execute(order(rig, "lost"))
    rig.advance(11 * SECOND)
    events = rig.take()
    assert [type(event) for event in only(events, OrderAccepted)] == [OrderAccepted]
    assert only(events, OrderFilled) == []
    assert not rig.wires["demo"].session.is_ready
    rig.wires["demo"].connect()
    truth = rig.drive(rig.venue.resync("hedged", rig.now))
    assert [each.client_order_id for each in truth.fills or ()] == ["lost"]
