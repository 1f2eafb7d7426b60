"""Requests and responses of HTTP as values, for clients and simulators alike.

Sends nothing: the HTTP pump does.
"""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

import msgspec

SECOND_NS = 1_000_000_000

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one HTTP request.

    `url` is absolute for a client; a simulator sees path and query only. `endpoint` names the
    group of requests it draws on in the venue's rate limits, empty when it is not counted. Without
    an answer after `timeout_ns` its outcome is unknown. Prints without what may be secret: query,
    headers and body.
    """

    method: str
    url: str
    headers: Mapping[str, str] = _NO_HEADERS
    body: bytes = b""
    endpoint: str = ""
    timeout_ns: int = 10 * SECOND_NS

    @property
    def path(self) -> str:
        """Return the path of the URL, without query."""
        return urlsplit(self.url).path

    @property
    def query(self) -> str:
        """Return the query of the URL as it stands, without the question mark."""
        return urlsplit(self.url).query

    def header(self, name: str) -> str:
        """Return a header's value whatever the case of its name; empty when it is absent."""
        return _header(self.headers, name)

    def __repr__(self) -> str:
        parts = urlsplit(self.url)
        return f"<Request {self.method} {parts.scheme}://{host_of(self.url)}{parts.path}>"


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one answer; `ts_recv` is when its last byte came (ns), 0 in a simulator.

    Prints its status and size alone: bodies may hold tokens.
    """

    status: int
    headers: Mapping[str, str] = _NO_HEADERS
    body: bytes = b""
    ts_recv: int = 0

    def header(self, name: str) -> str:
        """Return a header's value whatever the case of its name; empty when it is absent."""
        return _header(self.headers, name)

    def __repr__(self) -> str:
        return f"<Response {self.status} of {len(self.body)} bytes>"


def host_of(url: str) -> str:
    """Return host and, where it is written, port of a URL: nothing that may be secret."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _header(headers: Mapping[str, str], name: str) -> str:
    wanted = name.casefold()
    return next((value for key, value in headers.items() if key.casefold() == wanted), "")
