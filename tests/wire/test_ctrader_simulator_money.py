"""Money at the simulated cTrader: margin by tiers, calls, stop-out, swap, payments."""

import pytest

from connectors.ctrader.schema import account_pb2, trading_pb2
from connectors.ctrader.simulator.conditions import margin
from tests.wire.ctrader_client import (
    CLOSED,
    HEDGED,
    NETTING,
    OPEN,
    Client,
    code,
    connected,
    executions,
    only,
    steps,
)
from tests.wire.ctrader_rig import SECOND

HOUR = 3_600 * SECOND
MILLION = 100_000_000
"""A million units, in hundredths."""


@pytest.fixture
def client() -> Client:
    return connected()


def close(client: Client, number: int, volume: int) -> list[trading_pb2.ProtoOAExecutionEvent]:
    request = trading_pb2.ProtoOAClosePositionReq(
        ctidTraderAccountId=HEDGED, positionId=number, volume=volume
    )
    return executions(client.ask(request))


def test_each_tier_of_a_side_needs_margin_at_its_own_leverage() -> None:
    cents = 600_000_000.0
    tiers = 100_000_000 / 100 + 400_000_000 / 50 + 100_000_000 / 20
    assert margin(cents, 0.01, 1) == pytest.approx(tiers)
    assert margin(cents, 0.1, 1) == pytest.approx(cents * 0.1)  # the account's own is lower
    assert margin(cents, 0.01, 0) == pytest.approx(cents * 0.01)


def test_position_tells_its_margin_and_expected_margin_agrees(client: Client) -> None:
    asked = account_pb2.ProtoOAExpectedMarginReq(
        ctidTraderAccountId=HEDGED, symbolId=1, volume=[2 * MILLION]
    )
    (answer,) = only(client.ask(asked), account_pb2.ProtoOAExpectedMarginRes)
    filled = client.order(volume=2 * MILLION)[1].position
    value = 2 * MILLION * 1.1002
    assert filled.usedMargin == round(1_000_000 + (value - 100_000_000) / 50)
    assert answer.margin[0].buyMargin == pytest.approx(filled.usedMargin, rel=0.001)


