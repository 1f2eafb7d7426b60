"""The simulated venue: its token endpoint over HTTP, and a peer for each connection.

Opens no socket; the server of all simulators does.
"""

from connectors.ctrader.simulator.peer import OpenApiPeer
from connectors.ctrader.simulator.world import World
from connectors.frame.http import Request, Response
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import FaultPlan
from connectors.simulation.simulator import Peer, SimulatorTerms

TOKEN_PATH = "/apps/token"  # noqa: S105 - an address


class CTraderSimulator:
    """Speak the Open API over raw TCP and over WebSockets, with the same checks."""

    def __init__(self, broker: SimulatedBroker, faults: FaultPlan, terms: SimulatorTerms) -> None:
        self._world = World(broker, faults, terms)

    @property
    def broker(self) -> SimulatedBroker:
        """Return the broker behind the wire."""
        return self._world.broker

    @property
    def faults(self) -> FaultPlan:
        """Return the plan of faults."""
        return self._world.faults

    def answer(self, request: Request, now: int) -> Response:
        """Answer the token endpoint; there is nothing else over HTTP."""
        if request.method != "GET" or request.path != TOKEN_PATH:
            return Response(status=404)
        response = self._world.office.answer(request, now)
        self._world.revoke()
        return response

    def connect(self, request: Request, now: int) -> Peer | Response:
        """Take a WebSocket on any path."""
        return OpenApiPeer(self._world, is_stream=False)

    @property
    def has_streams(self) -> bool:
        """Say that raw TCP is spoken."""
        return True

    def accept(self, now: int) -> Peer:
        """Take a TCP connection."""
        return OpenApiPeer(self._world, is_stream=True)
