"""The HTTP pump over an unmodified aiohttp: what is known of a fate, and nothing sent twice."""

import asyncio

import aiohttp
import pytest

from connectors.frame.http import Request, Response
from connectors.frame.pumps import http
from connectors.frame.pumps.http import send_request
from connectors.frame.pumps.network import SocketNetwork
from engine.errors import NotSent, OutcomeUnknown
from engine.simulation.chance import seeded_world

PLACE = "127.0.0.1:80"
ANSWER = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s"


class Scripted(asyncio.Protocol):
    """Answer the requests of all connections by a script; None cuts the connection."""

    def __init__(self, heads: list[str], answers: list[bytes | None]) -> None:
        self._heads = heads
        self._answers = answers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._seen = b""

    def data_received(self, data: bytes) -> None:
        self._seen += data
        while b"\r\n\r\n" in self._seen:
            head, _, self._seen = self._seen.partition(b"\r\n\r\n")
            self._heads.append(head.split(b"\r\n")[0].decode())
            answer = self._answers.pop(0)
            if answer is None:
                self._transport.abort()
            else:
                self._transport.write(answer)


def exchange(
    requests: list[Request], answers: list[bytes | None]
) -> tuple[list[str], list[Response | str]]:
    """Send requests one after the other; return what arrived and what each came to."""
    heads: list[str] = []
    outcomes: list[Response | str] = []
    with seeded_world(3) as (loop, clock):

        async def scene() -> None:
            await loop.create_server(lambda: Scripted(heads, answers), "127.0.0.1", 80)
            network = SocketNetwork(connector=aiohttp.UnixConnector(PLACE))
            for request in requests:
                try:
                    outcomes.append(await send_request(network, clock, request))
                except (NotSent, OutcomeUnknown) as fault:
                    outcomes.append(type(fault).__name__)
            await network.close()

        loop.run(scene())
    return heads, outcomes


def request(method: str = "GET", path: str = "/x") -> Request:
    return Request(method=method, url=f"http://{PLACE}{path}", timeout_ns=5 * 10**9)


def answer(status: str = "200 OK", body: bytes = b"", headers: str = "") -> bytes:
    return ANSWER % (status.encode(), len(body), headers.encode(), body)


def test_response_comes_with_status_headers_body_and_time() -> None:
    heads, (response,) = exchange([request("POST")], [answer("418 Teapot", b"short", "X-A: 1\r\n")])
    assert heads == ["POST /x HTTP/1.1"]
    assert isinstance(response, Response)
    assert (response.status, response.body, response.header("x-a")) == (418, b"short", "1")
    assert response.ts_recv > 0


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_request_on_a_kept_connection_that_breaks_is_not_sent_again(method: str) -> None:
    heads, outcomes = exchange([request(), request(method)], [answer(), None, answer()])
    assert heads == ["GET /x HTTP/1.1", f"{method} /x HTTP/1.1"]
    assert outcomes[1] == "OutcomeUnknown"


def test_redirect_is_not_followed() -> None:
    heads, (response,) = exchange(
        [request("POST")], [answer("307 Elsewhere", b"", "Location: /y\r\n")]
    )
    assert heads == ["POST /x HTTP/1.1"]
    assert isinstance(response, Response)
    assert response.status == 307


def test_answer_that_does_not_come_is_an_unknown_outcome() -> None:
    _, outcomes = exchange([request()], [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"])
    assert outcomes == ["OutcomeUnknown"]


def test_answer_that_is_no_http_is_an_unknown_outcome() -> None:
    _, outcomes = exchange([request("POST")], [b"what?\r\n\r\n"])
    assert outcomes == ["OutcomeUnknown"]


def test_answer_that_is_too_large_is_an_unknown_outcome(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "BODY_MAX", 100)
    _, outcomes = exchange([request("POST")], [answer(body=b"x" * 101)])
    assert outcomes == ["OutcomeUnknown"]


def test_connection_that_cannot_be_made_is_surely_not_sent() -> None:
    with seeded_world(3) as (loop, clock):

        async def scene() -> None:
            network = SocketNetwork(connector=aiohttp.UnixConnector(PLACE))
            with pytest.raises(NotSent, match="no connection"):
                await send_request(network, clock, request("POST"))
            await network.close()

        loop.run(scene())
