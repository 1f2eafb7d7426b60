"""What a venue's simulator has to offer: answers to requests, and peers for connections.

Opens no socket: `connectors.simulation.server` does, and puts the faults in between.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from connectors.frame.http import Request, Response
from connectors.frame.session import Frame
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import FaultPlan


class Kind(StrEnum):
    """Name what a frame carries, so that faults can choose."""

    REPLY = "reply"
    REPORT = "report"
    MARKET = "market"
    CONTROL = "control"


class Outgoing(msgspec.Struct, frozen=True):
    """Hold one frame that leaves for the client."""

    frame: Frame
    kind: Kind = Kind.REPLY


class Closing(msgspec.Struct, frozen=True):
    """Say that a peer closes its connection: a WebSocket's code and reason, or just the end."""

    code: int = 1000
    reason: str = ""


class Peer(Protocol):
    """Be the venue's end of one connection: the mirror of a session.

    After every call, and whenever the broker has told something, `outgoing` is taken. Frames that
    are queued before `closing` is set still leave.
    """

    @property
    def closing(self) -> Closing | None:
        """Return how the peer wants the connection to end, None while it shall stay."""

    def opened(self, now: int) -> None:
        """Begin: the connection stands."""

    def receive(self, frame: Frame, now: int) -> None:
        """Take one message of a WebSocket, or any piece of a TCP stream."""

    def lost(self, now: int) -> None:
        """Take note that the connection is gone; stop listening to the broker."""

    def deadline(self) -> int | None:
        """Return when `timeout` must be called at the latest (ns), None while nothing is due."""

    def timeout(self, now: int) -> None:
        """Do what is due."""

    def outgoing(self) -> list[Outgoing]:
        """Take the frames that were queued, in order."""


class Simulator(Protocol):
    """Be one venue: its wire on top of a broker.

    `broker` and `faults` are those it was made with. The control paths of the server
    (`/_control/...`) are not its business. Requests carry path and query as URL, and headers.
    """

    @property
    def broker(self) -> SimulatedBroker:
        """Return the broker behind the wire."""

    @property
    def faults(self) -> FaultPlan:
        """Return the plan of faults that the server and the simulator play."""

    def answer(self, request: Request, now: int) -> Response:
        """Answer one HTTP request; unknown paths as the venue would."""

    def connect(self, request: Request, now: int) -> Peer | Response:
        """Answer the opening request of a WebSocket: with a peer, or a refusal."""

    @property
    def has_streams(self) -> bool:
        """Say whether the venue takes raw TCP connections."""

    def accept(self, now: int) -> Peer:
        """Return the peer of a raw TCP connection; called only where there are any."""


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """Say where a simulator can be reached, all on loopback.

    `http` and `websocket` are base URLs without a path at the end; `tcp` is `tcp://` or `tls://`
    with host and port, None where the venue has none.
    """

    http: str
    websocket: str
    tcp: str | None = None


class SimulatorTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a simulator is made with besides broker and faults.

    `time_scale` shortens what takes long at the venue (the life of tokens): 60 makes an hour a
    minute. `quirks` switches what is not known for certain; names are the venue's own.
    """

    seed: int = 0
    time_scale: float = 1.0
    quirks: Mapping[str, str] = {}
