"""The baseline of the live benchmarks: an aiohttp client that answers quotes with orders, no more.

Usage: `python -m benchmarks.live_bare http://127.0.0.1:PORT [DEALS] [--busy]`. With DEALS it counts
public trades instead, and orders at the last; `--busy` keeps its loop from sleeping. It imports
nothing of Lockstep.
"""

import asyncio
import sys

import aiohttp
import msgspec
import uvloop


class Quote(msgspec.Struct, tag="quote", tag_field="type"):
    """Hold what the client needs of a quote."""

    market: str
    time: int
    bid: float
    ask: float


class Deal(msgspec.Struct, tag="deal", tag_field="type"):
    """Hold a public trade."""

    market: str
    time: int
    price: float
    volume: float
    side: str
    number: str


class Other(msgspec.Struct, tag="done", tag_field="type"):
    """Hold an answer."""

    id: int


class Welcome(msgspec.Struct, tag="welcome", tag_field="type"):
    """Hold the answer to a hello."""

    id: int


class Place(msgspec.Struct, tag="place", tag_field="type"):
    """Hold an order, with the same fields as the engine's."""

    id: int
    account: str
    label: str
    market: str
    side: str
    kind: str
    volume: float
    limit: float
    life: str = "now"


async def answer(base: str, deals: int) -> None:
    """Answer every quote, or the last of so many deals, with an order until ended."""
    decode = msgspec.json.Decoder(Quote | Deal | Other | Welcome).decode
    stream = "deals" if deals else "quotes"
    async with aiohttp.ClientSession() as http:
        trade = await http.ws_connect(f"{base}/trade", compress=0)
        market = await http.ws_connect(f"{base}/market", compress=0)
        reader = asyncio.create_task(_read(trade))
        await trade.send_str('{"type":"hello","id":1,"token":"T"}')
        await market.send_str('{"type":"hello","id":1,"token":"T"}')
        await market.send_str(f'{{"type":"subscribe","id":2,"market":"ACME","stream":"{stream}"}}')
        number = 0
        async for frame in market:
            message = decode(frame.data)
            if isinstance(message, Deal):
                number += 1
                if number == deals:
                    await trade.send_str(order(number, message.price))
            elif isinstance(message, Quote):
                number += 1
                await trade.send_str(order(number, message.bid))
        await reader


_encode = msgspec.json.Encoder().encode


def order(number: int, price: float) -> str:
    """Return the frame of an order."""
    label = f"b-0-{number}"
    place = Place(number + 2, "main", label, "ACME", "buy", "limit", 1, price - 5)
    return _encode(place).decode()


def spin() -> None:
    """Let the running loop look at its sockets again and again."""
    asyncio.get_running_loop().call_soon(spin)


async def _read(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in socket:
        pass


async def main(base: str, deals: int, *, busy: bool) -> None:
    """Answer, with a loop that sleeps or one that spins."""
    if busy:
        spin()
    await answer(base, deals)


if __name__ == "__main__":
    given = [each for each in sys.argv[1:] if each != "--busy"]
    count = int(given[1]) if len(given) > 1 else 0
    uvloop.run(main(given[0], count, busy="--busy" in sys.argv))
