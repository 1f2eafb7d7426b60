"""Positions at the simulated cTrader: protection, closing, money."""

import pytest

from connectors.ctrader.schema import (
    account_pb2,
    trading_pb2,
)
from tests.wire.ctrader_client import (
    CLOSED,
    CREATED,
    HEDGED,
    OPEN,
    Client,
    code,
    connected,
    executions,
    market_order,
    steps,
)


@pytest.fixture
def client() -> Client:
    return connected()


def test_relative_protection_becomes_an_order_of_the_venue_after_the_fill(client: Client) -> None:
    events = client.order(relativeStopLoss=500, relativeTakeProfit=1_000)
    assert steps(events)[2] == ("ACCEPTED", OPEN, True)
    protection = events[2].order
    assert protection.orderId != events[0].order.orderId
    assert (protection.orderType, protection.closingOrder) == (4, True)
    assert (protection.stopPrice, protection.limitPrice) == (1.0952, 1.1102)
    assert (events[2].position.stopLoss, events[2].position.takeProfit) == (1.0952, 1.1102)


def test_part_close_resizes_and_full_close_cancels_the_protection(client: Client) -> None:
    number = client.order(volume=300_000, relativeStopLoss=500)[0].position.positionId
    close = trading_pb2.ProtoOAClosePositionReq(
        ctidTraderAccountId=HEDGED, positionId=number, volume=100_000
    )
    part = executions(client.ask(close))
    assert steps(part) == [
        ("ACCEPTED", OPEN, False),
        ("FILLED", OPEN, False),
        ("REPLACED", OPEN, True),
    ]
    assert part[2].order.tradeData.volume == 200_000
    close.volume = 200_000
    full = executions(client.ask(close))
    assert steps(full) == [
        ("ACCEPTED", OPEN, False),
        ("FILLED", CREATED, False),
        ("CANCELLED", CLOSED, True),
    ]
    assert full[1].deal.HasField("closePositionDetail")


def test_level_that_is_hit_is_one_event_of_the_protection_order(client: Client) -> None:
    protection = client.order(relativeTakeProfit=1_000)[2].order.orderId
    client.quote(1.1105, 1.1107)
    (hit,) = executions(client.heard())
    assert steps([hit]) == [("FILLED", CLOSED, True)]
    assert (hit.order.orderId, hit.deal.orderId) == (protection, protection)
    assert hit.deal.closePositionDetail.grossProfit == 1_030


def test_stop_that_trails_moves_without_an_execution_event(client: Client) -> None:
    client.order(relativeStopLoss=500, trailingStopLoss=True)
    client.quote(1.1, 1.1002)
    client.heard()
    client.quote(1.102, 1.1022)
    (moved,) = [each.message for each in client.heard()]
    assert isinstance(moved, trading_pb2.ProtoOATrailingSLChangedEvent)
    assert moved.stopPrice == pytest.approx(1.0972)
    client.quote(1.101, 1.1012)
    assert client.heard() == []


def test_amend_of_a_positions_levels_replaces_and_removes(client: Client) -> None:
    number = client.order()[0].position.positionId
    amend = trading_pb2.ProtoOAAmendPositionSLTPReq(
        ctidTraderAccountId=HEDGED, positionId=number, stopLoss=1.05, takeProfit=1.2
    )
    first = executions(client.ask(amend))
    amend.ClearField("takeProfit")
    second = executions(client.ask(amend))
    amend.ClearField("stopLoss")
    third = executions(client.ask(amend))
    kinds = [steps(events)[0][0] for events in (first, second, third)]
    assert kinds == ["ACCEPTED", "REPLACED", "CANCELLED"]
    assert first[0].order.orderId == second[0].order.orderId
    assert not second[0].position.HasField("takeProfit")


def test_money_of_a_close_adds_up(client: Client) -> None:
    balance = 10_000_000
    for bid in (1.1005, 1.0993, 1.1041):
        number = client.order(volume=700_000)[0].position.positionId
        client.quote(bid, bid + 0.0002)
        client.heard()
        close = trading_pb2.ProtoOAClosePositionReq(
            ctidTraderAccountId=HEDGED, positionId=number, volume=700_000
        )
        detail = executions(client.ask(close))[1].deal.closePositionDetail
        moved = detail.grossProfit + detail.swap + detail.commission + detail.pnlConversionFee
        assert detail.balance == balance + moved
        balance = detail.balance
    trader = client.answer(account_pb2.ProtoOATraderReq(ctidTraderAccountId=HEDGED))
    assert isinstance(trader, account_pb2.ProtoOATraderRes)
    assert (trader.trader.balance, trader.trader.balanceVersion) == (balance, 3)


def test_guaranteed_stop_is_executed_at_its_own_price(client: Client) -> None:
    client.order(relativeStopLoss=500, guaranteedStopLoss=True)
    client.quote(1.08, 1.0802)  # the market jumps over it
    (hit,) = executions(client.heard())
    assert (hit.deal.executionPrice, hit.order.stopPrice) == (1.0952, 1.0952)
    detail = hit.deal.closePositionDetail
    assert detail.grossProfit == -500
    assert client.broker.balance("hedged").total == detail.balance / 100


def test_guaranteed_stop_keeps_its_distance_and_is_never_given_up(client: Client) -> None:
    near = market_order(relativeStopLoss=99, guaranteedStopLoss=True)
    assert code(client.answer(near)) == "PROTECTION_IS_TOO_CLOSE_TO_MARKET"
    number = client.order(relativeStopLoss=500, guaranteedStopLoss=True)[0].position.positionId
    amend = trading_pb2.ProtoOAAmendPositionSLTPReq(
        ctidTraderAccountId=HEDGED, positionId=number, stopLoss=1.09, guaranteedStopLoss=True
    )
    assert code(client.answer(amend)) == "WORSE_GSL_NOT_ALLOWED"
    amend.stopLoss = 1.097
    assert [step[0] for step in steps(executions(client.ask(amend)))] == ["REPLACED"]


@pytest.mark.parametrize("flag", ["trailingStopLoss", "guaranteedStopLoss"])
def test_flag_of_a_stop_needs_a_stop(client: Client, flag: str) -> None:
    order = market_order()
    setattr(order, flag, True)
    assert code(client.answer(order)) == "TRADING_BAD_STOPS"


def test_level_that_the_market_has_passed_is_refused(client: Client) -> None:
    number = client.order()[0].position.positionId
    amend = trading_pb2.ProtoOAAmendPositionSLTPReq(
        ctidTraderAccountId=HEDGED, positionId=number, takeProfit=1.09
    )
    answer = client.answer(amend)
    assert isinstance(answer, trading_pb2.ProtoOAOrderErrorEvent)
    assert answer.errorCode == "TRADING_BAD_STOPS"
    assert "current BID: 1.1, TP: 1.09" in answer.description


def test_absolute_levels_of_a_pending_order_protect_what_it_opens(client: Client) -> None:
    client.order(orderType=2, limitPrice=1.09, stopLoss=1.08, takeProfit=1.1)
    client.quote(1.0898, 1.09)
    filled, protected = executions(client.heard())
    assert steps([filled, protected]) == [("FILLED", OPEN, False), ("ACCEPTED", OPEN, True)]
    assert (protected.position.stopLoss, protected.position.takeProfit) == (1.08, 1.1)
