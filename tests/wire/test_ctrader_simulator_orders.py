"""Orders at the simulated cTrader: the events of each kind, and what is refused."""

import pytest

from connectors.ctrader.schema import (
    trading_pb2,
)
from tests.wire.ctrader_client import (
    CLOSED,
    CREATED,
    HEDGED,
    NETTING,
    OPEN,
    Client,
    code,
    connected,
    executions,
    steps,
)


@pytest.fixture
def client() -> Client:
    return connected()


def test_market_order_is_accepted_with_an_empty_position_and_filled(client: Client) -> None:
    events = client.order()
    assert steps(events) == [("ACCEPTED", CREATED, False), ("FILLED", OPEN, False)]
    stub = events[0].position
    assert (stub.tradeData.volume, stub.price, stub.HasField("swap")) == (0, 0.0, True)
    assert not stub.tradeData.HasField("openTimestamp")
    order = events[0].order
    assert (order.HasField("executedVolume"), order.HasField("closingOrder")) == (True, True)
    assert order.timeInForce == 3


def test_only_the_first_event_of_an_order_carries_its_id_unless_told_otherwise() -> None:
    for echo, expected in (("first", ["x", ""]), ("all", ["x", "x"])):
        client = Client(quirks={"echo": echo})
        client.log_in()
        client.quote(1.1, 1.1002)
        request = trading_pb2.ProtoOANewOrderReq(
            ctidTraderAccountId=HEDGED,
            symbolId=1,
            orderType="MARKET",
            tradeSide="BUY",
            volume=100_000,
        )
        assert [each.client_msg_id for each in client.ask(request, "x")] == expected


def test_limit_has_an_empty_position_of_its_own_until_it_is_gone(client: Client) -> None:
    placed = client.order(orderType=2, limitPrice=1.05)
    assert steps(placed) == [("ACCEPTED", CREATED, False)]
    cancel = trading_pb2.ProtoOACancelOrderReq(
        ctidTraderAccountId=HEDGED, orderId=placed[0].order.orderId
    )
    gone = executions(client.ask(cancel))
    assert steps(gone) == [("CANCELLED", CLOSED, False)]
    assert gone[0].position.positionId == placed[0].position.positionId
    assert code(client.answer(cancel)) == "ORDER_NOT_FOUND"


def test_market_range_fills_within_its_range_or_not_at_all(client: Client) -> None:
    within = client.order(orderType=5, baseSlippagePrice=1.1, slippageInPoints=30)
    beyond = client.order(orderType=5, baseSlippagePrice=1.1, slippageInPoints=10)
    assert [step[0] for step in steps(within)] == ["ACCEPTED", "FILLED"]
    assert [step[0] for step in steps(beyond)] == ["ACCEPTED", "CANCELLED"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"volume": 150_000}, "TRADING_BAD_VOLUME"),
        ({"volume": 0}, "TRADING_BAD_VOLUME"),
        ({"stopLoss": 1.05}, "INVALID_REQUEST"),
        ({"symbolId": 99}, "SYMBOL_NOT_FOUND"),
        ({"symbolId": 2}, "NO_QUOTES"),
        ({"orderType": 2, "limitPrice": 1.1234567}, "INVALID_REQUEST"),
        ({"orderType": 4}, "INVALID_REQUEST"),
        ({"positionId": 77}, "POSITION_NOT_FOUND"),
    ],
)
def test_wrong_order_is_refused_with_the_venues_code(
    client: Client, fields: dict[str, object], expected: str
) -> None:
    request = trading_pb2.ProtoOANewOrderReq(
        ctidTraderAccountId=HEDGED, symbolId=1, orderType="MARKET", tradeSide="BUY", volume=100_000
    )
    for name, value in fields.items():
        setattr(request, name, value)
    answer = client.answer(request)
    assert isinstance(answer, trading_pb2.ProtoOAOrderErrorEvent)
    assert (answer.errorCode, answer.HasField("orderId"), answer.orderId) == (expected, True, 0)


def test_part_that_the_market_does_not_fill_is_canceled(client: Client) -> None:
    client.quote(1.1, 1.1002, size=1_000.0)
    events = client.order(volume=300_000)
    assert [step[0] for step in steps(events)] == ["ACCEPTED", "PARTIAL_FILL", "CANCELLED"]
    partial, canceled = events[1], events[2]
    assert (partial.deal.filledVolume, partial.deal.dealStatus) == (100_000, 3)
    assert (canceled.order.executedVolume, canceled.position.tradeData.volume) == (100_000, 100_000)


@pytest.mark.parametrize(
    ("mode", "expected"), [("event", ["REJECTED"]), ("late", ["ACCEPTED", "REJECTED"])]
)
def test_refusal_may_come_as_an_execution_event(mode: str, expected: list[str]) -> None:
    client = connected(quirks={"rejects": mode})
    request = trading_pb2.ProtoOANewOrderReq(
        ctidTraderAccountId=NETTING, symbolId=1, orderType="MARKET", tradeSide="BUY", volume=10**9
    )
    told = client.ask(request)
    events = executions(told)
    assert [step[0] for step in steps(events)] == expected
    assert events[-1].errorCode == "NOT_ENOUGH_MONEY"
    assert told[0].client_msg_id


def test_refused_cancel_may_come_as_an_execution_event() -> None:
    client = connected(quirks={"rejects": "event"})
    filled = client.order()[1].order
    cancel = trading_pb2.ProtoOACancelOrderReq(ctidTraderAccountId=HEDGED, orderId=filled.orderId)
    (event,) = executions(client.ask(cancel))
    assert (event.executionType, event.errorCode) == (8, "ORDER_NOT_FOUND")
