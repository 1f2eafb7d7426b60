"""The simulated venue on the points by which it must not differ from the real one."""

import pytest
from google.protobuf.message import Message

from connectors.ctrader.codec import HEARTBEAT, Envelope, decode, encode
from connectors.ctrader.framing import FrameReader, framed
from connectors.ctrader.package import PACKAGE
from connectors.ctrader.schema import (
    access_pb2,
    account_pb2,
    envelope_pb2,
    market_pb2,
    records_pb2,
    reference_pb2,
    trading_pb2,
)
from connectors.ctrader.simulator.listing import account_number
from connectors.ctrader.simulator.simulator import CTraderSimulator
from connectors.frame.http import Request, Response
from connectors.simulation.faults import FaultPlan
from connectors.simulation.simulator import Closing, Peer, SimulatorTerms
from engine.model.market import QuoteTick
from lockstep.simulators import make_broker
from tests.wire.ctrader_rig import EURUSD, MONDAY, MS, NAN, SECOND

HEDGED, NETTING = account_number("hedged"), account_number("netting")
TOKEN = "/apps/token?grant_type=refresh_token&refresh_token={}&client_id=x&client_secret=simulated"


class Client:
    """Talk to the simulator message by message."""

    def __init__(self, *, is_stream: bool = True, quirks: dict[str, str] | None = None) -> None:
        self.now = MONDAY
        self.broker = make_broker(PACKAGE)
        terms = SimulatorTerms(quirks=quirks or {})
        self.simulator = CTraderSimulator(self.broker, FaultPlan(), terms)
        self._is_stream = is_stream
        self._ids = 0
        self.peer = self._connect()
        self.peer.opened(self.now)
        self.reader = FrameReader()

    def _connect(self) -> Peer:
        if self._is_stream:
            return self.simulator.accept(self.now)
        peer = self.simulator.connect(Request(method="GET", url="/"), self.now)
        assert not isinstance(peer, Response)
        return peer

    def ask(self, message: Message, name: str | None = None) -> list[Envelope]:
        """Send a message and return all that comes at once."""
        self._ids += 1
        envelope = encode(message, str(self._ids) if name is None else name)
        self.peer.receive(framed(envelope) if self._is_stream else envelope, self.now)
        return self.heard()

    def answer(self, message: Message) -> Message:
        (envelope,) = self.ask(message)
        assert envelope.message is not None
        return envelope.message

    def heard(self) -> list[Envelope]:
        found = []
        for outgoing in self.peer.outgoing():
            assert isinstance(outgoing.frame, bytes)
            frames = self.reader.take(outgoing.frame) if self._is_stream else [outgoing.frame]
            found += [decode(each) for each in frames]
        return found

    def token(self, refresh: str = "simulated") -> str:
        response = self.simulator.answer(Request(method="GET", url=TOKEN.format(refresh)), self.now)
        return response.body.decode().split('accessToken":"')[1].split('"')[0]

    def log_in(self, *accounts: int) -> None:
        token = self.token()
        self.answer(access_pb2.ProtoOAApplicationAuthReq(clientId="x", clientSecret="simulated"))
        for account in accounts or (HEDGED, NETTING):
            self.answer(
                access_pb2.ProtoOAAccountAuthReq(ctidTraderAccountId=account, accessToken=token)
            )

    def quote(self, bid: float, ask: float) -> None:
        self.now += MS
        self.broker.row(QuoteTick(EURUSD, self.now, self.now, bid, ask, NAN, NAN))

    def order(self, **fields: object) -> list[trading_pb2.ProtoOAExecutionEvent]:
        request = trading_pb2.ProtoOANewOrderReq(
            ctidTraderAccountId=HEDGED, symbolId=1, volume=100_000, clientOrderId="c"
        )
        for name, value in {"orderType": 1, "tradeSide": 1, **fields}.items():
            setattr(request, name, value)
        return executions(self.ask(request))


def executions(envelopes: list[Envelope]) -> list[trading_pb2.ProtoOAExecutionEvent]:
    messages = [envelope.message for envelope in envelopes]
    found = [m for m in messages if isinstance(m, trading_pb2.ProtoOAExecutionEvent)]
    assert len(found) == len(messages), messages
    return found


