"""The calling end of a hub connection: it shakes hands first, and keeps the connection alive.

It does not negotiate (see `negotiate`) and never reconnects by itself.
"""

import msgspec

from connectors.signalr.errors import UNREADABLE, HubProtocolError
from connectors.signalr.framing import RECORD_SEPARATOR
from connectors.signalr.json_protocol import JsonProtocol
from connectors.signalr.messages import HandshakeRequest, HandshakeResponse, Ping
from connectors.signalr.peer import HubPeer, State, Timing
from connectors.signalr.protocol import HubProtocol
from connectors.signalr.resend import ResendBuffer

MESSAGE_BYTES_MAX = 16 * 1024 * 1024
"""Servers do not limit what they send; snapshots of books and markets are large."""


class HubClient(HubPeer):
    """Be the client of one hub connection, over any socket that carries whole messages.

    With `stateful` (only when it was negotiated) a lost socket suspends the connection: open a new
    socket with the same token and call `opened` again.
    """

    def __init__(
        self,
        protocol: HubProtocol | None = None,
        *,
        timing: Timing | None = None,
        message_bytes_max: int = MESSAGE_BYTES_MAX,
        stateful: bool = False,
    ) -> None:
        super().__init__(
            protocol or JsonProtocol(),
            timing=timing or Timing(),
            message_bytes_max=message_bytes_max,
            id_prefix="",
            resend=ResendBuffer() if stateful else None,
        )
        self._version = 2 if stateful else 1

    def opened(self, now: int) -> None:
        """Begin the handshake over a new socket, or go on with a suspended connection."""
        if self.state is State.SUSPENDED:
            self._resume(now)
            return
        self.state = State.HANDSHAKE
        self._now = self._since = now
        request = HandshakeRequest(self.protocol.name, self._version)
        self._outgoing.append((msgspec.json.encode(request) + RECORD_SEPARATOR).decode())

    def _take_handshake(self, data: bytes) -> bytes:
        head, separator, rest = self._handshake_record(data)
        if not separator:
            return b""
        response = _response(head)
        if response.error is not None:
            self._stop(f"the handshake was refused: {response.error}", allow_reconnect=False)
            return b""
        self._start()
        self._put(Ping())
        return rest


def _response(record: bytes) -> HandshakeResponse:
    try:
        response = msgspec.json.decode(record, type=HandshakeResponse)
    except UNREADABLE:
        raise HubProtocolError("expected a handshake response from the server") from None
    if response.type is not None:
        raise HubProtocolError("expected a handshake response from the server")
    return response
