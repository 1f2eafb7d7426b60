"""Binck as one object: what the server asks for requests and connections.

Holds what its parts share: the login desk, the order ledger, the listing, negotiated connections.
"""

from itertools import count

import msgspec

from connectors.binck.simulator.hub import BinckHub
from connectors.binck.simulator.ledger import OrderLedger
from connectors.binck.simulator.listing import Listing
from connectors.binck.simulator.login import LoginDesk
from connectors.binck.simulator.rest import BinckRest
from connectors.frame.http import Request, Response
from connectors.signalr.admission import Admission, bearer
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.simulator import Peer, SimulatorTerms
from engine.errors import InvariantError

LOGIN, API, HUB = "/am/oauth2/realms/", "/api/v1", "/stream/v1"
_MAINTENANCE = {
    "DeveloperMessage": "Temporary maintenance mode",
    "EndUserMessage": "The venue is down for planned maintenance.",
    "ErrorCode": "ServiceUnavailable",
    "ErrorId": 503,
}


class BinckSimulator:
    """Be Binck on top of a broker.

    Quirks: `second_session` is `disconnect` (when it subscribes) or `refuse`; `ids` is `fixed` or
    `daily`.
    """

    def __init__(self, broker: SimulatedBroker, faults: FaultPlan, terms: SimulatorTerms) -> None:
        self.broker = broker
        self.faults = faults
        self._refuses_second = terms.quirks.get("second_session") == "refuse"
        self._desk = LoginDesk(faults, terms.time_scale)
        self._ledger = OrderLedger(broker)
        self._listing = Listing(broker, daily=terms.quirks.get("ids") == "daily")
        self._subscribed: dict[str, BinckHub] = {}
        numbers = count(1)
        self._admission = Admission(lambda: f"hub-{next(numbers)}")
        self._rest = BinckRest(
            broker, faults, self._desk, self._ledger, self._listing, seed=terms.seed
        )

    @property
    def has_streams(self) -> bool:
        """Say that there is no raw TCP."""
        return False

    def answer(self, request: Request, now: int) -> Response:
        """Answer one HTTP request; during maintenance all of them alike."""
        if self.faults.strikes(Fault.MAINTENANCE, request.path):
            return _json(503, _MAINTENANCE)
        if request.path.startswith(LOGIN):
            if request.path.endswith("/access_token"):
                return self._desk.token(request, now)
            return self._desk.authorize(request)
        if request.path == f"{HUB}/negotiate":
            if not self._desk.accepts(bearer(request), now):
                return Response(status=401)
            return self._admission.negotiate(request)
        if request.path.startswith(f"{API}/"):
            return self._rest.answer(request.path.removeprefix(API), request, now)
        return Response(status=404)

    def connect(self, request: Request, now: int) -> Peer | Response:
        """Open the hub to whoever has a good token and a negotiated connection."""
        token = bearer(request)
        if request.path != HUB:
            return Response(status=404)
        if not self._desk.accepts(token, now):
            return Response(status=401)
        if self._refuses_second and token in self._subscribed:
            return Response(status=403)
        admitted = self._admission.admit(request)
        if isinstance(admitted, Response):
            return admitted
        return BinckHub(
            self.broker, self._desk, self._ledger, self._listing, token, self._subscribed
        )

    def accept(self, now: int) -> Peer:
        """Be never called: there is no raw TCP."""
        raise InvariantError("Binck takes no raw TCP connections")


def _json(status: int, content: object) -> Response:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return Response(status=status, headers=headers, body=msgspec.json.encode(content))
