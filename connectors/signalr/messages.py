"""The nine messages of the hub protocol, and the two of its handshake, as values.

They know neither JSON nor MessagePack. Source: dotnet/aspnetcore `HubProtocol.md`.
"""

import msgspec
from msgspec import UNSET, Struct, UnsetType


class Invocation(Struct, frozen=True):
    """Call `target` on the other side; without an `invocation_id` no answer may be sent.

    Arguments that were received are `msgspec.Raw`, in the encoding of the hub's protocol. Each of
    `stream_ids` names a stream that the caller will upload in the place of an argument.
    """

    target: str
    arguments: tuple[object, ...] = ()
    invocation_id: str | None = None
    stream_ids: tuple[str, ...] = ()


class StreamItem(Struct, frozen=True):
    """Carry one item of a stream; a received item is `msgspec.Raw`."""

    invocation_id: str
    item: object


class Completion(Struct, frozen=True):
    """End an invocation or a stream: with a result, with none (UNSET), or with an error."""

    invocation_id: str
    result: object | UnsetType = UNSET
    error: str | None = None


class StreamInvocation(Struct, frozen=True):
    """Call `target` and ask for a stream of items, ended by one Completion."""

    target: str
    arguments: tuple[object, ...]
    invocation_id: str
    stream_ids: tuple[str, ...] = ()


class CancelInvocation(Struct, frozen=True):
    """Ask the callee to end a stream; it still has to complete it."""

    invocation_id: str


class Ping(Struct, frozen=True):
    """Show that the sender lives; it is never answered."""


class Close(Struct, frozen=True):
    """End the connection; a client may come back by itself only if `allow_reconnect`."""

    error: str | None = None
    allow_reconnect: bool = False


class Ack(Struct, frozen=True):
    """Say up to which of the peer's messages everything was processed."""

    sequence_id: int


class Sequence(Struct, frozen=True):
    """Say, after a stateful reconnect, which number the next message of the sender has."""

    sequence_id: int


HubMessage = (
    Invocation
    | StreamItem
    | Completion
    | StreamInvocation
    | CancelInvocation
    | Ping
    | Close
    | Ack
    | Sequence
)

COUNTED = (Invocation, StreamItem, Completion, StreamInvocation, CancelInvocation)
"""The messages that a stateful reconnect numbers and repeats."""


class HandshakeRequest(Struct, frozen=True):
    """Choose the protocol of a connection; always JSON, whatever follows."""

    protocol: str
    version: int


class HandshakeResponse(Struct, frozen=True, omit_defaults=True):
    """Accept (no `error`) or refuse a handshake; `type` is set when it is no response at all."""

    error: str | None = None
    type: int | None = None


Payload = msgspec.Raw
"""What arguments, items and results are before the application says which type it expects."""