def test_position_that_moves_into_a_higher_tier_tells_of_it(client: Client) -> None:
    first = client.order(volume=MILLION // 2)[1].position
    request = trading_pb2.ProtoOANewOrderReq(
        ctidTraderAccountId=HEDGED,
        symbolId=1,
        orderType="MARKET",
        tradeSide="BUY",
        volume=2 * MILLION,
    )
    told = client.ask(request)
    (changed,) = only(told, account_pb2.ProtoOAMarginChangedEvent)
    assert changed.positionId == first.positionId
    assert changed.usedMargin > first.usedMargin
    both = only(told, trading_pb2.ProtoOAExecutionEvent)[1].position.usedMargin + changed.usedMargin
    assert both == pytest.approx(margin(2.5 * MILLION * 1.1002, 0.01, 1), abs=2)


def test_other_side_of_a_hedge_needs_no_margin_beside_the_larger(client: Client) -> None:
    client.order(volume=4 * MILLION)
    assert len(client.order(volume=4 * MILLION, tradeSide=2)) == 2
    third = trading_pb2.ProtoOANewOrderReq(
        ctidTraderAccountId=HEDGED,
        symbolId=1,
        orderType="MARKET",
        tradeSide="BUY",
        volume=4 * MILLION,
    )
    assert code(client.answer(third)) == "NOT_ENOUGH_MONEY"


def test_margin_is_called_for_once_in_ten_minutes_and_positions_are_stopped_out(
    client: Client,
) -> None:
    large = client.order(volume=4 * MILLION)[1].position.positionId
    small = client.order(volume=MILLION // 10)[1].position.positionId
    client.quote(1.092, 1.0922)
    calls = [
        each.marginCall.marginLevelThreshold
        for each in only(client.heard(), account_pb2.ProtoOAMarginCallTriggerEvent)
    ]
    assert calls == [100.0]
    client.quote(1.0919, 1.0921)
    assert client.heard() == []
    client.quote(1.0784, 1.0786)
    told = client.heard()
    calls = [
        each.marginCall.marginLevelThreshold
        for each in only(told, account_pb2.ProtoOAMarginCallTriggerEvent)
    ]
    assert calls == [75.0, 50.0]
    events = only(told, trading_pb2.ProtoOAExecutionEvent)
    assert steps(events) == [("ACCEPTED", OPEN, True), ("FILLED", CLOSED, True)]
    assert {event.position.positionId for event in events} == {large}
    assert all(event.order.isStopOut and event.order.closingOrder for event in events)
    client.quote(1.0784, 1.0786)
    assert client.heard() == []
    held = client.broker.positions("hedged")
    assert [each.position_id for each in held] == [str(small)]


def test_threshold_is_changed_for_every_connection(client: Client) -> None:
    call = account_pb2.ProtoOAMarginCall(
        marginCallType="MARGIN_LEVEL_THRESHOLD_2", marginLevelThreshold=120.0
    )
    request = account_pb2.ProtoOAMarginCallUpdateReq(ctidTraderAccountId=HEDGED, marginCall=call)
    told = client.ask(request)
    assert only(told, account_pb2.ProtoOAMarginCallUpdateRes)
    (event,) = only(client.heard() + told, account_pb2.ProtoOAMarginCallUpdateEvent)
    assert event.marginCall.marginLevelThreshold == 120.0
    listed = client.answer(account_pb2.ProtoOAMarginCallListReq(ctidTraderAccountId=HEDGED))
    assert isinstance(listed, account_pb2.ProtoOAMarginCallListRes)
    assert [each.marginLevelThreshold for each in listed.marginCall] == [100.0, 120.0, 50.0]


def test_night_costs_swap_that_the_close_books_in_parts(client: Client) -> None:
    number = client.order(volume=MILLION)[1].position.positionId
    client.now += 10 * HOUR  # from Monday noon over 21:00
    client.quote(1.1, 1.1002)
    (night,) = executions(client.heard())
    assert (night.executionType, night.HasField("order")) == (9, False)
    assert night.position.swap == -6_500  # 0.65 pips of a million
    part = close(client, number, MILLION // 4)[1]
    assert part.deal.closePositionDetail.swap == -1_625
    assert part.position.swap == -4_875
    rest = close(client, number, 3 * MILLION // 4)[1].deal.closePositionDetail
    assert rest.swap == -4_875
    assert client.broker.balance("hedged").total == pytest.approx(rest.balance / 100)


def test_wednesday_costs_three_days_and_the_weekend_none(client: Client) -> None:
    client.order(volume=MILLION)
    swaps = []
    for _ in range(7):
        client.now += 24 * HOUR
        client.quote(1.1, 1.1002)
        swaps += [each.position.swap for each in executions(client.heard())]
    nights = [after - before for before, after in zip([0, *swaps], swaps, strict=False)]
    assert nights == [-6_500, -6_500, -19_500, -6_500, -6_500]


def test_payment_is_told_listed_and_part_of_the_trader_record(client: Client) -> None:
    client.broker.advance(client.now)
    client.broker.adjust("netting", -250.5, "withdrawal")
    told = client.heard()
    (paid,) = only(told, trading_pb2.ProtoOAExecutionEvent)
    assert (paid.executionType, paid.depositWithdraw.delta) == (10, -25_050)
    (record,) = only(told, account_pb2.ProtoOATraderUpdatedEvent)
    assert (record.trader.balance, record.trader.balanceVersion) == (9_974_950, 1)
    now = client.now // 10**6
    asked = account_pb2.ProtoOACashFlowHistoryListReq(
        ctidTraderAccountId=NETTING, fromTimestamp=now - 1_000, toTimestamp=now + 1_000
    )
    listed = client.answer(asked)
    assert isinstance(listed, account_pb2.ProtoOACashFlowHistoryListRes)
    assert [each.externalNote for each in listed.depositWithdraw] == ["withdrawal"]
