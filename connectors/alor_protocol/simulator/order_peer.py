"""The server's end of the order socket: authorize, then commands, each answered by its guid.

Tells nothing of what becomes of orders; the streams of the other socket do.
"""

import msgspec

from connectors.alor_protocol.messages.requests import OrderRequest
from connectors.alor_protocol.simulator.counter import OrderCounter, Taken, Turned
from connectors.alor_protocol.simulator.peers import BAD_TOKEN, HANDLED, SocketPeer
from connectors.alor_protocol.simulator.tokens import TokenService
from connectors.frame.session import Frame
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.simulator import Closing

_HELD_NS = 50_000_000
"""How late an answer is that comes after the fills."""

_TEXTS = {
    "create": "An order '{}' has been created.",
    "update": "An order has been updated. New order Id is '{}'.",
    "delete": "An order '{}' has been deleted.",
}


class OrderPeer(SocketPeer):
    """Answer one client of the order socket.

    `seen` holds the guids of all connections: a command whose guid was seen is refused, unless it
    asks not to be checked. The venue's answer to such a one is not known; this one is made up.
    `idle_ns` is how long a client may say nothing; 0 is for ever.
    """

    def __init__(
        self,
        counter: OrderCounter,
        tokens: TokenService,
        faults: FaultPlan,
        seen: dict[str, None],
        idle_ns: int,
    ) -> None:
        super().__init__()
        self._counter = counter
        self._tokens = tokens
        self._faults = faults
        self._seen = seen
        self._idle_ns = idle_ns
        self._heard = 0
        self._token = ""
        self._held: list[tuple[int, str, int, str, str | None]] = []

    def opened(self, now: int) -> None:
        """Begin to count the silence."""
        self._heard = now

    def deadline(self) -> int | None:
        """Return when the next answer is due that was held back, or the silence is too long."""
        held = self._held[0][0] if self._held else None
        idle = self._heard + self._idle_ns if self._idle_ns else None
        return min((due for due in (held, idle) if due is not None), default=None)

    def timeout(self, now: int) -> None:
        """Give the answers that were held back, or leave a client that says nothing."""
        if self._idle_ns and now >= self._heard + self._idle_ns:
            self._closing = Closing(1001, "the client was silent for too long")
        while self._held and self._held[0][0] <= now:
            self._reply(*self._held.pop(0)[1:])

    def receive(self, frame: Frame, now: int) -> None:
        """Take one request; what cannot be read is answered without a guid."""
        self._heard = now
        try:
            request = msgspec.json.decode(frame, type=OrderRequest)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._reply("", 400, "The message could not be read")
            return
        guid, opcode = request.guid or "", (request.opcode or "").casefold()
        if opcode == "authorize":
            self._authorize(guid, request.token or "", now)
        elif opcode == "ping":
            self._reply(guid, 200, HANDLED)
        elif not self._is_authorized(now):
            self._reply(guid, 401, BAD_TOKEN)
        elif request.check_duplicates is not False and guid in self._seen:
            self._reply(guid, 400, "A request with such guid was already handled")
        else:
            self._seen[guid] = None
            self._command(request, guid, opcode.partition(":")[0], now)

    def _authorize(self, guid: str, token: str, now: int) -> None:
        if self._tokens.is_good(token, now) and not self._faults.strikes(Fault.REFUSE_LOGIN, "cws"):
            self._token = token
            self._reply(guid, 200, "The connection has been initialized.")
        else:
            self._reply(guid, 401, BAD_TOKEN)

    def _is_authorized(self, now: int) -> bool:
        good = self._tokens.is_good(self._token, now)
        return good and not self._faults.strikes(Fault.EXPIRE_TOKEN, "cws")

    def _command(self, request: OrderRequest, guid: str, action: str, now: int) -> None:
        portfolios = self._tokens.portfolios(self._token)
        outcome = self._counter.execute(request, portfolios, now)
        if self._faults.strikes(Fault.FAIL_AFTER, request.opcode or ""):
            self._reply(guid, 500, "Command Timeout")
        elif isinstance(outcome, Taken):
            due = now + _HELD_NS * self._faults.strikes(Fault.FILL_FIRST, request.opcode or "")
            text = _TEXTS[action].format(outcome.number)
            self._held.append((due, guid, 200, text, outcome.number))
            self.timeout(now)
        else:
            assert isinstance(outcome, Turned)
            self._reply(guid, outcome.status, outcome.message)
