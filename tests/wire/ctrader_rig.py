"""A venue for cTrader plugged into its simulator in memory: no socket, and time set by hand."""

from typing import TypeVar

import msgspec

from connectors.ctrader.package import PACKAGE, make, simulated
from connectors.ctrader.simulator.simulator import CTraderSimulator
from connectors.frame.flow import Answer, Call, Flow, Keep, Reply, Step, drive
from connectors.frame.http import Request
from connectors.frame.package import SIMULATED_SECRET
from connectors.frame.session import Answered, Ended, Session, SessionEvent
from connectors.simulation.faults import FaultPlan
from connectors.simulation.simulator import Peer, Served, SimulatorTerms
from engine.config.secret import Secret, SecretReference
from engine.errors import NotSent, OutcomeUnknown
from engine.gate.rates import BudgetUsed
from engine.model.commands import Command, OrderType, Side, SubmitOrder, TimeInForce
from engine.model.market import QuoteTick
from engine.model.reports import OrderReport
from engine.model.truth import PositionRecord
from lockstep.simulators import make_broker

T = TypeVar("T")
E = TypeVar("E")

MS = 1_000_000
SECOND = 1_000 * MS
MONDAY = 1_750_075_200 * SECOND  # 2025-06-16 12:00 UTC
EURUSD = "EURUSD.CTRADER"
NAN = float("nan")


class Wires:
    """Carry frames between the session of one link and a peer of the simulator."""

    def __init__(self, rig: "Rig", session: Session) -> None:
        self._rig = rig
        self.session = session
        self.peer: Peer | None = None
        self.events: list[SessionEvent] = []
        self.answers: dict[int, Answered] = {}

    def connect(self) -> None:
        self.peer = self._rig.simulator.accept(self._rig.now)
        self.peer.opened(self._rig.now)
        self.session.opened(self._rig.now)
        self.carry()

    def cut(self, reason: str = "cut") -> None:
        if self.peer is not None:
            self.peer.lost(self._rig.now)
            self.peer = None
            self.session.lost(reason, self._rig.now)

    def carry(self) -> None:
        """Let frames run to and fro until both ends are silent."""
        busy = True
        while busy and self.peer is not None:
            busy = False
            for frame in self.session.frames_to_send():
                self.peer.receive(frame, self._rig.now)
                busy = True
            for outgoing in self.peer.outgoing():
                self.session.receive(outgoing.frame, self._rig.now)
                busy = True
            self.note(self.session.events())
        self.note(self.session.events())

    def note(self, events: list[SessionEvent]) -> None:
        for event in events:
            if isinstance(event, Answered):
                self.answers[event.ticket] = event
            else:
                self.events.append(event)
            if isinstance(event, Ended):
                self.cut(event.reason)


class Rig:
    """Hold both ends, log in, and drive flows."""

    def __init__(
        self,
        accounts: tuple[str, ...] = ("hedged", "netting"),
        quirks: dict[str, str] | None = None,
        live: tuple[str, ...] = (),
    ) -> None:
        self.now = MONDAY
        self.faults = FaultPlan(7)
        self.broker = make_broker(PACKAGE)
        self.kept: list[Keep] = []
        self.refresh_token = SIMULATED_SECRET
        terms = SimulatorTerms(quirks=quirks or {})
        self.simulator = CTraderSimulator(self.broker, self.faults, terms)
        served = Served(http="http://venue", websocket="ws://venue", tcp="tcp://venue:1")
        settings = simulated(served, accounts)
        for name in live:
            changed = msgspec.structs.replace(settings.accounts[name], environment="live")
            settings.accounts[name] = changed
        self._refresh_token = settings.refresh_token
        self.venue = make(settings, accounts, self._resolve)
        self.wires = {link.name: Wires(self, link.session) for link in self.venue.links}

    def _resolve(self, reference: SecretReference) -> Secret:
        is_refresh = reference == self._refresh_token
        return Secret(self.refresh_token if is_refresh else SIMULATED_SECRET)

    def start(self, *names: str) -> None:
        """Log in, connect, and fetch instruments."""
        self.drive(self.venue.login(self.now))
        for wires in self.wires.values():
            wires.connect()
        self.drive(self.venue.instruments(names, self.now))
        self.take()

    def drive(self, flow: Flow[T]) -> T:
        return drive(flow, self._answer)

    def _answer(self, step: Step) -> Reply:
        if isinstance(step, Keep):
            self.kept.append(step)
            self.refresh_token = step.secret
            return None
        if isinstance(step, Request):
            path = step.url.removeprefix("http://venue")
            response = self.simulator.answer(msgspec.structs.replace(step, url=path), self.now)
            self.carry()
            return response
        assert isinstance(step, Call)
        wires = self.wires[step.link]
        if not wires.session.is_ready:
            raise NotSent("the link is not ready")
        self.advance(200 * MS)
        ticket = wires.session.call(step.message, self.now)
        wires.carry()
        answered = wires.answers.pop(ticket, None)
        if answered is None:
            raise OutcomeUnknown("no answer")
        return Answer(answered.message, self.now)

    def carry(self) -> None:
        for wires in self.wires.values():
            wires.carry()

    def advance(self, span: int) -> None:
        """Let time pass, with whatever falls due on the way."""
        until = self.now + span
        while True:
            ends = [end for wires in self.wires.values() for end in (wires.session, wires.peer)]
            dues = [(end.deadline(), end) for end in ends if end is not None]
            due = min((at for at, _ in dues if at is not None), default=None)
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            for at, end in dues:
                if at is not None and at <= self.now:
                    end.timeout(self.now)
            self.carry()
            self._hang_up()
        self.now = until

    def _hang_up(self) -> None:
        for wires in self.wires.values():
            if wires.peer is not None and wires.peer.closing is not None:
                wires.cut("closed by the venue")

    def quote(self, bid: float, ask: float, instrument: str = EURUSD) -> None:
        """Let the market move."""
        self.now += MS
        self.broker.row(QuoteTick(instrument, self.now, self.now, bid, ask, NAN, NAN))
        self.carry()

    def execute(self, command: Command) -> tuple[OrderReport, ...]:
        return self.drive(self.venue.execute(command, self.now))

    def take(self) -> list[SessionEvent]:
        """Take all events since the last time, but for the count of own requests."""
        found: list[SessionEvent] = []
        for wires in self.wires.values():
            found += [each for each in wires.events if not isinstance(each, BudgetUsed)]
            wires.events.clear()
        return found


def order(
    rig: Rig,
    name: str = "b-1",
    *,
    account: str = "hedged",
    side: Side = Side.BUY,
    kind: OrderType = OrderType.MARKET,
    quantity: float = 1_000.0,
    price: float | None = None,
    stop: float | None = None,
    time: TimeInForce = TimeInForce.GTC,
    expires: int | None = None,
) -> SubmitOrder:
    return SubmitOrder(
        name,
        "maker",
        account,
        EURUSD,
        rig.now,
        side,
        kind,
        quantity,
        price,
        stop,
        time_in_force=time,
        expire_ts=expires,
    )


def only(events: list[SessionEvent], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def position(rig: Rig) -> str:
    return next(each.position_id for each in reversed(only(rig.take(), PositionRecord)))
