"""The seeded loop: virtual time, an order drawn from the seed, streams in memory, deadlocks."""

import asyncio
import gc
from random import Random

import pytest

from engine.errors import InvariantError
from engine.simulation.loop import Deadlock, SeededLoop
from engine.simulation.process import Killed


def seeded(seed: int = 0) -> SeededLoop:
    return SeededLoop(Random(seed))


async def naps(order: list[int]) -> None:
    async def nap(number: int) -> None:
        await asyncio.sleep(1.0)
        order.append(number)

    await asyncio.gather(*(nap(number) for number in range(20)))


def order_of(seed: int) -> list[int]:
    order: list[int] = []
    seeded(seed).run(naps(order))
    return order


def test_time_passes_only_where_everything_waits() -> None:
    loop = seeded()

    async def wait() -> float:
        await asyncio.sleep(3_600)
        return loop.time()

    assert loop.run(wait()) == pytest.approx(3_600, abs=1e-6)


def test_order_of_what_is_ready_comes_from_the_seed() -> None:
    assert order_of(1) == order_of(1)
    assert order_of(1) != order_of(2)
    assert sorted(order_of(2)) == list(range(20))


def test_program_that_waits_for_nothing_is_a_deadlock() -> None:
    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock, match="no timer"):
        seeded().run(wait())


def test_fault_that_nobody_handled_is_raised_at_the_end() -> None:
    def break_something() -> None:
        raise ValueError("broken")

    async def main() -> None:
        asyncio.get_running_loop().call_soon(break_something)
        await asyncio.sleep(1)

    with pytest.raises(ValueError, match="broken"):
        seeded().run(main())


def test_killed_program_runs_no_further_not_even_to_clean_up() -> None:
    done: list[str] = []

    async def work() -> None:
        try:
            for number in range(100):
                await asyncio.sleep(1)
                done.append(str(number))
        finally:
            done.append("cleaned up")

    async def main() -> None:
        await asyncio.gather(work(), work())

    loop = seeded()
    loop.kill_at = 50
    with pytest.raises(Killed, match="step 50"):
        loop.run(main())
    gc.collect()
    assert 0 < len(done) < 50
    assert "cleaned up" not in done


def test_each_step_of_a_program_can_be_the_last() -> None:
    async def main() -> None:
        await asyncio.gather(*(asyncio.sleep(0.1) for _ in range(5)))

    whole = seeded()
    whole.run(main())
    for step in range(1, whole.steps // 2):
        loop = seeded()
        loop.kill_at = step
        with pytest.raises(Killed):
            loop.run(main())
        assert loop.steps == step


def test_looking_up_a_name_is_refused() -> None:
    async def look() -> None:
        await asyncio.get_running_loop().getaddrinfo("venue.example", 443)

    with pytest.raises(InvariantError, match="looked up"):
        seeded().run(look())


def test_work_for_a_thread_runs_at_once_and_its_fault_reaches_the_caller() -> None:
    async def main() -> int:
        loop = asyncio.get_running_loop()
        with pytest.raises(ZeroDivisionError):
            await loop.run_in_executor(None, lambda: 1 // 0)
        return await loop.run_in_executor(None, lambda: 7)

    assert seeded().run(main()) == 7


class Echo(asyncio.Protocol):
    """Send back what comes in capitals; close on a full stop."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data.upper())
        if data.endswith(b"."):
            self.transport.close()


async def say(words: list[bytes]) -> bytes:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.create_connection(lambda: protocol, "127.0.0.1", port)
    for word in words:
        transport.write(word)
    heard = await reader.read()
    transport.close()
    server.close()
    return heard


def test_streams_arrive_whole_in_order_and_in_pieces_by_the_seed() -> None:
    words = [b"hello ", b"in ", b"memory."]
    digests = []
    for seed in (1, 1, 2):
        loop = seeded(seed)
        assert loop.run(say(words)) == b"HELLO IN MEMORY."
        digests.append(loop.network.digest)
    assert digests[0] == digests[1] != digests[2]


def test_connection_to_nobody_is_refused() -> None:
    async def call() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(asyncio.Protocol, "127.0.0.1", 9)

    with pytest.raises(ConnectionRefusedError):
        seeded().run(call())


def test_port_is_taken_once() -> None:
    async def listen() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_server(Echo, "127.0.0.1", 5000)
        await loop.create_server(Echo, "127.0.0.1", 5000)

    with pytest.raises(OSError, match="in use"):
        seeded().run(listen())
