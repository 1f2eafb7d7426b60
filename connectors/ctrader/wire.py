"""What leaves and arrives on one connection: envelopes with ids, in frames, at a pace, with beats.

Knows no meaning of a message, only who waits for the answer to it.
"""

from collections.abc import Callable

import msgspec
from google.protobuf.message import Message

from connectors.ctrader.codec import HEARTBEAT, encode
from connectors.ctrader.framing import FrameReader, framed
from connectors.ctrader.pacing import HISTORICAL_REQUESTS, OWN_REQUESTS, Line
from connectors.ctrader.requests import HISTORICAL, OrderRequest, endpoint_of
from connectors.frame.session import Frame
from engine.errors import InvariantError

HEARTBEAT_NS = 10_000_000_000
"""After so long without a frame of ours a heartbeat is sent; the venue hangs up after 30 s."""

OnAnswer = Callable[[Message, int], None]
"""Takes the answer to a request that the session made for itself, and when it came."""


class Pending(msgspec.Struct, frozen=True):
    """Hold a request that waits for its answer.

    `on_answer` is None for a call from outside. `client_order_id` is ours for the order that the
    venue makes of it, empty when it makes none.
    """

    ticket: int
    request: Message
    client_order_id: str = ""
    on_answer: OnAnswer | None = None


class Wire:
    """Send and receive the envelopes of one connection after another.

    `is_stream` says that lengths go before envelopes, as on TCP; a WebSocket carries them bare.
    `has_waiting` says that a request waits for its turn.
    """

    def __init__(self, *, is_stream: bool) -> None:
        self._is_stream = is_stream
        self._reader = FrameReader()
        self._out: list[Frame] = []
        self._own: Line[Pending] = Line(OWN_REQUESTS)
        self._historical: Line[Pending] = Line(HISTORICAL_REQUESTS)
        self._pending: dict[str, Pending] = {}
        self._ticket = 0
        self.has_waiting = False
        self._last_sent = 0

    def begin(self, now: int) -> None:
        """Start a new connection: nothing is pending on it."""
        self.end()
        self._reader = FrameReader()
        self._last_sent = now

    def end(self) -> None:
        """Forget what was pending, for no answer will come."""
        self._out.clear()
        self._own.clear()
        self._historical.clear()
        self._pending.clear()
        self.has_waiting = False

    def read(self, frame: Frame) -> list[bytes]:
        """Return the envelopes that a frame completes; text belongs to another protocol.

        Raises FrameTooLong where the stream cannot be read any further.
        """
        if isinstance(frame, str):
            return []
        return self._reader.take(frame) if self._is_stream else [frame]

    def answered(self, client_msg_id: str) -> Pending | None:
        """Return who waits for an answer under this id, once; other sessions have ids too."""
        return self._pending.pop(client_msg_id, None)

    def call(self, request: object, now: int) -> int:
        """Send a request of a flow and return its ticket; a historical one when its turn comes."""
        order_id = ""
        if isinstance(request, OrderRequest):
            order_id, request = request.client_order_id, request.message
        if not isinstance(request, Message):
            raise InvariantError(f"{type(request).__name__} is no message of the Open API")
        pending = self._next(request, order_id, None)
        if endpoint_of(request) == HISTORICAL:
            self._historical.add(pending)
            self.release(now)
        else:
            self._send(pending, now)
        return pending.ticket

    def ask(self, request: Message, on_answer: OnAnswer) -> None:
        """Put a request of the session in line; `release` sends it when its turn comes."""
        self._own.add(self._next(request, "", on_answer))
        self.has_waiting = True

    def release(self, now: int) -> int:
        """Send what may be sent of both lines, and return how many requests of our own that was."""
        for pending in self._historical.leaving(now):
            self._send(pending, now)
        count = 0
        for pending in self._own.leaving(now):
            self._send(pending, now)
            count += 1
        self.has_waiting = bool(self._own or self._historical)
        return count

    def deadline(self, now: int) -> int:
        """Return when `beat` or `release` has something to do; the connection stands."""
        due = self._last_sent + HEARTBEAT_NS
        return min(due, self._own.due(now), self._historical.due(now)) if self.has_waiting else due

    def beat(self, now: int) -> None:
        """Send a heartbeat if nothing else was sent for long."""
        if now >= self._last_sent + HEARTBEAT_NS:
            self._put(HEARTBEAT, now)

    def frames(self) -> list[Frame]:
        """Take what is to be sent."""
        if not self._out:
            return []
        out, self._out = self._out, []
        return out

    def _next(self, request: Message, client_order_id: str, on_answer: OnAnswer | None) -> Pending:
        self._ticket += 1
        return Pending(self._ticket, request, client_order_id, on_answer)

    def _send(self, pending: Pending, now: int) -> None:
        client_msg_id = str(pending.ticket)
        self._pending[client_msg_id] = pending
        self._put(encode(pending.request, client_msg_id), now)

    def _put(self, envelope: bytes, now: int) -> None:
        self._out.append(framed(envelope) if self._is_stream else envelope)
        self._last_sent = now
