"""B2TRADER and Binck over real sockets: an order is placed and filled, and bars load."""

import asyncio
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from connectors.b2trader.package import PACKAGE as B2TRADER
from connectors.binck.package import PACKAGE as BINCK
from connectors.frame.connector import Connector
from connectors.frame.package import SIMULATED_SECRET, VenuePackage
from connectors.frame.pumps.network import SocketNetwork
from connectors.frame.timing import Alarm
from connectors.simulation.server import SimulatorServer
from engine.config.secret import Secret
from engine.gate.approved import Approved
from engine.live.clock import AnchoredClock
from engine.model.commands import OrderType, Side, SubmitOrder
from engine.model.market import QuoteTick
from engine.model.reports import OrderFilled
from lockstep.simulators import make_broker, make_simulator

SECOND = 1_000_000_000


async def until(told: list[object], kind: type, alarm: Alarm, clock: AnchoredClock) -> None:
    """Wait for an event of a kind, at most 20 seconds."""
    end = clock.now() + 20 * SECOND
    while not any(isinstance(event, kind) for event in told):
        assert clock.now() < end, told
        await alarm.wait(end)


@pytest.mark.parametrize("package", [B2TRADER, BINCK], ids=["b2trader", "binck"])
async def test_order_is_filled_over_sockets(package: VenuePackage) -> None:
    clock = AnchoredClock(time.time_ns, time.monotonic_ns)
    broker = make_broker(package)
    told: list[object] = []
    alarm = Alarm(clock)

    def hear(event: object) -> None:
        told.append(event)
        alarm.ring()

    instrument = package.instruments[0].id
    async with SimulatorServer(make_simulator(package, broker), clock) as served:
        now = clock.now()
        broker.row(QuoteTick(instrument, now, now, 2.0, 2.001, 1e6, 1e6))
        settings = package.simulated(served, ("main",))
        venue = package.make(settings, ("main",), lambda _: Secret(SIMULATED_SECRET))
        connector = Connector(venue, hear, SocketNetwork(), clock, keep=lambda _name, _secret: None)
        try:
            await connector.open((instrument,))
            while not connector.is_ready:
                await alarm.wait(clock.now() + SECOND // 10)
            command = SubmitOrder(
                "bot-1-1",
                "s",
                "main",
                instrument,
                clock.now(),
                Side.BUY,
                OrderType.MARKET,
                10_000.0,
            )
            connector.send(Approved(command))
            await until(told, OrderFilled, alarm, clock)
        finally:
            await connector.close()
    assert broker.positions("main")[0].quantity == 10_000.0


@pytest.mark.parametrize("package", [B2TRADER, BINCK], ids=["b2trader", "binck"])
async def test_bars_load_without_an_account(package: VenuePackage) -> None:
    clock = AnchoredClock(time.time_ns, time.monotonic_ns)
    instrument = package.instruments[0].id
    async with SimulatorServer(make_simulator(package, make_broker(package)), clock) as served:
        venue = package.make(package.simulated(served, ()), (), lambda _: Secret(SIMULATED_SECRET))
        connector = Connector(
            venue, lambda _: None, SocketNetwork(), clock, keep=lambda _name, _secret: None
        )
        try:
            await connector.open((instrument,))
            end = clock.now() // (60 * SECOND) * 60 * SECOND
            bars = await connector.history(instrument, "1m", end - 600 * SECOND, end)
        finally:
            await connector.close()
    assert len(bars) == 10


async def test_person_logs_in_at_binck_from_the_command_line(tmp_path: Path) -> None:
    clock = AnchoredClock(time.time_ns, time.monotonic_ns)
    kept = tmp_path / "binck"
    async with SimulatorServer(make_simulator(BINCK, make_broker(BINCK)), clock) as served:
        command = ["-m", "lockstep", "login", "binck", "--to", str(kept), "--simulator"]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, served.http, stdin=pipe, stdout=pipe, stderr=pipe
        )
        assert process.stderr is not None
        page = (await process.stderr.readline()).decode().strip()
        async with (
            aiohttp.ClientSession() as person,
            person.get(f"{page}&decision=allow", allow_redirects=False) as answer,
        ):
            back = answer.headers["Location"]
        await process.communicate(f"{back}\n".encode())
    assert process.returncode == 0
    assert kept.read_text().startswith("R-")
