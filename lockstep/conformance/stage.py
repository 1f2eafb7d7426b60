"""One venue on a stage: its simulator and its connector in one loop, and verbs to play with.

Judges nothing; cards do.
"""

from collections.abc import Callable
from typing import TypeVar

import aiohttp

from connectors.frame.connector import Connector
from connectors.frame.package import SIMULATED_SECRET, VenuePackage
from connectors.frame.pumps.network import SocketNetwork
from connectors.frame.timing import Clock, pause
from connectors.simulation.faults import Chance, Fault, FaultPlan
from connectors.simulation.records import BrokerOrder
from connectors.simulation.server import SimulatorServer
from engine.config.secret import Secret
from engine.errors import VenueError
from engine.model.commands import (
    Side,
    TimeInForce,
)
from engine.model.identifiers import OrderIds
from engine.model.instrument import Instrument
from engine.model.market import QuoteTick, TradeTick
from engine.model.reports import OrderReport
from engine.model.subscription import DataKind, Subscription
from lockstep.conformance.desk import StageDesk
from lockstep.conformance.follower import Follower
from lockstep.simulators import make_broker, make_simulator

T = TypeVar("T")

_SECOND_NS = 1_000_000_000
_PRICE_TICKS = 2_000
_STEPS = 10
_TINY = 1e-9
_AT_REQUESTS = (
    Fault.CUT_BEFORE,
    Fault.CUT_AFTER,
    Fault.FAIL_AFTER,
    Fault.TOO_MANY,
)


