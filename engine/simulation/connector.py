"""Let an unmodified aiohttp client reach the servers of a loop in memory, by host and port.

Looks up no name and encrypts nothing.
"""

from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.tracing import Trace


class MemoryConnector(aiohttp.BaseConnector):
    """Open HTTP connections and WebSockets through `loop.create_connection` alone."""

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
