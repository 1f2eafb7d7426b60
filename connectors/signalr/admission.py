"""The server's side of negotiate: issue connections, and admit sockets to them.

It checks no token of a user: `bearer` only finds it, in the header or in the query.
"""

from collections.abc import Callable
from urllib.parse import parse_qsl

import msgspec

from connectors.frame.http import Request, Response
from connectors.signalr.negotiate import NegotiateResponse, Transport

PENDING_MAX = 1000
_WEB_SOCKETS = (Transport("WebSockets"),)


class Admission:
    """Remember the connections that were negotiated; `next_id` makes ids nobody can guess.

    At most 1,000 connections wait for their socket; the oldest are forgotten.
    """

    def __init__(self, next_id: Callable[[], str], *, allows_stateful: bool = False) -> None:
        self._next_id = next_id
        self._allows_stateful = allows_stateful
        self._waiting: dict[str, bool] = {}
        self._open: dict[str, bool] = {}

    def negotiate(self, request: Request) -> Response:
        """Answer a negotiate request; only POST is allowed."""
        if request.method != "POST":
            return Response(status=405, body=b"only POST is allowed")
        query = query_of(request)
        try:
            version = min(1, int(query.get("negotiateversion", "0")))
        except ValueError:
            error = "The client requested a non-integer protocol version."
            return _json(NegotiateResponse(error=error))
        stateful = self._allows_stateful and query.get("usestatefulreconnect") == "true"
        connection_id = self._next_id()
        token = self._next_id() if version else connection_id
        self._wait(token, stateful=stateful and bool(version))
        return _json(
            NegotiateResponse(
                negotiate_version=version,
                connection_id=connection_id,
                connection_token=token if version else None,
                available_transports=_WEB_SOCKETS,
                use_stateful_reconnect=stateful and bool(version),
            )
        )

    def admit(self, request: Request) -> tuple[str, bool] | Response:
        """Return the token of a socket's connection and whether it is stateful, or a refusal.

        A socket without an id, from a client that skipped the negotiation, gets a connection.
        """
        token = query_of(request).get("id")
        if token is None:
            token = self._next_id()
            self._wait(token, stateful=False)
        if token in self._open:
            return Response(status=409, body=b"the connection has a socket already")
        if token not in self._waiting:
            return Response(status=404, body=b"No Connection with that ID")
        stateful = self._open[token] = self._waiting.pop(token)
        return token, stateful

    def lost(self, token: str, *, may_resume: bool) -> None:
        """Take the news that a connection has no socket any more, and perhaps waits for one."""
        stateful = self._open.pop(token, False)
        if may_resume:
            self._wait(token, stateful=stateful)

    def _wait(self, token: str, *, stateful: bool) -> None:
        self._waiting[token] = stateful
        if len(self._waiting) > PENDING_MAX:
            del self._waiting[next(iter(self._waiting))]


def query_of(request: Request) -> dict[str, str]:
    """Return the query with its keys in lower case: servers compare them without case."""
    return {key.lower(): value for key, value in parse_qsl(request.query)}


def bearer(request: Request) -> str:
    """Return the token of the user; the header wins over the query, absent is empty."""
    scheme, _, token = request.header("Authorization").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token
    return query_of(request).get("access_token", "")


def _json(answer: NegotiateResponse) -> Response:
    headers = {"Content-Type": "application/json"}
    return Response(status=200, headers=headers, body=msgspec.json.encode(answer))
