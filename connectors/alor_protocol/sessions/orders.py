"""The order socket: authorize, then commands, each answered by its guid.

What becomes of orders is told by the portfolio streams, never here.
"""

import msgspec

from connectors.alor_protocol.messages.requests import OrderRequest
from connectors.alor_protocol.sessions.socket import SocketSession
from engine.errors import InvariantError


class OrderSession(SocketSession):
    """Follow the order socket. A new token is told by a new authorize on the same connection."""

    _authorizations = 0

    def call(self, message: object, now: int) -> int:
        """Send a command, whose guid its sender chose and never uses again."""
        if not isinstance(message, OrderRequest) or message.guid is None:
            raise InvariantError(f"{type(message).__name__} is no command of the order socket")
        self._send(message)
        self._last_ticket += 1
        self._tickets[message.guid] = self._last_ticket
        return self._last_ticket

    def renewed(self, now: int) -> None:
        """Authorize again, before the old token ends; commands go on meanwhile."""
        if self._next_ping is not None:
            self._authorize()

    def _open(self, now: int) -> None:
        self._require(self._authorize(), "the login of the order socket")

    def _authorize(self) -> str:
        self._authorizations += 1
        guid = f"authorize-{self._authorizations}"
        self._send(OrderRequest(opcode="authorize", guid=guid, token=self._token()))
        return guid

    def _ping(self, guid: str) -> msgspec.Struct:
        return OrderRequest(opcode="ping", guid=guid, confirm=True)

    def _receive_data(self, text: str, now: int) -> bool:
        return False
