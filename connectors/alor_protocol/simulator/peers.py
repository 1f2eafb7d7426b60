"""What the server's ends of both sockets share: frames on their way out, and the answers.

Knows no opcode.
"""

from connectors.alor_protocol.codec import encode
from connectors.alor_protocol.messages.replies import Control
from connectors.frame.session import Frame
from connectors.simulation.simulator import Closing, Kind, Outgoing

HANDLED = "Handled successfully"
NO_TOKEN = "Request message should contain 'token' field!"  # noqa: S105 - a text of the venue
BAD_TOKEN = "Invalid JWT token!"  # noqa: S105 - a text of the venue

UNSENT_MAX = 5_000
"""How many messages the venue keeps for a client that does not read; then it closes."""


class SocketPeer:
    """Queue frames for one client."""

    def __init__(self) -> None:
        self._outgoing: list[Outgoing] = []
        self._closing: Closing | None = None
        self.is_over = False

    @property
    def closing(self) -> Closing | None:
        """Return how the venue wants the connection to end."""
        return self._closing

    def opened(self, now: int) -> None:
        """Begin; the venue waits for the client to speak."""

    def lost(self, now: int) -> None:
        """Take note that the connection is gone."""
        self.is_over = True

    def deadline(self) -> int | None:
        """Return None: nothing is due by itself."""
        return None

    def timeout(self, now: int) -> None:
        """Do nothing: nothing is due by itself."""

    def outgoing(self) -> list[Outgoing]:
        """Take the frames that were queued."""
        queued, self._outgoing = self._outgoing, []
        return queued

    def _reply(self, guid: str, code: int, message: str, number: str | None = None) -> None:
        self._queue(encode(Control(guid, code, message, number)), Kind.REPLY)

    def _queue(self, frame: Frame, kind: Kind) -> None:
        if len(self._outgoing) >= UNSENT_MAX:
            self._closing = Closing(1008, "the client reads too slowly")
            return
        self._outgoing.append(Outgoing(frame, kind))
