"""The called end of a hub connection: it answers the handshake and serves calls and streams.

It does not negotiate and knows no methods: the application answers what the events ask.
"""

from collections.abc import Callable
from types import MappingProxyType

import msgspec

from connectors.signalr.errors import UNREADABLE, HubProtocolError
from connectors.signalr.framing import RECORD_SEPARATOR
from connectors.signalr.json_protocol import JsonProtocol
from connectors.signalr.messagepack_protocol import MessagePackProtocol
from connectors.signalr.messages import HandshakeRequest, HandshakeResponse
from connectors.signalr.peer import HubPeer, State, Timing
from connectors.signalr.protocol import HubProtocol
from connectors.signalr.resend import ResendBuffer

MESSAGE_BYTES_MAX = 32 * 1024
"""ASP.NET Core's default for what a server takes in one message."""

LATEST_VERSION = 2

PROTOCOLS: MappingProxyType[str, Callable[[], HubProtocol]] = MappingProxyType(
    {"json": JsonProtocol, "messagepack": MessagePackProtocol}
)


class HubServer(HubPeer):
    """Be the server of one hub connection; the client's handshake chooses the protocol.

    Ids of its own calls begin with `s`, so that no upload of a client can be taken for one. The
    client's silence counts from its first ping on, as in ASP.NET Core.
    """

    def __init__(
        self,
        *,
        timing: Timing | None = None,
        message_bytes_max: int = MESSAGE_BYTES_MAX,
        stateful: bool = False,
    ) -> None:
        super().__init__(
            JsonProtocol(),
            timing=timing or Timing(),
            message_bytes_max=message_bytes_max,
            id_prefix="s",
            resend=ResendBuffer() if stateful else None,
        )
        self._enforces_silence = False

    def opened(self, now: int) -> None:
        """Wait for the handshake over a new socket, or go on with a suspended connection."""
        if self.state is State.SUSPENDED:
            self._resume(now)
            return
        self.state = State.HANDSHAKE
        self._now = self._since = now

    def _take_handshake(self, data: bytes) -> bytes:
        head, separator, rest = self._handshake_record(data)
        if not separator:
            return b""
        request = _request(head)
        if request.protocol not in PROTOCOLS:
            self._refuse_handshake(f"The protocol '{request.protocol}' is not supported.")
        elif request.version > LATEST_VERSION:
            self._refuse_handshake(
                f"The server does not support version {request.version} of the "
                f"'{request.protocol}' protocol."
            )
        else:
            self.protocol = PROTOCOLS[request.protocol]()
            self._buffer = self.protocol.buffer(self._message_bytes_max)
            self._respond(HandshakeResponse())
            self._start()
        return rest

    def _respond(self, response: HandshakeResponse) -> None:
        record = msgspec.json.encode(response) + RECORD_SEPARATOR
        is_text = isinstance(self.protocol, JsonProtocol)
        self._outgoing.append(record.decode() if is_text else record)

    def _refuse_handshake(self, reason: str) -> None:
        self._respond(HandshakeResponse(reason))
        self._stop(reason, allow_reconnect=False)


def _request(record: bytes) -> HandshakeRequest:
    try:
        return msgspec.json.decode(record, type=HandshakeRequest)
    except UNREADABLE as error:
        raise HubProtocolError(f"expected a handshake request: {error}") from None