def steps(events: list[trading_pb2.ProtoOAExecutionEvent]) -> list[tuple[str, str, bool]]:
    kinds = trading_pb2.ProtoOAExecutionType
    return [
        (
            kinds.Name(event.executionType).removeprefix("ORDER_"),
            str(event.position.positionStatus),
            event.isServerEvent,
        )
        for event in events
    ]


CREATED, OPEN, CLOSED = "3", "1", "2"


def code(message: Message) -> str:
    assert isinstance(
        message,
        envelope_pb2.ProtoOAErrorRes | trading_pb2.ProtoOAOrderErrorEvent,
    ), message
    return message.errorCode


@pytest.fixture
def client() -> Client:
    made = Client()
    made.log_in()
    made.quote(1.1, 1.1002)
    return made


def test_heartbeat_may_come_first_and_is_never_answered() -> None:
    client = Client()
    for _ in range(3):
        client.peer.receive(framed(HEARTBEAT), client.now)
    assert client.heard() == []


@pytest.mark.parametrize("is_stream", [True, False], ids=["tcp", "websocket"])
def test_order_of_a_login_is_enforced(is_stream: bool) -> None:
    client = Client(is_stream=is_stream)
    trader = account_pb2.ProtoOATraderReq(ctidTraderAccountId=HEDGED)
    assert code(client.answer(trader)) == "CH_CLIENT_NOT_AUTHENTICATED"
    assert isinstance(client.answer(access_pb2.ProtoOAVersionReq()), access_pb2.ProtoOAVersionRes)
    client.log_in(NETTING)
    assert code(client.answer(trader)) == "ACCOUNT_NOT_AUTHORIZED"


def test_answer_and_error_carry_the_id_of_the_request(client: Client) -> None:
    trader = account_pb2.ProtoOATraderReq(ctidTraderAccountId=HEDGED)
    assert [each.client_msg_id for each in client.ask(trader, "right")] == ["right"]
    trader.ctidTraderAccountId = 5
    assert [each.client_msg_id for each in client.ask(trader, "wrong")] == ["wrong"]


def test_wrong_secret_is_told_and_then_the_connection_ends() -> None:
    client = Client()
    wrong = access_pb2.ProtoOAApplicationAuthReq(clientId="x", clientSecret="guess")
    assert code(client.answer(wrong)) == "CH_CLIENT_AUTH_FAILURE"
    assert client.peer.closing == Closing()


def test_second_authorisations_are_named_as_such(client: Client) -> None:
    again = access_pb2.ProtoOAApplicationAuthReq(clientId="x", clientSecret="simulated")
    assert code(client.answer(again)) == "CH_CLIENT_ALREADY_AUTHENTICATED"
    account = access_pb2.ProtoOAAccountAuthReq(ctidTraderAccountId=HEDGED, accessToken="access-1")
    assert code(client.answer(account)) == "ALREADY_LOGGED_IN"


def test_connection_that_never_logs_in_is_closed_even_if_it_beats() -> None:
    client = Client()
    client.peer.receive(framed(HEARTBEAT), client.now + 20 * SECOND)
    assert client.peer.deadline() == MONDAY + 30 * SECOND
    client.peer.timeout(MONDAY + 30 * SECOND)
    assert client.peer.closing == Closing(1000, "Bye")


def test_client_that_is_silent_for_half_a_minute_is_closed(client: Client) -> None:
    client.peer.timeout(client.now + 30 * SECOND)
    assert client.peer.closing == Closing(1000, "Bye")


def test_venue_beats_when_it_has_nothing_to_say(client: Client) -> None:
    client.heard()
    due = client.now + 25 * SECOND
    client.peer.receive(framed(HEARTBEAT), due)
    client.peer.timeout(client.now + 30 * SECOND)
    assert [each.number for each in client.heard()] == [51]


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


def test_events_of_an_account_reach_every_connection_on_which_it_is_authorised(
    client: Client,
) -> None:
    other = client.simulator.accept(client.now)
    other.opened(client.now)
    hello = access_pb2.ProtoOAApplicationAuthReq(clientId="x", clientSecret="simulated")
    account = access_pb2.ProtoOAAccountAuthReq(ctidTraderAccountId=HEDGED, accessToken="access-1")
    for message in (hello, account):
        other.receive(framed(encode(message, "1")), client.now)
    other.outgoing()
    client.order()
    assert len(other.outgoing()) == 2


