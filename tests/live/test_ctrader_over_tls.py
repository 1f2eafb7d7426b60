"""cTrader over TLS and real sockets of this machine: log in, quotes, an order, its fill."""

import asyncio
import ssl
import time
from pathlib import Path

import msgspec

from connectors.ctrader.package import PACKAGE
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
from lockstep.simulators import generated_rows, make_broker, make_simulator
from tests.live.certificates import make_certificate

CLOCK = AnchoredClock(time.time_ns, time.monotonic_ns)
EURUSD = "EURUSD.CTRADER"


async def test_bot_trades_over_tls(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
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
        assert served.tcp is not None
        assert served.tcp.startswith("tls://")
        named = msgspec.structs.replace(served, tcp=served.tcp.replace("127.0.0.1", "localhost"))
        settings = PACKAGE.simulated(named, ("hedged",))
        venue = PACKAGE.make(settings, ("hedged",), lambda _: Secret(SIMULATED_SECRET))
        network = SocketNetwork(authority=str(certificate))
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
