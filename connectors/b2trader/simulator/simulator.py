"""B2TRADER as one object: what the server asks for requests and connections.

Holds what its parts share: names, tokens, limits, negotiated connections.
"""

from itertools import count

from connectors.b2trader.names import Names
from connectors.b2trader.simulator.hubs import AccountHub, B2TraderHub, BalanceHub, MarketHub
from connectors.b2trader.simulator.rest import TOKEN_LIFE_S, B2TraderRest
from connectors.frame.http import Request, Response
from connectors.limits import B2TRADER
from connectors.signalr.admission import Admission, bearer
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import FaultPlan
from connectors.simulation.limits import RequestLimits
from connectors.simulation.simulator import Peer, SimulatorTerms
from connectors.simulation.tokens import TokenStore
from engine.errors import InvariantError

_SECOND = 1_000_000_000
_HUBS = ("hub_account", "hub_balance", "hub_market")


class B2TraderSimulator:
    """Be B2TRADER on top of a broker; quirks are overrides of the table of names."""

    def __init__(self, broker: SimulatedBroker, faults: FaultPlan, terms: SimulatorTerms) -> None:
        self.broker = broker
        self.faults = faults
        self._names = Names(terms.quirks)
        life_s = TOKEN_LIFE_S / terms.time_scale
        self._tokens = TokenStore(faults, round(life_s * _SECOND))
        numbers = count(1)
        self._admission = Admission(lambda: f"hub-{next(numbers)}")
        self._rest = B2TraderRest(
            broker,
            faults,
            self._names,
            self._tokens,
            RequestLimits(B2TRADER),
            seed=terms.seed,
            token_life_s=life_s,
        )

    @property
    def has_streams(self) -> bool:
        """Say that there is no raw TCP."""
        return False

    def answer(self, request: Request, now: int) -> Response:
        """Answer one HTTP request, the negotiation of hubs included."""
        hub, _, last = request.path.rpartition("/")
        if last == "negotiate" and hub in [self._names[key] for key in _HUBS]:
            if not self._tokens.accepts(bearer(request), now):
                return Response(status=401)
            return self._admission.negotiate(request)
        return self._rest.answer(request, now)

    def connect(self, request: Request, now: int) -> Peer | Response:
        """Open a hub to whoever has a good token, in the query or in a header."""
        hubs = {self._names[key]: key for key in _HUBS}
        key, token = hubs.get(request.path), bearer(request)
        if key is None:
            return Response(status=404)
        if not self._tokens.accepts(token, now):
            return Response(status=401)
        admitted = self._admission.admit(request)
        return admitted if isinstance(admitted, Response) else self._hub(key, token)

    def accept(self, now: int) -> Peer:
        """Be never called: there is no raw TCP."""
        raise InvariantError("B2TRADER takes no raw TCP connections")

    def _hub(self, key: str, token: str) -> B2TraderHub:
        if key == "hub_market":
            return MarketHub(self.broker, self._names, self._tokens, token, self.faults)
        kind = AccountHub if key == "hub_account" else BalanceHub
        return kind(self.broker, self._names, self._tokens, token)
