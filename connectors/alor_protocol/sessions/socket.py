"""What the venue's three sockets share: controls, tickets, pings, the end of a mute connection.

Knows no opcode but those of pings.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import msgspec

from connectors.alor_protocol.codec import AnyFrame, encode, read_any
from connectors.alor_protocol.messages.replies import Control
from connectors.frame.session import Answered, Ended, Frame, Remedy, SessionEvent
from engine.errors import InvariantError
from engine.model.subscription import Subscription

_CONTROL_START = '{"requestGuid"'
_UNAUTHORIZED = 401


class SocketSession(ABC):
    """Follow one socket; a subclass says what is sent on opening and what data frames mean.

    A ping goes out every `ping_ns`. When nothing at all is heard within `answer_ns` of one, or the
    opening is not answered by then, the connection is taken for dead: it is mute.
    """

    def __init__(self, token: Callable[[], str], ping_ns: int, answer_ns: int) -> None:
        self._token = token
        self._ping_ns = ping_ns
        self._answer_ns = answer_ns
        self._frames: list[Frame] = []
        self._events: list[SessionEvent] = []
        self._tickets: dict[str, int] = {}
        self._awaited: dict[str, str] = {}
        self._last_ticket = 0
        self._pings = 0
        self._next_ping: int | None = None
        self._answer_by: int | None = None
        self.ignored = 0
        """How many frames said nothing that could be understood."""

    @property
    def is_ready(self) -> bool:
        """Say whether everything that the opening asked for was granted."""
        return self._next_ping is not None and not self._awaited

    def opened(self, now: int) -> None:
        """Begin a fresh connection."""
        self._forget()
        self._next_ping = now + self._ping_ns
        self._open(now)
        self._answer_by = now + self._answer_ns if self._awaited else None

    def receive(self, frame: Frame, now: int) -> None:
        """Take one frame: a control, a data record, or what is ignored and counted."""
        self._answer_by = None if not self._awaited else self._answer_by
        try:
            text = frame if isinstance(frame, str) else frame.decode()
        except UnicodeDecodeError:
            self.ignored += 1
            return
        if text.startswith(_CONTROL_START) or not self._receive_data(text, now):
            self._receive_other(text, now)

    def lost(self, reason: str, now: int) -> None:
        """Forget the connection and whatever was still to be answered on it."""
        self._forget()

    def deadline(self) -> int | None:
        """Return when the next ping is due, or the connection is mute."""
        due = [each for each in (self._next_ping, self._answer_by) if each is not None]
        return min(due) if due else None

    def timeout(self, now: int) -> None:
        """Send the ping that is due, or end a connection on which nothing is heard."""
        if self._answer_by is not None and now >= self._answer_by:
            self._end("the connection is mute: neither data nor an answer came", Remedy.RECONNECT)
        elif self._next_ping is not None and now >= self._next_ping:
            self._next_ping = now + self._ping_ns
            self._pings += 1
            self._send(self._ping(f"ping-{self._pings}"))
            self._answer_by = self._answer_by or now + self._answer_ns

    def renewed(self, now: int) -> None:  # noqa: B027 - only one socket has to do anything
        """Let it be: running subscriptions outlive the token, new requests read the new one."""

    def subscribe(self, subscription: Subscription, now: int) -> None:
        """Refuse: only the market data socket has subscriptions."""
        raise InvariantError(f"{subscription.instrument}: this connection carries no market data")

    def unsubscribe(self, subscription: Subscription, now: int) -> None:
        """Refuse: only the market data socket has subscriptions."""
        raise InvariantError(f"{subscription.instrument}: this connection carries no market data")

    def call(self, message: object, now: int) -> int:
        """Refuse: only the order socket answers calls."""
        raise InvariantError("this connection carries no commands")

    def frames_to_send(self) -> list[Frame]:
        """Take the frames that were queued, in order."""
        frames, self._frames = self._frames, []
        return frames

    def events(self) -> list[SessionEvent]:
        """Take the events that were produced, in order."""
        events, self._events = self._events, []
        return events

    @abstractmethod
    def _open(self, now: int) -> None:
        """Send what a fresh connection needs; what must be granted goes through `_require`."""

    @abstractmethod
    def _ping(self, guid: str) -> msgspec.Struct:
        """Return a ping."""

    @abstractmethod
    def _receive_data(self, text: str, now: int) -> bool:
        """Take a data frame by the guid at its end; say whether it was one of ours."""

    def _receive_any(self, found: AnyFrame, now: int) -> bool:
        """Take a data frame whose guid stands elsewhere; say whether it was one of ours."""
        return False

    def _refused(self, control: Control, now: int) -> None:
        """Take a refusal of something that is neither a ticket nor required: count it."""
        self.ignored += 1

    def _send(self, request: msgspec.Struct) -> None:
        self._frames.append(encode(request))

    def _require(self, guid: str, what: str) -> None:
        """Hold readiness back until the request of this guid is granted."""
        self._awaited[guid] = what

    def _end(self, reason: str, remedy: Remedy) -> None:
        self._events.append(Ended(reason, remedy))
        self._next_ping = self._answer_by = None

    def _receive_other(self, text: str, now: int) -> None:
        found = read_any(text)
        control = found.control() if found is not None else None
        if control is not None:
            self._control(control, now)
        elif found is None or not self._receive_any(found, now):
            self.ignored += 1

    def _control(self, control: Control, now: int) -> None:
        guid, granted = control.request_guid, control.http_code == 200
        ticket = self._tickets.pop(guid, None)
        if ticket is not None:
            self._events.append(Answered(ticket, control))
        elif guid in self._awaited:
            what = self._awaited.pop(guid)
            if not granted:
                remedy = _remedy(control.http_code)
                self._end(f"the venue refused {what}: {control.message}", remedy)
            elif not self._awaited:
                self._answer_by = None
        elif control.http_code == _UNAUTHORIZED:
            self._end(f"the venue refused the token: {control.message}", Remedy.LOGIN)
        elif not granted:
            self._refused(control, now)

    def _forget(self) -> None:
        self._frames.clear()
        self._tickets.clear()
        self._awaited.clear()
        self._next_ping = self._answer_by = None


def _remedy(http_code: int) -> Remedy:
    """Return how a refused opening is mended: a wrong portfolio (403, 404) only by a person."""
    if http_code == _UNAUTHORIZED:
        return Remedy.LOGIN
    return Remedy.STOP if http_code in (403, 404) else Remedy.RECONNECT