class Stage:
    """Play one venue. `follower` hears everything; `broker` is the venue's own truth.

    Prices go by ticks from a middle, so that any instrument will do; the market stands two ticks
    wide around it until `quote` moves it.
    """

    def __init__(self, package: VenuePackage, clock: Clock, seed: int) -> None:
        self.clock = clock
        self.follower = Follower()
        self.faults = FaultPlan(seed)
        self.broker = make_broker(package)
        self.instrument: Instrument = package.instruments[0]
        self.account = package.accounts[0].id
        self.quantity = self.instrument.quantity_min * _STEPS / self.instrument.quantity_scale
        self._package = package
        self._seed = seed
        self._ids = OrderIds("bot", 1)
        simulator = make_simulator(package, self.broker, self.faults)
        self.server = SimulatorServer(simulator, clock)
        self.connector: Connector
        self._desk: StageDesk

    async def open(self) -> tuple[Instrument, ...]:
        """Start the simulator with a market, connect, and wait until orders can be sent."""
        package = self._package
        served = await self.server.start()
        self.quote(0)
        network = SocketNetwork(
            connector=aiohttp.UnixConnector(served.http.removeprefix("http://"))
        )
        settings = package.simulated(served, (self.account,))
        venue = package.make(settings, (self.account,), lambda _: Secret(SIMULATED_SECRET))
        self.connector = Connector(
            venue,
            self.follower.hear,
            network,
            self.clock,
            keep=lambda _name, _secret: None,
            seed=self._seed,
        )
        self._desk = StageDesk(self.account, self.instrument, self.connector)
        instruments = await self.connector.open((self.instrument.id,))
        await self.until(lambda: self.connector.is_ready)
        await self.rest()
        return instruments

    async def close(self) -> None:
        """Disconnect, and stop the simulator."""
        await self.connector.close()
        await self.server.stop()

    async def until(self, condition: Callable[[], object], seconds: float = 120.0) -> None:
        """Wait until a condition holds; raises AssertionError when it does not in time."""
        end = self.clock.now() + round(seconds * _SECOND_NS)
        while not condition():
            assert self.clock.now() < end, f"it did not happen within {seconds:g} s"
            await pause(self.clock, self.clock.now() + _SECOND_NS // 100)

    async def rest(self, seconds: float = 1.0) -> None:
        """Let time pass."""
        await pause(self.clock, self.clock.now() + round(seconds * _SECOND_NS))

    @property
    def bars(self) -> str:
        """Return the name of the bars that the venue streams."""
        return self.connector.venue.capabilities.bars

    def price(self, ticks: float) -> float:
        """Return the price that lies so many ticks from the middle."""
        tick = self.instrument.bands[0].tick
        return round((_PRICE_TICKS + ticks) * tick) / self.instrument.price_scale

    def quote(self, middle: int, size: float | None = None) -> None:
        """Move the market: bid one tick below, ask one tick above so many ticks from the middle."""
        now = self.clock.now()
        size = self.quantity * 100 if size is None else size
        bid, ask = self.price(middle - 1), self.price(middle + 1)
        self.broker.row(QuoteTick(self.instrument.id, now, now, bid, ask, size, size))
        self.server.flush()

    def trade(self, ticks: int) -> None:
        """Let a public trade happen."""
        now, price = self.clock.now(), self.price(ticks)
        self.broker.row(TradeTick(self.instrument.id, now, now, price, self.quantity, 1, f"P{now}"))
        self.server.flush()

    def subscribe(self, kind: DataKind) -> None:
        """Subscribe to one kind of data of the instrument."""
        spec = self.bars if kind is DataKind.BARS else ""
        self.connector.subscribe(Subscription(self.instrument.id, kind, 0, spec))

    def unsubscribe(self, kind: DataKind) -> None:
        """End one kind of data of the instrument."""
        spec = self.bars if kind is DataKind.BARS else ""
        self.connector.unsubscribe(Subscription(self.instrument.id, kind, 0, spec))

    def submit(
        self,
        side: Side,
        *,
        ticks: int | None = None,
        stop: int | None = None,
        quantity: float | None = None,
        time_in_force: TimeInForce = TimeInForce.GTC,
    ) -> str:
        """Send an order and return its id: a market order, or a limit or stop at so many ticks."""
        name, now = self._ids.take(), self.clock.now()
        prices = tuple(None if each is None else self.price(each) for each in (ticks, stop))
        size = self.quantity if quantity is None else quantity
        self._desk.submit(name, now, side, size, (prices[0], prices[1]), time_in_force)
        return name

    def replace(self, name: str, *, ticks: int, quantity: float | None = None) -> None:
        """Ask for another price and perhaps another quantity of an order."""
        size = self.quantity if quantity is None else quantity
        self._desk.replace(name, self.clock.now(), size, self.price(ticks))

    def cancel(self, name: str) -> None:
        """Ask for an order to be taken out."""
        self._desk.cancel(name, self.clock.now())

    async def told(self, name: str, kind: type[OrderReport]) -> None:
        """Wait until an order is reported so."""
        await self.until(lambda: self.follower.has(name, kind))

    def strike(self, fault: Fault, *, times: int | None = 1, probability: float = 1.0) -> None:
        """Let a fault strike next; those of requests strike where an order is placed."""
        only = self._package.placing if fault in _AT_REQUESTS else ""
        self.faults.set(fault, Chance(times=times, probability=probability, only=only))

    async def settled(self) -> None:
        """Switch the faults off, and wait until the venue's truth was asked for at rest."""
        self.faults.clear()
        await self.until(lambda: self.connector.is_ready)
        await self.rest(5.0)
        try:
            await self.connector.resync()
        except VenueError:  # what came before may have used up the venue's limits
            await self.rest(61.0)
            await self.connector.resync()

    def orders(self) -> list[BrokerOrder]:
        """Return the orders that the venue took, whatever became of them."""
        return self.broker.orders(self.account)

    def truth(self) -> float:
        """Return the position that the venue has."""
        positions = self.broker.positions(self.account)
        return sum(p.quantity for p in positions if p.instrument == self.instrument.id)

    def agree(self) -> None:
        """Demand that what was told adds up to what the venue has.

        A venue that lists no fills may leave them out where an order is still unknown; then the
        positions that it lists have to be right.
        """
        told, true = self.follower.position(self.instrument.id), self.truth()
        lists_fills = "fills" in self.connector.venue.capabilities.lists
        if not lists_fills and abs(told - true) > _TINY and self.follower.still_unknown():
            told = self.follower.listed_position(self.instrument.id)
        assert abs(told - true) < _TINY, (
            f"what was told adds up to {told:g}, the venue has {true:g}"
        )
