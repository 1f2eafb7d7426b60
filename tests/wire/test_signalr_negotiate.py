"""Negotiation: what is asked, what each answer means, and whom a server admits."""

import itertools
import json
from collections.abc import Callable

import pytest

from connectors.frame.flow import Reply, Step, drive
from connectors.frame.http import Request, Response
from connectors.signalr.admission import Admission, bearer
from connectors.signalr.errors import NegotiateError
from connectors.signalr.negotiate import Hub, address_of, negotiate
from engine.errors import TokenRefused
from tests.wire.hub_recording import ROWS

HUB = Hub(url="https://venue.example/hub?accountNumber=1", token="good-token")
ANSWERS = [row["negotiate"] for row in ROWS if "negotiate" in row]


def answering(*answers: object, status: int = 200) -> Callable[[Step], Reply]:
    waiting = list(answers)

    def answer(step: Step) -> Reply:
        return Response(status=status, body=json.dumps(waiting.pop(0)).encode())

    return answer


def numbers() -> Admission:
    counter = itertools.count(1)
    return Admission(lambda: f"id{next(counter)}", allows_stateful=True)


def test_request_keeps_the_query_and_carries_the_token() -> None:
    request = next(negotiate(HUB))
    assert isinstance(request, Request)
    assert request.method == "POST"
    assert request.url == "https://venue.example/hub/negotiate?accountNumber=1&negotiateVersion=1"
    assert request.header("authorization") == "Bearer good-token"


def test_recorded_paths_are_the_ones_we_ask() -> None:
    recorded = next(r for r in ROWS if "accountNumber" in r.get("request", ""))
    hub = Hub(url="http://localhost/secure/hub?accountNumber=7654321", token="good-token")
    request = next(negotiate(hub))
    assert isinstance(request, Request)
    assert f"{request.path}?{request.query}" == recorded["request"]
    assert request.header("Authorization") == recorded["authorization"]


def test_version_1_connects_with_the_token() -> None:
    recorded = ANSWERS[0]
    found = drive(negotiate(HUB), answering(recorded))
    assert found.address.url == (
        f"wss://venue.example/hub?accountNumber=1&id={recorded['connectionToken']}"
    )
    assert found.address.headers == {"Authorization": "Bearer good-token"}


def test_version_0_connects_with_the_id() -> None:
    answer = {"connectionId": "a/b", "availableTransports": [{"transport": "WebSockets"}]}
    found = drive(negotiate(HUB), answering(answer))
    assert found.address.url.endswith("&id=a%2Fb")


def test_redirect_is_followed_with_its_token() -> None:
    redirect = next(answer for answer in ANSWERS if "url" in answer)
    found = drive(negotiate(HUB), answering(redirect, ANSWERS[0]))
    assert found.hub.url == redirect["url"]
    assert found.address.url.startswith("ws://127.0.0.1:5055/secure/hub?foo=1&id=")
    assert found.address.headers == {"Authorization": f"Bearer {redirect['accessToken']}"}


def test_token_by_query_is_in_both_requests() -> None:
    hub = Hub(url="https://venue.example/hub", token="a b", token_by_query=True)
    request = next(negotiate(hub))
    assert isinstance(request, Request)
    assert request.query == "negotiateVersion=1&access_token=a+b"
    assert not request.header("Authorization")
    found = drive(negotiate(hub), answering(ANSWERS[0]))
    assert found.address.url.endswith("access_token=a+b")


def test_skipped_negotiation_asks_nothing() -> None:
    hub = Hub(url="wss://venue.example/hub", token="t", token_by_query=True, skip_negotiation=True)
    address = drive(address_of(hub), answering())
    assert address.url == "wss://venue.example/hub?access_token=t"


