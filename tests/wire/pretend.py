"""A venue made up for tests of the frame: lines of text over TCP, and sessions that do as told."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from connectors.frame.backoff import Backoff
from connectors.frame.connector import Connector, ConnectorEvent
from connectors.frame.flow import Call, Flow, Keep, ask, done
from connectors.frame.pumps.network import SocketNetwork
from connectors.frame.session import Answered, Ended, Frame, SessionEvent
from connectors.frame.supervisor import Pace
from connectors.frame.timing import Clock, pause
from connectors.frame.venue import Address, Capabilities, Link
from engine.errors import LoginRefused
from engine.gate.approved import Approved
from engine.gate.rates import VenueRates
from engine.model.commands import Command, OrderType, Side, SubmitOrder
from engine.model.instrument import Instrument
from engine.model.market import Bar
from engine.model.reports import OrderAccepted, OrderReport
from engine.model.subscription import Subscription
from engine.model.truth import VenueTruth
from engine.simulation.chance import seeded_world

SECOND = 1_000_000_000
PACE = Pace(backoff=Backoff(first_ns=SECOND, most_ns=8 * SECOND), resync_ns=3_600 * SECOND)


class LineSession:
    """Say hello, and answer to lines: `ready`, `answer N`, `end REMEDY`."""

    def __init__(self) -> None:
        self.is_ready = False
        self.renewals = 0
        self._frames: list[Frame] = []
        self._events: list[SessionEvent] = []
        self._tickets = 0
        self._rest = ""

    def opened(self, now: int) -> None:
        self.is_ready, self._rest = False, ""
        self._frames.append("hello\n")

    def receive(self, frame: Frame, now: int) -> None:
        assert isinstance(frame, bytes)
        *lines, self._rest = (self._rest + frame.decode()).split("\n")
        for line in lines:
            self._line(line)

    def _line(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "ready":
            self.is_ready = True
        elif word == "answer":
            self._events.append(Answered(int(rest), "done"))
        elif word == "event":
            self._events.append(accepted(rest))
        elif word == "end":
            self.end(rest)
        elif word == "stumble":
            raise LookupError(rest)

    def end(self, remedy: str) -> None:
        from connectors.frame.session import Remedy

        name, _, wait = remedy.partition(" ")
        self._events.append(Ended("told to", Remedy(name), int(wait) if wait else None))

    def lost(self, reason: str, now: int) -> None:
        self.is_ready = False

    def deadline(self) -> int | None:
        return None

    def timeout(self, now: int) -> None:
        raise AssertionError("nothing was due")

    def renewed(self, now: int) -> None:
        self.renewals += 1

    def subscribe(self, subscription: Subscription, now: int) -> None:
        self._frames.append(f"subscribe {subscription.instrument} {subscription.kind}\n")

    def unsubscribe(self, subscription: Subscription, now: int) -> None:
        self._frames.append(f"unsubscribe {subscription.instrument} {subscription.kind}\n")

    def call(self, message: object, now: int) -> int:
        self._tickets += 1
        self._frames.append(f"call {self._tickets} {message}\n")
        self._events.append(accepted("said-at-once"))
        return self._tickets

    def frames_to_send(self) -> list[Frame]:
        frames, self._frames = self._frames, []
        return frames

    def events(self) -> list[SessionEvent]:
        events, self._events = self._events, []
        return events


class LineVenue:
    """Have as many links as asked for, all to one port; count logins."""

    name = "LINES"
    rates = VenueRates(venue="LINES", endpoints=())
    capabilities = Capabilities()
    accounts = ("main",)

    def __init__(self, port: int, links: int = 1, silence_ns: int | None = None) -> None:
        self.logins = 0
        self.life_ns: int | None = None
        self.refuses = False
        self.sessions = [LineSession() for _ in range(links)]
        self._ends: int | None = None
        address = Address(url=f"tcp://127.0.0.1:{port}")
        self.links = tuple(
            Link(
                name=f"link{number}",
                session=session,
                address=lambda _: done(address),
                private=number == 0,
                silence_ns=silence_ns,
            )
            for number, session in enumerate(self.sessions)
        )

    def login(self, now: int) -> Flow[None]:
        self.logins += 1
        if self.refuses:
            raise LoginRefused("the key is wrong")
        yield Keep("token", f"secret {self.logins}")
        self._ends = None if self.life_ns is None else now + self.life_ns

    def renew_at(self) -> int | None:
        return self._ends

    def instruments(self, names: tuple[str, ...], now: int) -> Flow[tuple[Instrument, ...]]:
        return done(())

    def link_of(self, subscription: Subscription) -> str:
        return self.links[-1].name

    def execute(self, command: Command, now: int) -> Flow[tuple[OrderReport, ...]]:
        answer = yield from ask(Call(link="link0", message="order", timeout_ns=5 * SECOND))
        return (accepted(f"{answer.message}"),)

    def resync(self, account: str, now: int) -> Flow[VenueTruth]:
        return done(VenueTruth(venue="LINES", account=account, ts_asked=now, ts_recv=now))

    def history(self, instrument: str, spec: str, start: int, end: int) -> Flow[tuple[Bar, ...]]:
        return done(())

    def server_time(self, now: int) -> Flow[int] | None:
        return done(now + 7 * SECOND)


class LineServer(asyncio.Protocol):
    """Note what every connection says; answer a hello with `ready` unless told otherwise."""

    def __init__(self, house: "House") -> None:
        self.house = house
        self.said: list[str] = []
        self._rest = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.house.connections.append(self)
        self.house.opened.append(self.house.clock.now())

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data.decode()).split("\n")
        self.said += lines
        if "hello" in lines and self.house.welcomes:
            self.say("ready")

    def say(self, line: str) -> None:
        self.transport.write(f"{line}\n".encode())


class House:
    """Hold the venue, its server and the connector of one test."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.welcomes = True
        self.connections: list[LineServer] = []
        self.opened: list[int] = []
        self.events: list[ConnectorEvent] = []
        self.kept: list[tuple[str, str]] = []
        self.disk_is_full = False

    async def open(self, venue: LineVenue) -> Connector:
        self.connector = Connector(
            venue,
            self.hear,
            SocketNetwork(),
            self.clock,
            keep=self.keep,
            pace=PACE,
        )
        await self.connector.open(())
        await self.rest()
        return self.connector

    def hear(self, event: ConnectorEvent) -> None:
        self.events.append(event)
        if getattr(event, "client_order_id", "") == "poison":
            raise OSError("the engine has a defect")

    def keep(self, name: str, secret: str) -> None:
        if self.disk_is_full:
            raise OSError("no space left")
        self.kept.append((name, secret))

    async def rest(self, seconds: float = 1.0) -> None:
        await pause(self.clock, self.clock.now() + round(seconds * SECOND))

    def submit(self, name: str = "o1") -> None:
        command = SubmitOrder(name, "s", "main", "X.LINES", 0, Side.BUY, OrderType.MARKET, 1.0)
        self.connector.send(Approved(command))


def accepted(name: str) -> OrderAccepted:
    return OrderAccepted(client_order_id=name, instrument="X.LINES", ts_event=0, ts_recv=0)


PORT = 7_001


def play(scene: Callable[[House], Coroutine[Any, Any, None]]) -> None:
    """Run a scene in virtual time, with a server on PORT."""
    with seeded_world(1) as (loop, clock):

        async def whole() -> None:
            house = House(clock)
            server = await loop.create_server(lambda: LineServer(house), "127.0.0.1", PORT)
            await scene(house)
            await house.connector.close()
            server.close()

        loop.run(whole())
