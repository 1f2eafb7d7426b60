"""Follow a hub connection as the connector frame wants it: the base of the venues' sessions.

It knows the hub protocol and no venue; what arrives means something only in the subclass.
"""

import msgspec

from connectors.frame.session import Answered, Ended, Frame, Remedy, SessionEvent
from connectors.signalr.client import HubClient
from connectors.signalr.events import HubEvent, Resumed, Started, Stopped, Suspended
from connectors.signalr.messages import (
    CancelInvocation,
    Completion,
    Invocation,
    StreamInvocation,
    StreamItem,
)
from connectors.signalr.peer import Timing
from engine.errors import LockstepError

_UNUSABLE = (LockstepError, ArithmeticError, LookupError, ValueError)
"""What reading or mapping raises for values that make no sense: a side that is none, a price in
letters.
"""

NO_RESULT = "Client didn't provide a result."


class Invoke(msgspec.Struct, frozen=True):
    """Call a method of the hub; the frame's `call` takes it and reports the Completion."""

    target: str
    arguments: tuple[object, ...] = ()


class HubSession:
    """Hold one hub connection after the other; each begins with a new `HubClient`.

    A hub that ends the connection without allowing clients to come back by themselves is answered
    with a new login; everything else with a reconnect.
    """

    def __init__(self, timing: Timing | None = None) -> None:
        self._timing = timing
        self._events: list[SessionEvent] = []
        self._tickets = 0
        self._open_calls: dict[str, int] = {}
        self.hub = HubClient(timing=timing)

    def opened(self, now: int) -> None:
        """Begin the handshake of a fresh connection."""
        self.hub = HubClient(timing=self._timing)
        self._open_calls.clear()
        self._reset()
        self.hub.opened(now)

    def receive(self, frame: Frame, now: int) -> None:
        """Take one message of the socket."""
        self.hub.receive(frame, now)
        self._digest(now)

    def lost(self, reason: str, now: int) -> None:
        """Take note that the connection is gone."""
        self.hub.lost(reason, now)
        self.hub.events()
        self._open_calls.clear()
        self._reset()

    def deadline(self) -> int | None:
        """Return when `timeout` must be called at the latest (ns)."""
        return self.hub.deadline()

    def timeout(self, now: int) -> None:
        """Send a ping, or end a silent connection."""
        self.hub.timeout(now)
        self._digest(now)

    def call(self, message: object, now: int) -> int:
        """Queue an `Invoke` and return its ticket."""
        assert isinstance(message, Invoke), "a hub is called with Invoke"
        self._tickets += 1
        invocation_id = self.hub.invoke(message.target, *message.arguments)
        self._open_calls[invocation_id] = self._tickets
        return self._tickets

    def frames_to_send(self) -> list[Frame]:
        """Take the frames that were queued, in order."""
        return self.hub.frames_to_send()

    def events(self) -> list[SessionEvent]:
        """Take the events that were produced, in order."""
        events, self._events = self._events, []
        return events

    # What a venue's session fills in.

    def _reset(self) -> None:
        """Forget what belonged to the connection."""

    def _started(self, now: int) -> None:
        """Ask for what every connection needs: the handshake is done."""

    def _item(self, stream: str, raw: object, now: int) -> None:
        """Take an item of a stream."""

    def _completed(self, completion: Completion, now: int) -> None:
        """Take the end of a stream, or the answer to a call of the session itself."""

    def _called(self, call: Invocation, now: int) -> None:
        """Take a call of the hub, which expects no answer."""

    # How hub events reach it.

    def _digest(self, now: int) -> None:
        try:
            for event in self.hub.events():
                self._take(event, now)
        except _UNUSABLE as error:
            text = f"{type(error).__name__}: {error}"
            self._events.append(Ended(f"the venue sent what cannot be used: {text}"))

    def _take(self, event: HubEvent, now: int) -> None:
        match event:
            case Started():
                self._started(now)
            case StreamItem():
                self._item(event.invocation_id, event.item, now)
            case Completion():
                self._take_completion(event, now)
            case Invocation():
                self._take_call(event, now)
            case Stopped():
                remedy = Remedy.RECONNECT if event.allow_reconnect else Remedy.LOGIN
                self._events.append(Ended(event.reason, remedy))
            case StreamInvocation():
                self.hub.complete(event.invocation_id, error=NO_RESULT)
            case CancelInvocation() | Suspended() | Resumed():
                pass  # none of them reaches a client without streams of its own

    def _take_completion(self, completion: Completion, now: int) -> None:
        ticket = self._open_calls.pop(completion.invocation_id, None)
        if ticket is None:
            self._completed(completion, now)
        else:
            self._events.append(Answered(ticket, completion))

    def _take_call(self, call: Invocation, now: int) -> None:
        if call.invocation_id is None:
            self._called(call, now)
        else:
            self.hub.complete(call.invocation_id, error=NO_RESULT)
