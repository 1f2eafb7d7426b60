"""Serve a venue's simulator on loopback: HTTP, WebSockets and raw TCP, with faults in between.

Knows no wire protocol; what is sent and answered is the simulator's.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import cast

from aiohttp import WSMsgType, web

from connectors.frame.http import Request, Response
from connectors.frame.session import Frame
from connectors.frame.tasks import Tasks
from connectors.frame.timing import Alarm, Clock
from connectors.simulation.channel import Channel
from connectors.simulation.clock import VenueClock
from connectors.simulation.control import CONTROL, control
from connectors.simulation.faults import Fault
from connectors.simulation.oversize import begun
from connectors.simulation.playback import play
from connectors.simulation.requests import RequestDesk, cut, response_of
from connectors.simulation.simulator import Closing, Peer, Served, Simulator
from engine.model.market import MarketEvent

LOOPBACK = "127.0.0.1"
_BODY_MAX = 4 * 1024 * 1024
_FRAME_MAX = 16 * 1024 * 1024
_UPGRADE = b"GET "
"""What a WebSocket begins with: as the length of a frame it would be above any venue's limit."""
_SHUTDOWN_S = 1.0


class SimulatorServer:
    """Serve one simulator until `stop`, or as `async with`.

    Ports of 0 are chosen by the system. `tls` applies to the TCP listener alone, which takes a
    WebSocket as well. `rows` is a market to play, at `speed` times the pace of its own times.
    """

    def __init__(
        self,
        simulator: Simulator,
        clock: Clock,
        *,
        port: int = 0,
        tcp_port: int = 0,
        tls: ssl.SSLContext | None = None,
        rows: Iterable[MarketEvent] = (),
        speed: float = 1.0,
    ) -> None:
        self.simulator = simulator
        self._faults = simulator.faults
        self._clock = clock
        self._venue = VenueClock(clock, self._faults)
        self._requests = RequestDesk(simulator, clock, self._venue, self.flush)
        self._port, self._tcp_port = port, tcp_port
        self._tls = tls
        self._rows = rows
        self._speed = speed
        self._expiry = Alarm(clock)
        self._channels: dict[Channel, None] = {}
        self._listening: list[asyncio.AbstractServer] = []
        self._tasks = Tasks("a simulator")
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Served:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> Served:
        """Listen, begin to play the market, and say where the simulator can be reached."""
        self._venue.begin()
        application = web.Application(client_max_size=_BODY_MAX)
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await self._runner.setup()
        place = await self._listen(self.speak_http, self._port, None)
        tcp = None
        if self.simulator.has_streams:
            where = await self._listen(lambda: _Stream(self), self._tcp_port, self._tls)
            secure = where.replace(LOOPBACK, "localhost")  # a name is what TLS verifies
            tcp = f"tcp://{where}" if self._tls is None else f"tls://{secure}"
        self._tasks.start(self._play())
        self._tasks.start(self._expire())
        return Served(http=f"http://{place}", websocket=f"ws://{place}", tcp=tcp)

    async def stop(self) -> None:
        """Cut every connection and stop listening; the broker keeps what it has."""
        self.cut_all()
        for server in self._listening:
            server.close()
        await self._tasks.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    def cut_all(self) -> None:
        """Cut every connection, as a restart of the venue does."""
        for channel in list(self._channels):
            channel.cut()

    def flush(self) -> None:
        """Let every connection send what has come up; called after anything that happened."""
        self._venue.pass_event()
        if self._faults.strikes(Fault.RESTART):
            self.cut_all()
        for channel in list(self._channels):
            channel.flush()
        self._expiry.ring()

    def attach(self, channel: Channel) -> None:
        """Carry a connection from now on; the peer is told that it stands."""
        self._channels[channel] = None
        channel.open()

    def detach(self, channel: Channel) -> None:
        """Forget a connection that is gone."""
        self._channels.pop(channel, None)
        channel.over()

    def channel(self, peer: Peer, transport: asyncio.Transport) -> Channel:
        """Make the channel of a raw TCP connection, and run it."""

        async def send(frame: Frame) -> None:
            transport.write(cast("bytes", frame))

        async def close(_: Closing) -> None:
            transport.close()

        def tear(frame: Frame) -> None:
            transport.write(cast("bytes", frame)[: len(frame) // 2])
            transport.close()

        channel = Channel(
            peer,
            self._faults,
            self._clock,
            send=send,
            close=close,
            cut=transport.abort,
            tear=tear,
            venue=self._venue,
        )
        self.attach(channel)
        self._tasks.start(channel.run())
        return channel

    def accept(self) -> Peer | None:
        """Return the peer of a new raw TCP connection, None if a fault refuses it."""
        if self._faults.strikes(Fault.REFUSE_CONNECT, "tcp"):
            return None
        return self.simulator.accept(self._venue.now())

    def speak_http(self) -> asyncio.Protocol:
        """Return what speaks HTTP and WebSockets on a new connection."""
        assert self._runner is not None
        factory = cast("Callable[[], asyncio.Protocol]", self._runner.server)
        return factory()

    async def _listen(
        self, factory: Callable[[], asyncio.Protocol], port: int, tls: ssl.SSLContext | None
    ) -> str:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(factory, LOOPBACK, port, ssl=tls)
        self._listening.append(server)
        return f"{LOOPBACK}:{server.sockets[0].getsockname()[1]}"

    async def _play(self) -> None:
        broker = self.simulator.broker
        await play(
            broker,
            self._rows,
            self._clock,
            speed=self._speed,
            flush=self.flush,
            venue=self._venue,
            faults=self._faults,
        )

    async def _expire(self) -> None:
        """Let orders end when their time is up."""
        broker, clock = self.simulator.broker, self._venue
        while True:
            if broker.next_due <= clock.now():
                broker.advance(clock.now())
                self.flush()
            wait_ns = min(broker.next_due - clock.now(), 3_600 * 10**9)
            await self._expiry.wait(self._clock.now() + max(0, wait_ns))

    async def _serve(self, raw: web.Request) -> web.StreamResponse:
        request = Request(
            method=raw.method, url=raw.path_qs, headers=dict(raw.headers), body=await raw.read()
        )
        if request.path.startswith(CONTROL):
            return self._control(request)
        if raw.headers.get("Upgrade", "").lower() == "websocket":
            return await self._upgrade(raw, request)
        return await self._requests.answer(raw, request)

    def _control(self, request: Request) -> web.Response:
        if request.path == f"{CONTROL}restart":
            self.cut_all()
            return web.json_response({})
        response = control(self.simulator, request, self._venue.now())
        self.flush()
        return response_of(response)

    async def _upgrade(self, raw: web.Request, request: Request) -> web.StreamResponse:
        if self._faults.strikes(Fault.REFUSE_CONNECT, request.url):
            return cut(raw)
        peer = self.simulator.connect(request, self._venue.now())
        if isinstance(peer, Response):
            return response_of(peer)
        socket = web.WebSocketResponse(max_msg_size=_FRAME_MAX)
        try:
            await socket.prepare(raw)
        except ConnectionResetError:
            return cut(raw)  # whoever asked is gone

        async def send(frame: Frame) -> None:
            with suppress(ConnectionError):  # the client may be gone, which is told otherwise
                if isinstance(frame, str):
                    await socket.send_str(frame)
                else:
                    await socket.send_bytes(frame)

        async def close(closing: Closing) -> None:
            await socket.close(code=closing.code, message=closing.reason.encode())

        def tear(frame: Frame) -> None:
            if raw.transport is not None:
                raw.transport.write(begun(frame))
                raw.transport.close()

        channel = Channel(
            peer,
            self._faults,
            self._clock,
            send=send,
            close=close,
            cut=lambda: _abort(raw),
            tear=tear,
            venue=self._venue,
        )
        self.attach(channel)
        self._tasks.start(channel.run())
        try:
            await self._read(socket, channel)
        finally:
            self.detach(channel)
        return socket

    async def _read(self, socket: web.WebSocketResponse, channel: Channel) -> None:
        async for message in socket:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                channel.receive(message.data)
                self.flush()


class _Stream(asyncio.Protocol):
    """Connect one raw TCP connection to a peer, or to HTTP if it begins as a WebSocket does."""

    def __init__(self, server: SimulatorServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._channel: Channel | None = None
        self._beginning: bytes | None = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass
        peer = self._server.accept()
        if peer is None:
            self._transport.abort()
        else:
            self._channel = self._server.channel(peer, self._transport)

    def data_received(self, data: bytes) -> None:
        if self._beginning is not None:
            data = self._beginning + data
            is_short = len(data) < len(_UPGRADE)
            self._beginning = data if is_short and _UPGRADE.startswith(data) else None
            if self._beginning is not None:
                return
            if data.startswith(_UPGRADE):
                self._hand_over(data)
                return
        if self._channel is not None:
            self._channel.receive(data)
            self._server.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._channel is not None:
            self._server.detach(self._channel)

    def _hand_over(self, data: bytes) -> None:
        """Let HTTP have the connection, which was no stream of the venue's."""
        if self._channel is None or self._transport is None:
            return
        self._server.detach(self._channel)
        protocol = self._server.speak_http()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(data)


def _abort(raw: web.Request) -> None:
    cut(raw)
