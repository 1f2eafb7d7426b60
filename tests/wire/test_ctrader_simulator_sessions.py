"""How sessions at the simulated cTrader end, and what a token or an environment does not allow."""

import pytest

from connectors.ctrader.schema import access_pb2, account_pb2, trading_pb2
from connectors.simulation.faults import Chance, Fault
from tests.wire.ctrader_client import HEDGED, NETTING, Client, code, connected, only

TRADER = account_pb2.ProtoOATraderReq(ctidTraderAccountId=HEDGED)


@pytest.fixture
def client() -> Client:
    return connected()


def test_account_is_logged_out_and_the_rest_stays(client: Client) -> None:
    client.faults.set(Fault.LOG_OUT, Chance(times=1))
    client.quote(1.1001, 1.1003)
    (gone,) = only(client.heard(), access_pb2.ProtoOAAccountDisconnectEvent)
    assert gone.ctidTraderAccountId == HEDGED
    assert code(client.answer(TRADER)) == "ACCOUNT_NOT_AUTHORIZED"
    other = account_pb2.ProtoOATraderReq(ctidTraderAccountId=NETTING)
    assert isinstance(client.answer(other), account_pb2.ProtoOATraderRes)


def test_application_is_dismissed_with_all_its_accounts(client: Client) -> None:
    client.faults.set(Fault.DISMISS, Chance(times=1))
    client.quote(1.1001, 1.1003)
    (gone,) = only(client.heard(), access_pb2.ProtoOAClientDisconnectEvent)
    assert gone.reason
    assert code(client.answer(TRADER)) == "CH_CLIENT_NOT_AUTHENTICATED"


def test_token_is_invalidated_for_every_account(client: Client) -> None:
    client.faults.set(Fault.TAKE_OVER, Chance(times=1))
    client.quote(1.1001, 1.1003)
    told = only(client.heard(), access_pb2.ProtoOAAccountsTokenInvalidatedEvent)
    assert [list(each.ctidTraderAccountIds) for each in told] == [[HEDGED], [NETTING]]
    assert code(client.answer(TRADER)) == "ACCOUNT_NOT_AUTHORIZED"


def test_logout_is_answered_and_then_told(client: Client) -> None:
    asked = access_pb2.ProtoOAAccountLogoutReq(ctidTraderAccountId=HEDGED)
    answer, gone = [each.message for each in client.ask(asked)]
    assert isinstance(answer, access_pb2.ProtoOAAccountLogoutRes)
    assert isinstance(gone, access_pb2.ProtoOAAccountDisconnectEvent)


def test_token_that_only_views_does_not_trade() -> None:
    client = connected(quirks={"scope": "view"})
    asked = access_pb2.ProtoOAGetAccountListByAccessTokenReq(accessToken="access-1")
    listed = client.answer(asked)
    assert isinstance(listed, access_pb2.ProtoOAGetAccountListByAccessTokenRes)
    assert listed.permissionScope == access_pb2.ProtoOAClientPermissionScope.SCOPE_VIEW
    order = trading_pb2.ProtoOANewOrderReq(
        ctidTraderAccountId=HEDGED, symbolId=1, orderType="MARKET", tradeSide="BUY", volume=100_000
    )
    assert code(client.answer(order)) == "TRADING_NOT_ALLOWED"


def test_account_of_the_other_environment_cannot_be_routed() -> None:
    client = Client(quirks={"elsewhere": "hedged"})
    token = client.token()
    client.answer(access_pb2.ProtoOAApplicationAuthReq(clientId="x", clientSecret="simulated"))
    asked = access_pb2.ProtoOAGetAccountListByAccessTokenReq(accessToken=token)
    listed = client.answer(asked)
    assert isinstance(listed, access_pb2.ProtoOAGetAccountListByAccessTokenRes)
    live = {each.ctidTraderAccountId: each.isLive for each in listed.ctidTraderAccount}
    assert live == {NETTING: False, HEDGED: True}
    auth = access_pb2.ProtoOAAccountAuthReq(ctidTraderAccountId=HEDGED, accessToken=token)
    assert code(client.answer(auth)) == "CANT_ROUTE_REQUEST"


def test_ordinary_requests_are_limited_to_fifty_in_a_second(client: Client) -> None:
    client.now += 2 * 10**9
    answers = [client.answer(TRADER) for _ in range(51)]
    assert isinstance(answers[49], account_pb2.ProtoOATraderRes)
    assert code(answers[50]) == "BLOCKED_PAYLOAD_TYPE"
