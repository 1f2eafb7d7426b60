"""The venue's end of one hub connection: what the hubs of simulators stand on.

It knows no methods; a subclass answers calls and starts streams.
"""

from connectors.frame.session import Frame
from connectors.signalr.messages import (
    CancelInvocation,
    Completion,
    Invocation,
    StreamInvocation,
    StreamItem,
)
from connectors.signalr.peer import Timing
from connectors.signalr.server import HubServer
from connectors.simulation.simulator import Closing, Kind, Outgoing

NORMAL, POLICY = 1000, 1008


class ServedHub:
    """Serve one client, as `connectors.simulation.simulator.Peer` has it.

    Targets are compared without case, as ASP.NET Core does.
    """

    def __init__(self, timing: Timing | None = None) -> None:
        self.closing: Closing | None = None
        self.hub = HubServer(timing=timing)
        self._outgoing: list[Outgoing] = []

    def opened(self, now: int) -> None:
        """Wait for the client's handshake."""
        self.hub.opened(now)

    def receive(self, frame: Frame, now: int) -> None:
        """Take one message of the socket."""
        if self.closing is not None:
            return
        self.hub.receive(frame, now)
        for event in self.hub.events():
            if isinstance(event, Invocation | StreamInvocation):
                self._called(event, now)
            elif isinstance(event, CancelInvocation):
                self._canceled(event.invocation_id)
                self.hub.complete(event.invocation_id)
            elif isinstance(event, StreamItem | Completion):
                self._told(event)
        self._say(Kind.REPLY)
        self._see_end()

    def lost(self, now: int) -> None:
        """Forget the client."""
        self.hub.lost("the client is gone", now)

    def deadline(self) -> int | None:
        """Return when `timeout` must be called at the latest (ns)."""
        return None if self.closing else self.hub.deadline()

    def timeout(self, now: int) -> None:
        """Ping, or give a silent client up."""
        self.hub.timeout(now)
        self._say(Kind.CONTROL)
        self._see_end()

    def outgoing(self) -> list[Outgoing]:
        """Take the frames that were queued, in order."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def end(self, reason: str, *, allow_reconnect: bool) -> None:
        """Say goodbye with a reason and end the connection."""
        self.hub.close(reason, allow_reconnect=allow_reconnect)
        self._say(Kind.CONTROL)
        self.closing = Closing(NORMAL, "")

    def _called(self, call: Invocation | StreamInvocation, now: int) -> None:
        """Answer a call or start a stream; what is not known is refused."""
        raise NotImplementedError

    def _canceled(self, invocation_id: str) -> None:
        """End a stream that the client does not want any more."""

    def _told(self, message: StreamItem | Completion) -> None:
        """Take an item or the end of an upload, or the answer to a call of the hub's own."""

    def _refuse_unknown(self, call: Invocation | StreamInvocation) -> None:
        if call.invocation_id is not None:
            self.hub.complete(call.invocation_id, error=f"Unknown hub method '{call.target}'")

    def _say(self, kind: Kind) -> None:
        self._outgoing += [Outgoing(frame, kind) for frame in self.hub.frames_to_send()]

    def _see_end(self) -> None:
        if self.hub.is_closed and self.closing is None:
            self.closing = Closing(POLICY, "")
