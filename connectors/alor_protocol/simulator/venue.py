"""The simulated venue: HTTP, data socket and order socket on one broker.

Puts the parts together; each answers for itself.
"""

from connectors.alor_protocol.simulator.answers import text
from connectors.alor_protocol.simulator.counter import OrderCounter
from connectors.alor_protocol.simulator.http import HttpDesk
from connectors.alor_protocol.simulator.ledger import Ledger
from connectors.alor_protocol.simulator.lists import MarketLists
from connectors.alor_protocol.simulator.margins import MarginDesk
from connectors.alor_protocol.simulator.order_peer import OrderPeer
from connectors.alor_protocol.simulator.past import PastMarket
from connectors.alor_protocol.simulator.peers import SocketPeer
from connectors.alor_protocol.simulator.profile import Listings, Profile
from connectors.alor_protocol.simulator.stream_peer import StreamPeer
from connectors.alor_protocol.simulator.tokens import TokenService
from connectors.frame.http import Request, Response
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.simulator import Peer, SimulatorTerms
from engine.errors import UsageError

CONNECTIONS_MAX = 10
"""How many sockets the venue lets one client have at a time."""


class ProtocolSimulator:
    """Be a venue of the protocol.

    Quirks: `rejections` is `at_once` (a refusal answers the command) or `late` (the order shows as
    rejected in its stream). `empty_lists` is `404` or `list`: how a list of nothing is answered.
    `data_first` is `books`, `all` or `none`: what begins before its acknowledgement.
    `idle_orders` is how many seconds an order socket may be silent before
    it is dropped, 600 unless told; 0 keeps it.
    """

    has_streams = False

    def __init__(
        self, profile: Profile, broker: SimulatedBroker, faults: FaultPlan, terms: SimulatorTerms
    ) -> None:
        late = _choice(terms, "rejections", "at_once", "late") == "late"
        self._data_first = _choice(terms, "data_first", "books", "all", "none")
        empty_is_404 = _choice(terms, "empty_lists", "404", "list") == "404"
        self._idle_ns = _idle_seconds(terms) * 1_000_000_000
        self.broker = broker
        self.faults = faults
        self._listings = Listings(profile, broker.instruments.values())
        past = PastMarket(broker, terms.seed)
        self._ledger = Ledger(broker, self._listings, faults, past, late_rejections=late)
        self._counter = OrderCounter(broker, self._listings, faults, late_rejections=late)
        self._tokens = TokenService(tuple(broker.accounts), terms.time_scale)
        self._seen: dict[str, None] = {}
        self._peers: list[SocketPeer] = []
        market = MarketLists(self._listings, self._ledger)
        self._http = HttpDesk(
            self._listings,
            self._ledger,
            self._counter,
            self._tokens,
            faults,
            market,
            MarginDesk(broker, self._listings),
            empty_is_404=empty_is_404,
        )

    def answer(self, request: Request, now: int) -> Response:
        """Answer one HTTP request."""
        return self._http.answer(request, now)

    def connect(self, request: Request, now: int) -> Peer | Response:
        """Answer the opening of a socket: `/ws` brings data, `/cws` takes commands."""
        if self.faults.strikes(Fault.MAINTENANCE, request.path):
            return Response(status=503)
        self._peers = [peer for peer in self._peers if not peer.is_over]
        if len(self._peers) >= CONNECTIONS_MAX:
            return text(429, "Too many connections")
        if request.path == "/ws":
            peer: StreamPeer | OrderPeer = StreamPeer(
                self.broker,
                self._listings,
                self._ledger,
                self._tokens,
                self.faults,
                self._data_first,
            )
        elif request.path == "/cws":
            peer = OrderPeer(self._counter, self._tokens, self.faults, self._seen, self._idle_ns)
        else:
            return text(404, "No such socket")
        self._peers.append(peer)
        return peer

    def accept(self, now: int) -> Peer:
        """Refuse: the venue has no raw connections."""
        raise UsageError("this venue has no raw TCP connections; connect to its sockets")


def _choice(terms: SimulatorTerms, name: str, usual: str, *others: str) -> str:
    value = terms.quirks.get(name, usual)
    if value not in (usual, *others):
        known = " or ".join((usual, *others))
        raise UsageError(f"quirk {name} is {value!r}; give {known}")
    return value


def _idle_seconds(terms: SimulatorTerms) -> int:
    value = terms.quirks.get("idle_orders", "600")
    if not (value.isascii() and value.isdigit()):
        raise UsageError(f"quirk idle_orders is {value!r}; give whole seconds, or 0 for no end")
    return int(value)
