"""Pump frames between a WebSocket and a conversation.

Knows no venue; pings and closing are aiohttp's.
"""

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any

import aiohttp
from aiohttp import WSMsgType

from connectors.frame.conversation import Conversation
from connectors.frame.pumps.network import Network, require_secure
from connectors.frame.session import Ended, Frame
from connectors.frame.timing import Clock
from connectors.frame.venue import Address

STALLED_MAX = 16
"""How often in a row a full socket may leave a frame in the buffer: about a megabyte waits then."""

_BURST_NS = 1_000_000
_SECOND_NS = 1e9
_CLOSE = aiohttp.ClientWSTimeout(ws_close=1.0)


async def pump_websocket(
    network: Network, address: Address, conversation: Conversation, clock: Clock
) -> str:
    """Open a WebSocket, feed the conversation until it ends, and return why it did.

    Raises what aiohttp raises when it cannot be opened. After a millisecond of work without a
    pause other tasks have a turn.
    """
    require_secure(address.url)
    async with network.http.ws_connect(
        address.url,
        headers=address.headers,
        protocols=address.protocols,
        max_msg_size=address.frame_bytes_max,
        heartbeat=None if address.ping_ns is None else address.ping_ns / _SECOND_NS,
        timeout=_CLOSE,
    ) as socket:
        conversation.open(_WebSocketWire(socket, conversation))
        began = clock.now()
        async for message in socket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                break
            conversation.receive(message.data)
            if clock.now() - began > _BURST_NS:
                await _turn()
                began = clock.now()
        return _reason(socket)


class _WebSocketWire:
    """Write frames in the caller's own call stack, as far as the socket takes them."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, conversation: Conversation) -> None:
        self._socket = socket
        self._conversation = conversation
        self._stalled = 0
        self._closing: asyncio.Task[None] | None = None

    def send(self, frames: list[Frame]) -> None:
        socket = self._socket
        for frame in frames:
            if isinstance(frame, str):
                self._write(socket.send_str(frame))
            else:
                self._write(socket.send_bytes(frame))

    def close(self) -> None:
        if self._closing is None:
            loop = asyncio.get_running_loop()
            self._closing = loop.create_task(_close(self._socket))

    def _write(self, writing: Coroutine[Any, Any, None]) -> None:
        """Run a write to its end, or to where it would wait for the buffer: it is buffered then."""
        try:
            writing.send(None)
        except StopIteration:
            self._stalled = 0
        except (aiohttp.ClientError, ConnectionError):
            self._conversation.end(Ended("the connection is closing"))
        else:
            writing.close()
            self._stalled += 1
            if self._stalled > STALLED_MAX:
                self._conversation.end(Ended("the venue does not read what is sent"))


async def _close(socket: aiohttp.ClientWebSocketResponse) -> None:
    await socket.close()


@types.coroutine
def _turn() -> Generator[None, None, None]:
    """Let other tasks run once."""
    yield


def _reason(socket: aiohttp.ClientWebSocketResponse) -> str:
    error = socket.exception()
    if error is not None:
        return f"the connection broke ({type(error).__name__})"
    return f"the venue closed the connection (code {socket.close_code})"
