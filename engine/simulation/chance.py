"""Seed every source of chance and time that aiohttp and asyncio reach for by themselves.

The one file that knows where those are; a test compares wire bytes across processes.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from random import Random
from types import SimpleNamespace

import aiohttp.client
import aiohttp.connector
import aiohttp.web_response
from aiohttp._websocket.writer import WebSocketWriter

from engine.simulation.loop import LoopClock, SeededLoop

ORIGIN = 1_767_225_600_000_000_000
"""The moment (ns UTC) at which virtual time begins: 2026-01-01."""


@contextmanager
def seeded_world(seed: int) -> Iterator[tuple[SeededLoop, LoopClock]]:
    """Yield a loop and its clock, with the chance of libraries seeded until the end.

    The five sources: keys of WebSockets, masks of their frames, the age of kept connections, the
    module's own generator (which shuffles waiting requests), and the date of responses.
    """
    loop = SeededLoop(Random(f"{seed}/loop"))
    clock = LoopClock(loop, ORIGIN)
    before = random.getstate()
    replaced = [
        (place, name, getattr(place, name)) for place, name, _ in _sources(seed, loop, clock)
    ]
    for place, name, value in _sources(seed, loop, clock):
        setattr(place, name, value)
    random.seed(seed)
    try:
        yield loop, clock
    finally:
        random.setstate(before)
        for place, name, value in replaced:
            setattr(place, name, value)
        if not loop.is_closed():
            loop.close()


def _sources(seed: int, loop: SeededLoop, clock: LoopClock) -> Iterator[tuple[object, str, object]]:
    keys = Random(f"{seed}/keys")
    masks = {**(WebSocketWriter.__init__.__kwdefaults__ or {}), "random": Random(f"{seed}/masks")}
    date: Callable[[], str] = lambda: formatdate(clock.now() // 10**9, usegmt=True)  # noqa: E731
    yield aiohttp.client, "os", SimpleNamespace(urandom=keys.randbytes)
    yield WebSocketWriter.__init__, "__kwdefaults__", masks
    yield aiohttp.connector, "monotonic", loop.time
    yield aiohttp.web_response, "rfc822_formatted_time", date
