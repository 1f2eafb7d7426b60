"""Ask a hub's server how to connect, and make the address of the socket from its answer.

It opens no socket. Versions 0 and 1, redirects and skipping are as in dotnet/aspnetcore's
`TransportProtocols.md`; servers of the older, incompatible SignalR are refused.
"""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from msgspec import Struct

from connectors.frame.flow import Flow, fetch
from connectors.frame.http import Request, Response
from connectors.frame.venue import Address
from connectors.signalr.errors import UNREADABLE, NegotiateError
from engine.errors import TokenRefused

REDIRECTS_MAX = 100
_WEB_SOCKET_SCHEMES = MappingProxyType(
    {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"},
)
_HTTP_SCHEMES = MappingProxyType({"ws": "http", "wss": "https", "http": "http", "https": "https"})


class Hub(Struct, frozen=True, kw_only=True):
    """Say where a hub is and how its token travels.

    `url` is absolute, http or ws; its query is kept. Whoever cannot set headers sends the token as
    `access_token` in the query. Skipping the negotiation saves a request and excludes `stateful`.
    """

    url: str
    token: str = ""
    token_by_query: bool = False
    skip_negotiation: bool = False
    stateful: bool = False
    endpoint: str = ""

    def __repr__(self) -> str:
        return f"<Hub {self.url.partition('?')[0]}>"


class Transport(Struct, frozen=True, rename="camel"):
    """Name one way to connect, and which kinds of frames it carries."""

    transport: str
    transfer_formats: tuple[str, ...] = ("Text", "Binary")


class NegotiateResponse(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Hold what a server answers; which properties are there says which of three answers it is."""

    negotiate_version: int = 0
    connection_id: str | None = None
    connection_token: str | None = None
    available_transports: tuple[Transport, ...] = ()
    use_stateful_reconnect: bool = False
    url: str | None = None
    access_token: str | None = None
    error: str | None = None
    protocol_version: str | None = msgspec.field(default=None, name="ProtocolVersion")


class Negotiated(Struct, frozen=True):
    """Hold where to connect, under which id, and whether a lost socket can be resumed."""

    hub: Hub
    connection_token: str
    stateful: bool

    @property
    def address(self) -> Address:
        """Return the address of the socket; with the same one a suspended connection goes on."""
        return _address(self.hub, {"id": self.connection_token})


def negotiate(hub: Hub) -> Flow[Negotiated]:
    """Ask until the server names a connection, following redirects and their tokens.

    Raises TokenRefused for 401 and 403, NegotiateError for every other refusal.
    """
    for _ in range(REDIRECTS_MAX):
        response = yield from fetch(_request(hub))
        answer = _answer(response, hub)
        if answer.url is None:
            return _negotiated(answer, hub)
        hub = msgspec.structs.replace(hub, url=answer.url, token=answer.access_token or hub.token)
    raise NegotiateError(f"{hub!r} redirects for ever; its operator has to mend that")


def address_of(hub: Hub) -> Flow[Address]:
    """Return where to open a socket to `hub`, after a negotiation unless it is skipped."""
    if hub.skip_negotiation:
        return _address(hub, {})
    negotiated = yield from negotiate(hub)
    return negotiated.address


def with_query(url: str, added: Mapping[str, str]) -> str:
    """Return `url` with `added` behind its own query, encoded."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(added)) if part)
    return urlunsplit(parts._replace(query=query))


def _request(hub: Hub) -> Request:
    parts = urlsplit(hub.url)
    path = parts.path.rstrip("/") + "/negotiate"
    url = urlunsplit(parts._replace(scheme=_HTTP_SCHEMES[parts.scheme], path=path))
    asked = {key for key, _ in parse_qsl(parts.query)}
    added = {} if "negotiateVersion" in asked else {"negotiateVersion": "1"}
    if hub.stateful:
        added["useStatefulReconnect"] = "true"
    added.update(_query_token(hub))
    headers = {"Content-Length": "0"} | _header_token(hub)
    return Request(
        method="POST", url=with_query(url, added), headers=headers, endpoint=hub.endpoint
    )


def _answer(response: Response, hub: Hub) -> NegotiateResponse:
    if response.status in (401, 403):
        raise TokenRefused(f"{hub!r} refused the token with status {response.status}")
    if response.status != 200:
        raise NegotiateError(f"{hub!r} answered negotiate with status {response.status}")
    try:
        answer = msgspec.json.decode(response.body, type=NegotiateResponse)
    except UNREADABLE as error:
        raise NegotiateError(f"{hub!r} answered negotiate with something else: {error}") from None
    if answer.error is not None:
        raise NegotiateError(f"{hub!r} refused the connection: {answer.error}")
    if answer.protocol_version is not None:
        raise NegotiateError(f"{hub!r} speaks the older SignalR of ASP.NET, which is another one")
    return answer


def _negotiated(answer: NegotiateResponse, hub: Hub) -> Negotiated:
    transports = [each.transport for each in answer.available_transports]
    if "WebSockets" not in transports:
        raise NegotiateError(f"{hub!r} offers {transports}, but no WebSockets")
    if answer.use_stateful_reconnect and not hub.stateful:
        raise NegotiateError(f"{hub!r} grants a stateful reconnect that was not asked for")
    version_0 = answer.negotiate_version < 1
    token = answer.connection_id if version_0 else answer.connection_token
    if not token:
        raise NegotiateError(f"{hub!r} answered negotiate without naming a connection")
    return Negotiated(hub, token, answer.use_stateful_reconnect)


def _address(hub: Hub, query: Mapping[str, str]) -> Address:
    parts = urlsplit(hub.url)
    url = urlunsplit(parts._replace(scheme=_WEB_SOCKET_SCHEMES[parts.scheme]))
    return Address(url=with_query(url, {**query, **_query_token(hub)}), headers=_header_token(hub))


def _query_token(hub: Hub) -> dict[str, str]:
    return {"access_token": hub.token} if hub.token and hub.token_by_query else {}


def _header_token(hub: Hub) -> dict[str, str]:
    in_header = hub.token and not hub.token_by_query
    return {"Authorization": f"Bearer {hub.token}"} if in_header else {}
