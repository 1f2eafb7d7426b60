"""Every class that is composed by name claims its port here, where the type checker reads it.

Running these tests shows little; that they type-check is what counts.
"""

from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels
from backtest.paper import PaperVenue
from backtest.requests import RecordedAnswers
from backtest.venue import SimulatedVenue
from connectors.demo.session import MarketSession, TradeSession
from connectors.demo.simulator.peers import MarketPeer, TradePeer
from connectors.demo.simulator.simulator import DemoSimulator
from connectors.demo.venue import DemoVenue
from connectors.frame.connector import Connector
from connectors.frame.package import VenuePackage
from connectors.frame.pumps.network import Network, SocketNetwork
from connectors.frame.session import Session
from connectors.frame.supervisor import Switchboard
from connectors.frame.timing import Clock
from connectors.frame.venue import Venue
from connectors.simulation.simulator import Peer, Simulator
from engine import ports
from engine.control.desk import Desk
from engine.journal.disk import Disk, SystemDisk
from engine.journal.memory import MemoryDisk
from engine.live.answers import LiveAnswers
from engine.live.clock import AnchoredClock
from engine.live.connection import Connection
from engine.live.desk import LiveDesk
from engine.live.outbox import Outbox
from engine.recovery.books import Nowhere
from engine.simulation.loop import LoopClock
from lockstep.live.replaying import Silent
from lockstep.simulators import make_broker, make_simulator, venue_names, venue_package

EXECUTION: tuple[type[ports.ExecutionPort], ...] = (
    SimulatedVenue,
    Connector,
    PaperVenue,
    Outbox,
    Nowhere,
)
REQUESTS: tuple[type[ports.RequestPort], ...] = (RecordedAnswers, LiveAnswers, Silent)
CONNECTIONS: tuple[type[Connection], ...] = (Connector, PaperVenue)
DISKS: tuple[type[Disk], ...] = (SystemDisk, MemoryDisk)
DESKS: tuple[type[Desk], ...] = (LiveDesk,)
MARKET_DATA: tuple[type[ports.MarketDataPort], ...] = (Connector,)
EXCHANGES: tuple[type[ports.Exchange], ...] = (Exchange,)
VENUES: tuple[type[Venue], ...] = (DemoVenue,)
SESSIONS: tuple[type[Session], ...] = (TradeSession, MarketSession)
PEERS: tuple[type[Peer], ...] = (TradePeer, MarketPeer)
SIMULATORS: tuple[type[Simulator], ...] = (DemoSimulator,)
SWITCHBOARDS: tuple[type[Switchboard], ...] = (Connector,)
NETWORKS: tuple[type[Network], ...] = (SocketNetwork,)
CLOCKS: tuple[type[Clock], ...] = (AnchoredClock, LoopClock)


def test_every_installed_venue_is_a_package_with_a_simulator() -> None:
    packages = [venue_package(name) for name in venue_names()]
    assert "DEMO" in [package.name for package in packages]
    for package in packages:
        assert isinstance(package, VenuePackage)
        assert package.rates.venue == package.name
        simulator = make_simulator(package, make_broker(package))
        assert simulator.broker.instruments


def test_exchange_of_the_backtest_is_the_one_that_brokers_need() -> None:
    exchange: ports.Exchange = Exchange([], ExchangeModels(fills="quotes"))
    assert exchange.reports == []
