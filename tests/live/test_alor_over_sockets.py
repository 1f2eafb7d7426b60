"""ALOR's simulator over real sockets: a restart in the middle of an order, and a download."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp

from backtest.catalogue import Catalogue
from connectors.alor import PACKAGE
from connectors.frame.connector import Connector, ConnectorEvent
from connectors.frame.package import SIMULATED_SECRET
from connectors.frame.pumps.network import SocketNetwork
from connectors.frame.timing import Alarm
from connectors.simulation.faults import Chance, Fault, FaultPlan
from connectors.simulation.server import SimulatorServer
from connectors.simulation.simulator import Served
from engine.config.secret import Secret
from engine.gate.approved import Approved
from engine.live.clock import AnchoredClock
from engine.model.commands import CancelOrder, OrderType, Side, SubmitOrder
from engine.model.market import QuoteTick
from engine.model.reports import OrderCanceled, OrderUnknown
from engine.model.truth import VenueTruth
from lockstep.simulators import make_broker, make_simulator

CLOCK = AnchoredClock(time.time_ns, time.monotonic_ns)
NAME, ACCOUNT = "SBER.ALOR", PACKAGE.accounts[0].id


class Heard:
    """Keep what a connector tells, and wait until something is true of it."""

    def __init__(self) -> None:
        self.events: list[ConnectorEvent] = []
        self._news = Alarm(CLOCK)

    def hear(self, event: ConnectorEvent) -> None:
        self.events.append(event)
        self._news.ring()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await self._news.wait(CLOCK.now() + 50_000_000)

    def has(self, kind: type) -> bool:
        return any(isinstance(event, kind) for event in self.events)


@asynccontextmanager
async def serving(faults: FaultPlan) -> AsyncIterator[tuple[SimulatorServer, Served]]:
    broker = make_broker(PACKAGE)
    server = SimulatorServer(make_simulator(PACKAGE, broker, faults), CLOCK)
    now = CLOCK.now()
    broker.row(QuoteTick(NAME, now, now, 250.0, 250.1, 1_000.0, 1_000.0))
    async with server as served:
        yield server, served


async def test_order_whose_answer_a_restart_cut_off_is_found_and_can_be_canceled() -> None:
    faults, heard = FaultPlan(), Heard()
    async with serving(faults) as (server, served):
        venue = PACKAGE.make(
            PACKAGE.simulated(served, (ACCOUNT,)), (ACCOUNT,), lambda _: Secret(SIMULATED_SECRET)
        )
        connector = Connector(
            venue, heard.hear, SocketNetwork(), CLOCK, keep=lambda _name, _secret: None
        )
        await connector.open((NAME,))
        await heard.until(lambda: connector.is_ready)
        faults.set(Fault.CUT_AFTER, Chance(times=1, only="create:limit"))
        order = SubmitOrder(
            "bot-1-1", "s", ACCOUNT, NAME, CLOCK.now(), Side.BUY, OrderType.LIMIT, 20.0, price=240.0
        )
        connector.send(Approved(order))
        await heard.until(lambda: heard.has(OrderUnknown))
        server.cut_all()
        heard.events.clear()
        await heard.until(lambda: heard.has(VenueTruth) and connector.is_ready)
        truth = next(event for event in heard.events if isinstance(event, VenueTruth))
        assert truth.orders is not None
        assert [row.client_order_id for row in truth.orders] == ["bot-1-1"]
        connector.send(Approved(CancelOrder("bot-1-1", ACCOUNT, NAME, CLOCK.now(), 1)))
        await heard.until(lambda: heard.has(OrderCanceled))
        await connector.close()
        assert len(server.simulator.broker.orders(ACCOUNT)) == 1


async def test_download_brings_history_into_the_catalogue_and_again_nothing_new(
    tmp_path: Path,
) -> None:
    async with serving(FaultPlan()) as (_, served):
        told = [await downloaded(served.http, tmp_path) for _ in range(2)]
    assert [(each["rows"], each["added"]) for each in told] == [(180, 180), (180, 0)]
    catalogue = Catalogue(tmp_path)
    assert catalogue.streams(NAME) == (("bars", "1m"),)
    assert catalogue.instrument(NAME).quantity_step == 10


async def downloaded(url: str, catalog: Path) -> dict[str, int]:
    """Run the command as a person does; the server goes on in this process meanwhile."""
    command = [sys.executable, "-m", "lockstep", "data", "download", "alor", "--json"]
    command += ["--catalog", str(catalog), "--instrument", NAME, "--simulator", url]
    command += ["--start", "2026-01-05T10:00:00Z", "--end", "2026-01-05T13:00:00Z"]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, int] = json.loads(done.stdout)
    return told


async def test_login_keeps_the_token_in_a_file_of_its_owner(tmp_path: Path) -> None:
    target = tmp_path / "secrets" / "alor"
    async with serving(FaultPlan()) as (_, served):
        process = await login(served.http, target)
        address = await told(process)
        query = parse_qs(urlsplit(address).query)
        assert query["redirect_uri"] == ["https://localhost/alor"]
        async with aiohttp.ClientSession() as person:
            away = f"{served.http}/authorize?{urlsplit(address).query}"
            async with person.get(away, allow_redirects=False) as answer:
                back = answer.headers["Location"]
        output, _ = await process.communicate(f"{back}\n".encode())
    assert process.returncode == 0
    assert target.read_text() == f"{SIMULATED_SECRET}\n"
    assert target.stat().st_mode & 0o777 == 0o600
    assert SIMULATED_SECRET not in output.decode()


async def test_login_refuses_an_address_that_is_not_its_answer(tmp_path: Path) -> None:
    async with serving(FaultPlan()) as (_, served):
        process = await login(served.http, tmp_path / "alor")
        await told(process)
        await process.communicate(b"https://localhost/alor?code=stolen&state=other\n")
    assert process.returncode == 2
    assert not (tmp_path / "alor").exists()


async def login(url: str, target: Path) -> asyncio.subprocess.Process:
    command = ["-m", "lockstep", "login", "alor", "--to", str(target), "--simulator", url]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, *command, stdin=pipe, stdout=pipe, stderr=pipe
    )


async def told(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(20):
        return (await process.stderr.readline()).decode().strip()
