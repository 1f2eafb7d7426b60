"""What a hub protocol is: a way to write hub messages as frames and to read them back.

Holds no implementation but what both share.
"""

from typing import Protocol, TypeVar

from connectors.frame.session import Frame
from connectors.signalr.framing import RecordBuffer
from connectors.signalr.messages import HubMessage

T = TypeVar("T")


class HubProtocol(Protocol):
    """Write and read hub messages in one encoding."""

    name: str

    def buffer(self, limit: int) -> RecordBuffer:
        """Return a buffer that cuts what arrives into records of at most `limit` bytes."""

    def encode(self, message: HubMessage) -> Frame:
        """Return the frame that holds this one message, whole."""

    def decode(self, record: bytes) -> HubMessage | None:
        """Return the message in a record; None for a type that this version does not know.

        Raises HubProtocolError for what is not a message. Unknown properties are skipped.
        """

    def payload(self, raw: object, type: type[T]) -> T:  # noqa: A002 - as in msgspec
        """Return a received argument, item or result as `type`.

        Raises HubProtocolError when it is something else.
        """
