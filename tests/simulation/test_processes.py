"""Programs of one seeded loop: one is killed at any of its callbacks, the others live on."""

import asyncio
import gc
from functools import partial
from random import Random

import pytest

from engine.simulation.loop import SeededLoop
from engine.simulation.process import Killed, Process

PORT = 7_000


class Ledger(asyncio.Protocol):
    """Be a server that keeps what it is sent, and knows who is connected."""

    def __init__(self, kept: list[bytes], left: list[str]) -> None:
        self._kept, self._left = kept, left

    def data_received(self, data: bytes) -> None:
        self._kept.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._left.append("left")


class World:
    """Hold a server that outlives its clients, and what the clients did."""

    def __init__(self, seed: int = 0) -> None:
        self.loop = SeededLoop(Random(seed))
        self.kept: list[bytes] = []
        self.left: list[str] = []
        self.cleaned: list[int] = []

    async def client(self, number: int) -> int:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", PORT)
        assert isinstance(transport, asyncio.Transport)
        helper = asyncio.create_task(asyncio.sleep(1_000))
        try:
            for sent in range(20):
                transport.write(bytes([number, sent]))
                await asyncio.sleep(0.01)
            helper.cancel()
            transport.close()
            return number
        finally:
            self.cleaned.append(number)

    async def scene(self, kill_at: int, *, silently: bool = False) -> list[object]:
        await self.loop.create_server(lambda: Ledger(self.kept, self.left), "127.0.0.1", PORT)
        ended: list[object] = []
        for number in (1, 2):
            process = Process(self.loop)
            if number == 1:
                process.before_step = partial(die, process, kill_at, silently=silently)
            try:
                ended.append(await process.run(self.client(number)))
            except Killed as end:
                ended.append(str(end))
            await asyncio.sleep(1)
        return ended


def die(process: Process, kill_at: int, *, silently: bool) -> None:
    if process.steps == kill_at:
        process.kill("told to", silently=silently)


@pytest.mark.parametrize("kill_at", [1, 2, 5, 15, 30])
def test_one_program_is_killed_at_a_callback_and_the_next_runs_to_its_end(kill_at: int) -> None:
    world = World()
    assert world.loop.run(world.scene(kill_at)) == ["told to", 2]
    assert 2 in world.cleaned
    assert world.kept[-1][-1] == 19
    gc.collect()


def test_killed_program_runs_no_finally_while_the_world_lasts() -> None:
    world = World()

    async def scene() -> list[int]:
        await world.scene(15)
        return list(world.cleaned)

    assert world.loop.run(scene()) == [2]


def test_what_a_program_had_sent_arrives_and_its_connections_are_closed() -> None:
    world = World()
    world.loop.run(world.scene(25))
    assert world.left == ["left", "left"]
    assert b"".join(world.kept).startswith(b"\x01\x00\x01\x01")


def test_machine_that_goes_down_tells_nobody() -> None:
    world = World()
    world.loop.run(world.scene(25, silently=True))
    assert world.left == ["left"]


def test_program_that_kills_itself_within_a_call_goes_no_further() -> None:
    world = World()
    after: list[str] = []

    async def work(process: Process) -> None:
        process.kill("within a call")
        process.check()
        after.append("went on")

    async def scene() -> None:
        process = Process(world.loop)
        with pytest.raises(Killed, match="within a call"):
            await process.run(work(process))

    world.loop.run(scene())
    assert after == []


def test_program_that_is_killed_changes_nothing_of_the_seed() -> None:
    first, again = World(3), World(3)
    for world in (first, again):
        world.loop.run(world.scene(15))
    assert first.loop.network.digest == again.loop.network.digest
    assert first.kept == again.kept