def test_stateful_reconnect_is_granted_only_when_asked() -> None:
    granted = next(answer for answer in ANSWERS if answer.get("useStatefulReconnect"))
    asking = Hub(url="https://venue.example/hub", stateful=True)
    assert drive(negotiate(asking), answering(granted)).stateful
    with pytest.raises(NegotiateError, match="not asked for"):
        drive(negotiate(HUB), answering(granted))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"error": "This connection is not allowed."}, "not allowed"),
        ({"ProtocolVersion": "1.5", "Url": "/signalr"}, "older SignalR"),
        ({"connectionId": "1", "availableTransports": []}, "no WebSockets"),
        ({"availableTransports": [{"transport": "WebSockets"}]}, "naming"),
        ([], "something else"),
    ],
)
def test_refusal_says_why(answer: object, text: str) -> None:
    with pytest.raises(NegotiateError, match=text):
        drive(negotiate(HUB), answering(answer))


def test_endless_redirects_end() -> None:
    with pytest.raises(NegotiateError, match="for ever"):
        drive(negotiate(HUB), answering(*[{"url": "https://a.example/hub"}] * 100))


@pytest.mark.parametrize("status", [401, 403])
def test_refused_token_asks_for_a_login(status: int) -> None:
    with pytest.raises(TokenRefused):
        drive(negotiate(HUB), answering({}, status=status))


def test_other_status_is_a_fault_of_the_venue() -> None:
    with pytest.raises(NegotiateError, match="404"):
        drive(negotiate(HUB), answering({}, status=404))


def test_messages_never_show_tokens() -> None:
    assert "good-token" not in repr(HUB)


@pytest.mark.parametrize(
    "hub",
    [
        Hub(url="http://localhost/hub"),
        Hub(url="http://localhost/hub", stateful=True),
        Hub(url="http://localhost/hub?negotiateVersion=0"),
        Hub(url="http://localhost/hub", skip_negotiation=True),
    ],
)
def test_our_server_admits_our_client_once(hub: Hub) -> None:
    admission = numbers()

    def answer(step: Step) -> Reply:
        assert isinstance(step, Request)
        return admission.negotiate(step)

    address = drive(address_of(hub), answer)
    socket = Request(method="GET", url=address.url)
    admitted = admission.admit(socket)
    assert isinstance(admitted, tuple)
    token, stateful = admitted
    assert stateful == hub.stateful
    if "id=" in address.url:
        assert admission.admit(socket) == Response(
            status=409, body=b"the connection has a socket already"
        )
    admission.lost(token, may_resume=stateful)
    again = admission.admit(Request(method="GET", url=f"/hub?id={token}"))
    assert isinstance(again, tuple) == stateful


def test_server_answers_version_0_with_an_id_alone() -> None:
    response = numbers().negotiate(Request(method="POST", url="/hub/negotiate"))
    answer = json.loads(response.body)
    assert "connectionToken" not in answer
    assert "negotiateVersion" not in answer


def test_server_refuses_a_version_that_is_no_number() -> None:
    response = numbers().negotiate(Request(method="POST", url="/n?negotiateVersion=x"))
    assert json.loads(response.body)["error"].endswith("non-integer protocol version.")


def test_server_takes_negotiations_by_post_only() -> None:
    assert numbers().negotiate(Request(method="GET", url="/hub/negotiate")).status == 405


def test_unknown_connection_is_not_found() -> None:
    refusal = numbers().admit(Request(method="GET", url="/hub?id=nobody"))
    assert isinstance(refusal, Response)
    assert refusal.status == 404


@pytest.mark.parametrize(
    ("url", "headers", "expected"),
    [
        ("/hub", {"authorization": "Bearer a"}, "a"),
        ("/hub?access_token=b%20c", {}, "b c"),
        ("/hub?access_token=b", {"Authorization": "Bearer a"}, "a"),
        ("/hub", {}, ""),
    ],
)
def test_token_is_found_where_clients_put_it(
    url: str, headers: dict[str, str], expected: str
) -> None:
    assert bearer(Request(method="GET", url=url, headers=headers)) == expected
