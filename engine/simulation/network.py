"""A network in memory: byte streams with latency, cut anywhere, all drawn from a seed.

Loses nothing and keeps each direction in order, as TCP does; faults are others' business.
"""

import asyncio
from asyncio import transports
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from engine.simulation.process import process_of

if TYPE_CHECKING:
    from random import Random

_REFUSED = 111
_FIRST_PORT = 40_001


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Bound how long bytes travel in one direction, in seconds, and how often they are cut."""

    least_s: float = 0.0002
    most_s: float = 0.002
    cut: float = 0.2


class MemoryNetwork:
    """Connect streams of one loop; `digest` is a hash of all bytes and when they arrived."""

    def __init__(self, loop: asyncio.AbstractEventLoop, random: "Random") -> None:
        self.latency = Latency()
        self.connections = 0
        self.bytes = 0
        self._loop = loop
        self._random = random
        self._listening: dict[str, Listening] = {}
        self._hash = blake2b(digest_size=8)
        self._next_port = _FIRST_PORT

    @property
    def digest(self) -> str:
        """Return the hash of what has travelled so far."""
        return self._hash.hexdigest()

    def listen(
        self, factory: Callable[[], asyncio.Protocol], host: str, port: int
    ) -> "MemoryServer":
        """Listen on a port; raises OSError when somebody does already."""
        if port == 0:
            port, self._next_port = self._next_port, self._next_port + 1
        place = f"{host}:{port}"
        if place in self._listening:
            raise OSError(98, f"{place} is in use")
        self._listening[place] = factory, copy_context()
        return MemoryServer(self._listening, host, port)

    async def connect(
        self, factory: Callable[[], asyncio.Protocol], place: str
    ) -> tuple["MemoryTransport", asyncio.Protocol]:
        """Connect to whoever listens; raises ConnectionRefusedError when nobody does."""
        arrived = self._loop.create_future()
        self._loop.call_later(self.delay(), _wake, arrived)
        await arrived
        listening = self._listening.get(place)
        if listening is None:
            raise ConnectionRefusedError(_REFUSED, "nobody listens there")
        accept, context = listening
        self.connections += 1
        number = self.connections
        client = MemoryTransport(self, self._loop, f"client {number}", number, copy_context())
        server = MemoryTransport(self, self._loop, f"server {number}", number, context.copy())
        client.peer, server.peer = server, client
        server.context.run(lambda: server.begin(accept()))
        protocol = factory()
        client.begin(protocol)
        return client, protocol

    def delay(self) -> float:
        """Draw how long something travels, in seconds."""
        return self._random.uniform(self.latency.least_s, self.latency.most_s)

    def pieces(self, data: bytes) -> list[bytes]:
        """Draw where bytes are cut on their way."""
        if len(data) < 2 or self._random.random() >= self.latency.cut:
            return [data]
        at = self._random.randrange(1, len(data))
        return [data[:at], data[at:]]

    def arrived(self, name: str, data: bytes) -> None:
        """Take note of bytes that arrived."""
        self.bytes += len(data)
        self._hash.update(f"{name} {self._loop.time():.9f} ".encode() + data)


Listening = tuple[Callable[[], asyncio.Protocol], Context]
"""What accepts connections at a place, and the context in which it does."""


def _wake(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():  # whoever connects may have given up
        waiting.set_result(None)


class MemoryServer:
    """Be a listening socket in memory."""

    def __init__(self, listening: dict[str, Listening], host: str, port: int) -> None:
        self._listening = listening
        self._host = host
        self._port = port

    @property
    def sockets(self) -> tuple["MemoryServer"]:
        """Return what stands for the socket."""
        return (self,)

    def getsockname(self) -> tuple[str, int]:
        """Return host and port."""
        return self._host, self._port

    def close(self) -> None:
        """Stop listening; connections stay."""
        self._listening.pop(f"{self._host}:{self._port}", None)

    async def wait_closed(self) -> None:
        """Return at once."""


class MemoryTransport(transports.Transport):
    """Be one end of a byte stream; `peer` is the other.

    Its protocol is called in `context`, which says whose it is.
    """

    peer: "MemoryTransport"

    def __init__(
        self,
        network: MemoryNetwork,
        loop: asyncio.AbstractEventLoop,
        name: str,
        number: int,
        context: Context,
    ) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.number = number
        self.context = context
        process = process_of(context)
        if process is not None:
            process.connect(self)
        self._network = network
        self._loop = loop
        self._name = name
        self._protocol: asyncio.Protocol | None = None
        self._travelling: deque[bytes | None] = deque()
        self._arrived: deque[bytes | None] = deque()
        self._last = 0.0
        self._is_closing = self._is_lost = self._is_paused = False

    def begin(self, protocol: asyncio.Protocol) -> None:
        """Give the stream to its protocol."""
        self._protocol = protocol
        protocol.connection_made(self)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Change who is told of what arrives."""
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return who is told of what arrives."""
        assert self._protocol is not None
        return self._protocol

    def is_closing(self) -> bool:
        """Say whether nothing can be written any more."""
        return self._is_closing

    def is_reading(self) -> bool:
        """Say whether what arrives is passed on."""
        return not self._is_paused and not self._is_closing

    def pause_reading(self) -> None:
        """Keep what arrives until reading is resumed."""
        self._is_paused = True

    def resume_reading(self) -> None:
        """Pass on what has arrived, and what will."""
        if self._is_paused:
            self._is_paused = False
            self._loop.call_soon(self._deliver, context=self.context)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send bytes; none are ever kept back."""
        if not self._is_closing:
            for piece in self._network.pieces(bytes(data)):
                self._send(piece)

    def can_write_eof(self) -> bool:
        """Say yes."""
        return True

    def write_eof(self) -> None:
        """Tell the other end that nothing more will come."""
        self._send(None)

    def get_write_buffer_size(self) -> int:
        """Return 0: everything is on its way at once."""
        return 0

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Return limits that are never reached."""
        return 0, 65_536

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Do nothing: nothing is kept back."""

    def close(self) -> None:
        """Close after what was written."""
        if not self._is_closing:
            self._is_closing = True
            self._send(None)
            delay = self._network.delay()  # what has arrived is looked at first, as elsewhere
            self._loop.call_later(delay, self._lose, None, context=self.context)

    def abort(self) -> None:
        """Close at once; what the other end has not yet been given is lost."""
        if not self._is_closing:
            self._is_closing = True
            self._loop.call_soon(self._lose, None, context=self.context)
            peer = self.peer
            self._loop.call_later(self._network.delay(), peer.reset, context=peer.context)

    def reset(self) -> None:
        """Take note that the other end has aborted."""
        if not self._is_lost:
            self._is_closing = True
            self._travelling.clear()
            self._arrived.clear()
            self._lose(ConnectionResetError(104, "the connection was reset"))

    def die(self, *, silently: bool) -> None:
        """End with the program that held this end; silently, the other end is never told."""
        if not self._is_closing:
            self._is_closing = True
            if not silently:
                self._send(None)
        self._is_lost = True

    def _send(self, data: bytes | None) -> None:
        self._last = max(self._last, self._loop.time() + self._network.delay())
        peer = self.peer
        peer._travelling.append(data)  # noqa: SLF001 - the two ends are one stream
        self._loop.call_at(self._last, peer._arrive, context=peer.context)  # noqa: SLF001

    def _arrive(self) -> None:
        """Take the next piece in the order of sending, whatever order callbacks run in."""
        if self._travelling and not self._is_lost:
            self._arrived.append(self._travelling.popleft())
            self._deliver()

    def _deliver(self) -> None:
        while self._arrived and not self._is_paused and not self._is_lost:
            data = self._arrived.popleft()
            self._network.arrived(self._name, data or b"")
            assert self._protocol is not None
            if data is not None:
                self._protocol.data_received(data)
            elif not self._protocol.eof_received():
                self.close()

    def _lose(self, error: Exception | None) -> None:
        if not self._is_lost:
            self._is_lost = True
            assert self._protocol is not None
            self._protocol.connection_lost(error)
