"""The simulated cTrader at its door: heartbeats, the order of a login, tokens, who hears what."""

import pytest

from connectors.ctrader.codec import HEARTBEAT, encode
from connectors.ctrader.framing import framed
from connectors.ctrader.schema import (
    access_pb2,
    account_pb2,
    reference_pb2,
)
from connectors.simulation.simulator import Closing
from tests.wire.ctrader_client import (
    HEDGED,
    NETTING,
    Client,
    code,
    connected,
)
from tests.wire.ctrader_rig import MONDAY, SECOND


@pytest.fixture
def client() -> Client:
    return connected()


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
