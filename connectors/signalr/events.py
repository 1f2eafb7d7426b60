"""What a hub connection tells its application besides the messages of types 1 to 5.

Holds values only.
"""

from msgspec import Struct

from connectors.signalr.messages import (
    CancelInvocation,
    Completion,
    Invocation,
    StreamInvocation,
    StreamItem,
)


class Started(Struct, frozen=True):
    """Say that the handshake is done and messages may flow."""


class Suspended(Struct, frozen=True):
    """Say that the socket was lost but the connection can be resumed over a new one."""

    reason: str


class Resumed(Struct, frozen=True):
    """Say that a suspended connection goes on; nothing was lost."""


class Stopped(Struct, frozen=True):
    """Say that the connection has ended; `unanswered` calls and streams will not be completed."""

    reason: str
    allow_reconnect: bool
    unanswered: tuple[str, ...]


HubEvent = (
    Started
    | Suspended
    | Resumed
    | Stopped
    | Invocation
    | StreamItem
    | Completion
    | StreamInvocation
    | CancelInvocation
)
