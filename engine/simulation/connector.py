"""Let an unmodified aiohttp client reach the servers of a loop in memory, by host and port.

Looks up no name and encrypts nothing.
"""

from typing import TYPE_CHECKING
from weakref import WeakSet

import aiohttp
from aiohttp.connector import Connection

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.tracing import Trace


class MemoryConnector(aiohttp.BaseConnector):
    """Open HTTP connections and WebSockets through `loop.create_connection` alone."""

    def __init__(self) -> None:
        super().__init__()
        self._given: WeakSet[Connection] = WeakSet()

    async def connect(
        self,
        req: "ClientRequest",
        traces: "list[Trace]",
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - as below
    ) -> Connection:
        """Return a connection for a request."""
        connection = await super().connect(req, traces, timeout)
        self._given.add(connection)
        return connection

    def abandon(self) -> None:
        """Forget all connections of a program that was killed: nobody will close them."""
        for connection in self._given:
            connection._protocol = None  # noqa: SLF001 - else it complains of not being closed
        self._conns.clear()

    async def _create_connection(
        self,
        req: "ClientRequest",
        traces: "list[Trace]",
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - what is in memory never hangs
    ) -> "ResponseHandler":
        host, port = req.url.host or "", req.url.port or 0
        try:
            _, protocol = await self._loop.create_connection(self._factory, host, port)
        except OSError as error:
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error
        return protocol
