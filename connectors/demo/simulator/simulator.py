"""The demo venue as one object: what the server asks for requests and connections.

Holds what its parts share: tokens, limits, the desk.
"""

from connectors.demo.settings import RATES
from connectors.demo.simulator.desk import Desk
from connectors.demo.simulator.peers import MarketPeer, TradePeer
from connectors.demo.simulator.rest import DemoRest
from connectors.frame.http import Request, Response
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import FaultPlan
from connectors.simulation.limits import RequestLimits
from connectors.simulation.simulator import Peer, SimulatorTerms
from connectors.simulation.tokens import TokenStore
from engine.errors import InvariantError

TOKEN_LIFE_NS = 3_600_000_000_000
"""How long a token lives, divided by the time scale."""


class DemoSimulator:
    """Be the demo venue on top of a broker."""

    def __init__(self, broker: SimulatedBroker, faults: FaultPlan, terms: SimulatorTerms) -> None:
        self.broker = broker
        self.faults = faults
        self._tokens = TokenStore(faults, round(TOKEN_LIFE_NS / terms.time_scale))
        limits = RequestLimits(RATES)
        self._desk = Desk(broker, faults, limits)
        self._rest = DemoRest(broker, faults, self._tokens, self._desk, limits, terms.seed)

    @property
    def has_streams(self) -> bool:
        """Say that there is no raw TCP."""
        return False

    def answer(self, request: Request, now: int) -> Response:
        """Answer one HTTP request."""
        return self._rest.answer(request, now)

    def connect(self, request: Request, now: int) -> Peer | Response:
        """Open one of the two WebSockets."""
        if request.path == "/trade":
            return TradePeer(self._tokens, self.broker, self.faults, self._desk)
        if request.path == "/market":
            return MarketPeer(self._tokens, self.broker, self.faults)
        return Response(status=404)

    def accept(self, now: int) -> Peer:
        """Be never called: there is no raw TCP."""
        raise InvariantError("the demo venue takes no raw TCP connections")
