"""cTrader over TLS and real sockets of this machine: log in, quotes, an order, its fill."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from connectors.ctrader.package import PACKAGE
from connectors.frame.connector import Connector, ConnectorEvent
from connectors.frame.package import SIMULATED_SECRET
from connectors.frame.pumps.network import SocketNetwork
from connectors.frame.supervisor import Pace
from connectors.frame.timing import Alarm
from connectors.simulation.server import SimulatorServer
from connectors.simulation.simulator import Served
from engine.config.secret import Secret
from engine.errors import VenueError
from engine.gate.approved import Approved
from engine.live.clock import AnchoredClock
from engine.model.commands import OrderType, Side, SubmitOrder
from engine.model.market import QuoteTick
from engine.model.reports import OrderFilled
from engine.model.subscription import DataKind, Subscription
from lockstep.authority import AUTHORITY, server_context
from lockstep.simulators import generated_rows, make_broker, make_simulator

CLOCK = AnchoredClock(time.time_ns, time.monotonic_ns)
EURUSD = "EURUSD.CTRADER"


def over_tcp(served: Served) -> Served:
    return served


def over_websocket(served: Served) -> Served:
    """Return the same port by its WebSocket, which is encrypted by the same certificate."""
    assert served.tcp is not None
    return msgspec.structs.replace(served, tcp=served.tcp.replace("tls://", "wss://"))


@pytest.mark.parametrize("place", [over_tcp, over_websocket])
async def test_bot_trades_over_tls(tmp_path: Path, place: Callable[[Served], Served]) -> None:
    tls = server_context(tmp_path / "tls", CLOCK.now())
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
    rows = generated_rows(PACKAGE, 1, 0)
    async with SimulatorServer(simulator, CLOCK, rows=rows, speed=10, tls=tls) as served:
        settings = PACKAGE.simulated(place(served), ("hedged",))
        venue = PACKAGE.make(settings, ("hedged",), lambda _: Secret(SIMULATED_SECRET))
        network = SocketNetwork(authority=str(tmp_path / "tls" / AUTHORITY))
        connector = Connector(venue, hear, network, CLOCK, keep=lambda _name, _secret: None)
        await connector.open((EURUSD,))
        connector.subscribe(Subscription(EURUSD, DataKind.QUOTES))
        await until(QuoteTick)
        order = SubmitOrder(
            "a-1-1", "s", "hedged", EURUSD, CLOCK.now(), Side.BUY, OrderType.MARKET, 5_000.0
        )
        connector.send(Approved(order))
        await until(OrderFilled)
        await connector.close()
    assert simulator.broker.positions("hedged")[0].quantity == 5_000.0


async def test_simulator_that_is_not_trusted_is_not_spoken_to(tmp_path: Path) -> None:
    tls = server_context(tmp_path / "tls", CLOCK.now())
    simulator = make_simulator(PACKAGE, make_broker(PACKAGE))
    async with SimulatorServer(simulator, CLOCK, tls=tls) as served:
        settings = PACKAGE.simulated(served, ("hedged",))
        venue = PACKAGE.make(settings, ("hedged",), lambda _: Secret(SIMULATED_SECRET))
        connector = Connector(
            venue,
            lambda _event: None,
            SocketNetwork(),
            CLOCK,
            keep=lambda _name, _secret: None,
            pace=Pace(ready_ns=200_000_000),
        )
        with pytest.raises(VenueError, match="certificate verify failed"):
            await connector.open((EURUSD,))
