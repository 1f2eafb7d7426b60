"""A venue of ALOR's protocol and its simulator, plugged into each other without a socket."""

import json
from typing import Any, TypeVar

import msgspec

from backtest.exchange.account import VenueAccount
from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels
from connectors.alor_protocol.package import Section
from connectors.frame.flow import Answer, Call, Flow, Reply, Step, drive
from connectors.frame.http import Request, Response
from connectors.frame.package import SIMULATED_SECRET, VenuePackage
from connectors.frame.session import Answered, SessionEvent
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import FaultPlan
from connectors.simulation.simulator import Peer, Served, SimulatorTerms
from engine.config.secret import Secret
from engine.errors import NotSent, OutcomeUnknown
from engine.model.commands import Command
from engine.model.market import QuoteTick, TradeTick
from engine.model.reports import OrderReport

S = 1_000_000_000
START = 1_700_000_000 * S
T = TypeVar("T")
E = TypeVar("E")
SERVED = Served(http="http://127.0.0.1:1", websocket="ws://127.0.0.1:1")


class AlorPair:
    """Carry frames and requests to and fro; `now` is moved by hand, `events` is what was told."""

    def __init__(
        self,
        package: VenuePackage,
        *,
        terms: SimulatorTerms | None = None,
        **section: object,
    ) -> None:
        self.now = START
        self.faults = FaultPlan()
        money = [VenueAccount(a.id, a.currency, a.balance) for a in package.accounts]
        exchange = Exchange(package.instruments, ExchangeModels(fills="quotes"), accounts=money)
        self.broker = SimulatedBroker(exchange, package.instruments, package.accounts, package.ids)
        self.simulator = package.simulator(self.broker, self.faults, terms or SimulatorTerms())
        self.account = package.accounts[0].id
        settings = package.simulated(SERVED, (self.account,))
        assert isinstance(settings, Section)
        settings = msgspec.structs.replace(settings, **section)
        self.venue = package.make(settings, (self.account,), lambda _: Secret(SIMULATED_SECRET))
        self.names = tuple(instrument.id for instrument in package.instruments)
        self.links = {link.name: link for link in self.venue.links}
        self.peers: dict[str, Peer] = {}
        self.events: list[SessionEvent] = []
        self.requests: list[Request] = []

    def start(self) -> None:
        """Log in, load the instruments and open every link."""
        self.run(self.venue.login(self.now))
        self.run(self.venue.instruments(self.names, self.now))
        for name in self.links:
            self.open(name)

    def open(self, name: str) -> None:
        """Open one link."""
        link = self.links[name]
        address = self.run(link.address(self.now))
        path = address.url.removeprefix(SERVED.websocket)
        peer = self.simulator.connect(Request(method="GET", url=path), self.now)
        assert not isinstance(peer, Response), peer
        self.peers[name] = peer
        peer.opened(self.now)
        link.session.opened(self.now)
        self.pump()

    def lose(self, name: str) -> None:
        """Cut one link without a word."""
        self.peers.pop(name).lost(self.now)
        self.links[name].session.lost("cut", self.now)

    def pump(self) -> None:
        """Carry frames until both sides are quiet."""
        busy = True
        while busy:
            busy = False
            for name, peer in self.peers.items():
                session = self.links[name].session
                for frame in session.frames_to_send():
                    peer.receive(frame, self.now)
                    busy = True
                for outgoing in peer.outgoing():
                    session.receive(outgoing.frame, self.now)
                    busy = True
                self.events += session.events()

    def take(self, *kinds: type[E]) -> list[E]:
        """Take the events of some kinds, and forget all others."""
        self.pump()
        taken, self.events = self.events, []
        return [event for event in taken if isinstance(event, kinds)]

    def run(self, flow: Flow[T]) -> T:
        """Run a flow against the simulator."""
        return drive(flow, self.answer)

    def execute(self, command: Command) -> tuple[OrderReport, ...]:
        """Carry out a command; its reports come from the answer alone."""
        return self.run(self.venue.execute(command, self.now))

    def answer(self, step: Step) -> Reply:
        """Play the frame's part for one step of a flow."""
        if isinstance(step, Call):
            return self._call(step)
        assert isinstance(step, Request), step
        self.requests.append(step)
        relative = msgspec.structs.replace(step, url=step.url.removeprefix(SERVED.http))
        response = self.simulator.answer(relative, self.now)
        return msgspec.structs.replace(response, ts_recv=self.now)

    def quote(self, bid: float, ask: float, size: float = 1_000.0, name: str = "") -> None:
        """Let the market quote."""
        row = QuoteTick(name or self.names[0], self.now, self.now, bid, ask, size, size)
        self.broker.row(row)
        self.pump()

    def trade(self, price: float, size: float, number: int) -> None:
        """Let the market trade."""
        row = TradeTick(self.names[0], self.now, self.now, price, size, 1, str(number))
        self.broker.row(row)
        self.pump()

    def simulator_rows(self, what: str) -> list[dict[str, Any]]:
        """Return a list of the account as the simulator writes it in Simple."""
        refresh = Request(method="POST", url="/refresh", body=b'{"token":"simulated"}')
        token = json.loads(self.simulator.answer(refresh, self.now).body)["AccessToken"]
        request = Request(
            method="GET",
            url=f"/md/v2/Clients/MOEX/{self.account}/{what}",
            headers={"Authorization": f"Bearer {token}"},
        )
        rows: list[dict[str, Any]] = json.loads(self.simulator.answer(request, self.now).body)
        return rows

    def _call(self, call: Call) -> Answer:
        session = self.links[call.link].session
        if not session.is_ready or call.link not in self.peers:
            raise NotSent("the link is not ready")
        ticket = session.call(call.message, self.now)
        self.pump()
        for event in self.events:
            if isinstance(event, Answered) and event.ticket == ticket:
                self.events.remove(event)
                return Answer(event.message, self.now)
        raise OutcomeUnknown("no answer came")
