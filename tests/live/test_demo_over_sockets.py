"""The demo venue over real sockets of this machine, and what TLS refuses."""

import asyncio
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from connectors.demo.package import PACKAGE
from connectors.frame.connector import Connector, ConnectorEvent
from connectors.frame.package import SIMULATED_SECRET
from connectors.frame.pumps.network import SocketNetwork
from connectors.frame.timing import Alarm
from connectors.simulation.server import SimulatorServer
from engine.config.secret import Secret
from engine.gate.approved import Approved
from engine.live.clock import AnchoredClock
from engine.model.commands import OrderType, Side, SubmitOrder
from engine.model.market import QuoteTick
from engine.model.reports import OrderFilled
from engine.model.subscription import DataKind, Subscription
from lockstep.authority import AUTHORITY, server_context
from lockstep.simulators import generated_rows, make_broker, make_simulator

CLOCK = AnchoredClock(time.time_ns, time.monotonic_ns)


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_bot_trades_over_real_sockets(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(trade())


async def trade() -> None:
    events: list[ConnectorEvent] = []
    news = Alarm(CLOCK)

    def hear(event: ConnectorEvent) -> None:
        events.append(event)
        news.ring()

    async def until(kind: type) -> None:
        async with asyncio.timeout(20):
            while not any(isinstance(event, kind) for event in events):
                await news.wait()

    simulator = make_simulator(PACKAGE, make_broker(PACKAGE))
    server = SimulatorServer(simulator, CLOCK, rows=generated_rows(PACKAGE, 1, 0), speed=10)
    async with server as served:
        venue = PACKAGE.make(
            PACKAGE.simulated(served, ("main",)), ("main",), lambda _: Secret(SIMULATED_SECRET)
        )
        connector = Connector(venue, hear, SocketNetwork(), CLOCK, keep=lambda _name, _secret: None)
        await connector.open(("ACME.DEMO",))
        connector.subscribe(Subscription("ACME.DEMO", DataKind.QUOTES))
        await until(QuoteTick)
        while not connector.is_ready:
            await news.wait()
        order = SubmitOrder(
            "a-1-1", "s", "main", "ACME.DEMO", CLOCK.now(), Side.BUY, OrderType.MARKET, 5.0
        )
        connector.send(Approved(order))
        await until(OrderFilled)
        await connector.close()
    assert simulator.broker.positions("main")[0].quantity == 5.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state") / "tls"


async def listen(folder: Path) -> tuple[asyncio.Server, int]:
    context = server_context(folder, CLOCK.now())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0, ssl=context)
    return server, server.sockets[0].getsockname()[1]


async def test_stream_is_encrypted_where_the_authority_is_trusted(
    folder: Path,
) -> None:
    server, port = await listen(folder)
    network = SocketNetwork(authority=str(folder / AUTHORITY))
    transport = await network.stream(asyncio.Protocol, f"tls://localhost:{port}")
    assert transport.get_extra_info("cipher") is not None
    transport.close()
    await network.close()
    server.close()


@pytest.mark.parametrize(("host", "trusted"), [("localhost", False), ("127.0.0.1", True)])
async def test_stream_to_a_stranger_or_another_name_is_refused(
    folder: Path, host: str, trusted: bool
) -> None:
    server, port = await listen(folder)
    network = SocketNetwork(authority=str(folder / AUTHORITY) if trusted else None)
    with pytest.raises(ssl.SSLCertVerificationError):
        await network.stream(asyncio.Protocol, f"tls://{host}:{port}")
    await network.close()
    server.close()