def test_historical_questions_are_limited_to_five_in_a_second(client: Client) -> None:
    request = records_pb2.ProtoOADealListReq(ctidTraderAccountId=HEDGED)
    answers = [client.answer(request) for _ in range(6)]
    assert isinstance(answers[4], records_pb2.ProtoOADealListRes)
    assert isinstance(answers[5], envelope_pb2.ProtoOAErrorRes)
    assert (answers[5].errorCode, answers[5].retryAfter) == ("BLOCKED_PAYLOAD_TYPE", 1)


def test_bars_and_depth_need_spots_first(client: Client) -> None:
    bars = market_pb2.ProtoOASubscribeLiveTrendbarReq(
        ctidTraderAccountId=HEDGED, period="M1", symbolId=1
    )
    assert code(client.answer(bars)) == "NOT_SUBSCRIBED_TO_SPOTS"
    depth = market_pb2.ProtoOASubscribeDepthQuotesReq(ctidTraderAccountId=HEDGED, symbolId=[1])
    assert code(client.answer(depth)) == "NOT_SUBSCRIBED_TO_SPOTS"


def test_first_spot_follows_the_answer_and_live_bars_have_no_close(client: Client) -> None:
    spots = market_pb2.ProtoOASubscribeSpotsReq(ctidTraderAccountId=HEDGED, symbolId=[1])
    answer, first = [each.message for each in client.ask(spots)]
    assert isinstance(answer, market_pb2.ProtoOASubscribeSpotsRes)
    assert isinstance(first, market_pb2.ProtoOASpotEvent)
    assert (first.bid, first.ask, first.HasField("timestamp")) == (110_000, 110_020, False)
    assert code(client.answer(spots)) == "ALREADY_SUBSCRIBED"
    client.answer(
        market_pb2.ProtoOASubscribeLiveTrendbarReq(
            ctidTraderAccountId=HEDGED, period="M1", symbolId=1
        )
    )
    client.quote(1.1001, 1.1002)
    (spot,) = [each.message for each in client.heard()]
    assert isinstance(spot, market_pb2.ProtoOASpotEvent)
    assert not spot.HasField("ask")
    assert [(bar.period, bar.HasField("deltaClose")) for bar in spot.trendbar] == [(1, False)]


def test_historical_bars_have_no_period_of_their_own(client: Client) -> None:
    request = market_pb2.ProtoOAGetTrendbarsReq(ctidTraderAccountId=HEDGED, symbolId=1, period="M5")
    answer = client.answer(request)
    assert isinstance(answer, market_pb2.ProtoOAGetTrendbarsRes)
    assert (answer.period, answer.HasField("timestamp"), answer.hasMore) == (5, True, True)
    assert not any(bar.HasField("period") for bar in answer.trendbar)


def test_span_that_is_too_long_is_refused(client: Client) -> None:
    request = market_pb2.ProtoOAGetTickDataReq(
        ctidTraderAccountId=HEDGED, symbolId=1, type="BID", fromTimestamp=1, toTimestamp=604_800_002
    )
    assert code(client.answer(request)) == "INCORRECT_BOUNDARIES"


def test_trader_record_has_a_field_that_nobody_knows(client: Client) -> None:
    raw = client.ask(account_pb2.ProtoOATraderReq(ctidTraderAccountId=HEDGED))[0]
    assert raw.message is not None
    assert b"\xb8\x01\x04" in raw.message.SerializeToString()


def test_refresh_on_the_socket_gives_a_new_pair_and_ends_the_sessions_of_the_old(
    client: Client,
) -> None:
    refresh = access_pb2.ProtoOARefreshTokenReq(refreshToken="refresh-1")
    answers = [each.message for each in client.ask(refresh)]
    assert isinstance(answers[-1], access_pb2.ProtoOARefreshTokenRes)
    assert (
        sum(isinstance(each, access_pb2.ProtoOAAccountsTokenInvalidatedEvent) for each in answers)
        == 2
    )
    assert code(client.answer(refresh)) == "CH_ACCESS_TOKEN_INVALID"
    lists = reference_pb2.ProtoOAAssetListReq(ctidTraderAccountId=HEDGED)
    assert code(client.answer(lists)) == "ACCOUNT_NOT_AUTHORIZED"
