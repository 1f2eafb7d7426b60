"""The way to the network, and its rules: always verified, plain only on this machine.

A seeded loop replaces what is below: it hands in a connector whose sockets are in memory.
"""

import asyncio
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp

from connectors.frame.http import host_of
from connectors.frame.venue import Trusting
from engine.errors import ConfigError

_PLAIN = ("http", "ws", "tcp")
_SECURE = ("https", "wss", "tls")


class Network(Protocol):
    """Open connections; one exists for each connector and is closed with it."""

    @property
    def http(self) -> aiohttp.ClientSession:
        """Return the one HTTP session, for requests and WebSockets."""

    async def stream(
        self, protocol: Callable[[], asyncio.Protocol], url: str
    ) -> asyncio.BaseTransport:
        """Open a `tls://` or, to this machine, `tcp://` stream."""

    async def close(self) -> None:
        """Close what is open."""


class SocketNetwork:
    """Reach venues through sockets, with TLS verified against the system's authorities.

    `authority` is a file with one more authority to trust, such as a simulator's.
    """

    def __init__(
        self, authority: str | None = None, connector: aiohttp.BaseConnector | None = None
    ) -> None:
        self._tls = ssl.create_default_context()
        if authority is not None:
            _trust(self._tls, authority)
        self._connector = connector or aiohttp.TCPConnector(ssl=self._tls, limit=0)
        self._session: aiohttp.ClientSession | None = None

    @property
    def http(self) -> aiohttp.ClientSession:
        """Return the session; it keeps no cookies, obeys no proxy and repeats no request."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            )
            # A DELETE whose connection breaks would be sent again, and so might a cancel.
            self._session._retry_connection = False  # noqa: SLF001 - there is no public switch
        return self._session

    async def stream(
        self, protocol: Callable[[], asyncio.Protocol], url: str
    ) -> asyncio.BaseTransport:
        """Open a stream; the certificate must be that of the host."""
        parts = urlsplit(url)
        tls = self._tls if parts.scheme == "tls" else None
        loop = asyncio.get_running_loop()
        if parts.hostname is None or parts.port is None:
            raise ConfigError(
                f"address {url!r} lacks host or port; write {parts.scheme}://host:port"
            )
        transport, _ = await loop.create_connection(protocol, parts.hostname, parts.port, ssl=tls)
        return transport

    async def close(self) -> None:
        """Close the session and its connections."""
        if self._session is not None:
            await self._session.close()
        else:
            await self._connector.close()


def network_of(venue: object) -> SocketNetwork:
    """Return the network for a venue, which trusts what the venue says beside the system's."""
    return SocketNetwork(venue.authority if isinstance(venue, Trusting) else None)


def _trust(tls: ssl.SSLContext, authority: str) -> None:
    try:
        tls.load_verify_locations(Path(authority).expanduser())
    except OSError as error:  # what is no certificate is one too
        raise ConfigError(f"authority {authority}: no certificate to trust ({error})") from None


def require_secure(url: str) -> None:
    """Refuse an address that would be sent in the clear over a network, with a ConfigError."""
    parts = urlsplit(url)
    if parts.scheme in _SECURE or (parts.scheme in _PLAIN and is_loopback(parts.hostname or "")):
        return
    secure = _SECURE[_PLAIN.index(parts.scheme)] if parts.scheme in _PLAIN else "wss"
    raise ConfigError(
        f"address {parts.scheme}://{host_of(url)} is not encrypted; use {secure}:// "
        "(plain addresses are for this machine alone)"
    )


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine: `localhost`, or an address of the loopback network."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
