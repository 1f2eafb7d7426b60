"""The other side of the live benchmark: a venue that sends quotes and times the orders they bring.

Speaks just enough of the demo venue's wire; matches nothing and refuses every order.
"""

import asyncio
import json
import struct
import time
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any

from aiohttp import WSMsgType, web

FRAME_BYTES = 300
PAUSE_S = 0.001
BLOCK = 1_000
BLOCKS_MAX = 200
UNREAD_MAX = 4 << 20
"""How many bytes wait for a reader before the next block."""
_PRICE = 100.0


class Peer:
    """Play with whoever subscribes; `finished` gets the durations in nanoseconds.

    To a subscription of quotes: `rounds` rounds of a quote out and an order in, of which the first
    `warm_up` do not count. To one of deals: `burst` deals, and the time until an order comes;
    `poured` is how many of them have been written.
    """

    def __init__(self, rounds: int, warm_up: int, burst: int = 0) -> None:
        self._rounds = rounds
        self._warm_up = warm_up
        self._burst = burst
        self._ordered = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.finished: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
        self.poured = 0
        self.port = 0

    async def start(self) -> web.AppRunner:
        """Listen on loopback; the port is in `port`."""
        app = web.Application()
        app.router.add_post("/login", _login)
        app.router.add_get("/markets", _markets)
        app.router.add_get("/time", _time)
        app.router.add_get("/accounts/{account}/money", _money)
        app.router.add_get("/accounts/{account}/{list}", _nothing)
        app.router.add_get("/market", self._market)
        app.router.add_get("/trade", self._trade)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        return runner

    def again(self) -> None:
        """Make ready for the next client."""
        self.finished = asyncio.get_running_loop().create_future()

    async def _market(self, request: web.Request) -> web.WebSocketResponse:
        return await _converse(request, self._market_message)

    async def _trade(self, request: web.Request) -> web.WebSocketResponse:
        return await _converse(request, self._trade_message)

    async def _market_message(
        self,
        socket: web.WebSocketResponse,
        request: web.Request,
        message: Any,  # noqa: ANN401 - JSON
    ) -> None:
        if message["type"] == "subscribe":
            await _send(socket, {"type": "done", "id": message["id"]})
            play = self._pour if message["stream"] == "deals" else self._play
            self._tasks.append(asyncio.create_task(play(socket, request)))
        else:
            await _greet(socket, message)

    async def _trade_message(
        self,
        socket: web.WebSocketResponse,
        _request: web.Request,
        message: Any,  # noqa: ANN401 - JSON
    ) -> None:
        if message["type"] == "place":
            self._ordered.set()
            await _send(socket, {"type": "failed", "id": message["id"], "code": "refused"})
        else:
            await _greet(socket, message)

    async def _play(self, socket: web.WebSocketResponse, _request: web.Request) -> None:
        durations = []
        for number in range(self._rounds + self._warm_up):
            frame = quote(number)
            self._ordered.clear()
            began = time.perf_counter_ns()
            await socket.send_str(frame)
            await self._ordered.wait()
            if number >= self._warm_up:
                durations.append(time.perf_counter_ns() - began)
            await asyncio.sleep(PAUSE_S)
        self.finished.set_result(durations)

    async def _pour(self, _socket: web.WebSocketResponse, request: web.Request) -> None:
        """Write the burst in blocks of whole WebSocket frames; the reader takes it as it can.

        Blocks are made beforehand, and again and again the same where there are many.
        """
        count = min(self._burst // BLOCK, BLOCKS_MAX)
        blocks = [deals(number * BLOCK, BLOCK) for number in range(count)]
        transport = request.transport
        assert transport is not None
        await asyncio.sleep(1)
        self._ordered.clear()
        began = time.perf_counter_ns()
        for block in islice(cycle(blocks), self._burst // BLOCK):
            transport.write(block)
            self.poured += BLOCK
            while transport.get_write_buffer_size() > UNREAD_MAX:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(PAUSE_S)
        await self._ordered.wait()
        self.finished.set_result([time.perf_counter_ns() - began])


def quote(number: int) -> str:
    """Return a frame of FRAME_BYTES with a quote in it."""
    fields = {
        "type": "quote",
        "market": "ACME",
        "time": time.time_ns() // 1_000_000,
        "bid": _PRICE + number % 7 / 100,
        "ask": _PRICE + 0.1 + number % 5 / 100,
        "bid_volume": 10.0,
        "ask_volume": 12.0,
    }
    bare = json.dumps({**fields, "note": ""})
    return json.dumps({**fields, "note": "x" * (FRAME_BYTES - len(bare))})


def deals(first: int, count: int) -> bytes:
    """Return `count` deals, numbered from `first`, as unmasked text frames of WebSocket."""
    found = bytearray()
    now = time.time_ns() // 1_000_000
    for number in range(first, first + count):
        fields = {
            "type": "deal",
            "market": "ACME",
            "time": now,
            "price": _PRICE + number % 7 / 100,
            "volume": 1.0,
            "side": "buy",
            "number": str(number),
        }
        text = json.dumps(fields).encode()
        found += struct.pack("!BB", 0x81, len(text)) + text
    return bytes(found)


_Answer = Callable[[web.WebSocketResponse, web.Request, Any], Any]


async def _converse(request: web.Request, answer: _Answer) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await answer(socket, request, json.loads(message.data))
    return socket


async def _greet(socket: web.WebSocketResponse, message: Any) -> None:  # noqa: ANN401 - JSON
    answer = {"hello": "welcome", "ping": "pong"}.get(message["type"], "done")
    await _send(socket, {"type": answer, "id": message["id"], "time": 0})


async def _send(socket: web.WebSocketResponse, content: object) -> None:
    await socket.send_str(json.dumps(content))


async def _login(_request: web.Request) -> web.Response:
    return web.json_response({"token": "T", "ends": time.time_ns() // 1_000_000 + 86_400_000})


async def _markets(_request: web.Request) -> web.Response:
    market = {"market": "ACME", "tick": "0.01", "step": "1", "currency": "USD"}
    return web.json_response([market])


async def _time(_request: web.Request) -> web.Response:
    return web.json_response(time.time_ns() // 1_000_000)


async def _money(request: web.Request) -> web.Response:
    money = {"currency": "USD", "total": 1e6, "free": 1e6, "time": time.time_ns() // 1_000_000}
    return web.json_response({"account": request.match_info["account"], **money})


async def _nothing(_request: web.Request) -> web.Response:
    return web.json_response([])
