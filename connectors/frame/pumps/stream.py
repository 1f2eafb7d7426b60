"""Pump bytes between a TLS (or, on this machine, TCP) stream and a conversation.

Knows no framing; a session puts the bytes together.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from connectors.frame.conversation import Conversation
from connectors.frame.pumps.network import Network, require_secure
from connectors.frame.session import Ended, Frame
from connectors.frame.venue import Address

UNSENT_MAX = 1024 * 1024
"""How many bytes may wait for a venue that does not read; beyond that the connection is ended."""


async def pump_stream(network: Network, address: Address, conversation: Conversation) -> str:
    """Open a stream, feed the conversation until it ends, and return why it did.

    Raises OSError when it cannot be opened.
    """
    require_secure(address.url)
    protocol = _StreamWire(conversation)
    transport = await network.stream(lambda: protocol, address.url)
    try:
        return await protocol.lost
    finally:
        transport.close()


class _StreamWire(asyncio.Protocol):
    """Be the wire of a conversation: bytes are read and written in the socket's call stack."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass
        with self._defects_raised():
            self._conversation.open(self)

    def data_received(self, data: bytes) -> None:
        with self._defects_raised():
            self._conversation.receive(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.lost.done():
            closed = "the venue closed the connection"
            broke = f"the connection broke ({type(exc).__name__})"
            self.lost.set_result(closed if exc is None else broke)

    @contextmanager
    def _defects_raised(self) -> Iterator[None]:
        """Let what the engine raises reach the pump: the loop would only note it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the pump raises it
            if not self.lost.done():
                self.lost.set_exception(error)

    def send(self, frames: list[Frame]) -> None:
        transport = self._transport
        assert transport is not None
        for frame in frames:
            transport.write(frame.encode() if isinstance(frame, str) else frame)
        if transport.get_write_buffer_size() > UNSENT_MAX:
            self._conversation.end(Ended("the venue does not read what is sent"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
