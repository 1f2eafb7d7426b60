"""The faults of a hub connection, split into the peer's and our own.

    VenueError
    ├── HubProtocolError   the peer sent what the protocol does not allow
    ├── NegotiateError     the server refused to open a connection
    └── HubClosed          something was to be sent over a connection that has ended

It handles none of them.
"""

import msgspec

from engine.errors import VenueError

UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What decoding raises for bytes that are not what they should be."""


class HubProtocolError(VenueError):
    """Say that the peer sent bytes or a message that the hub protocol does not allow."""


class NegotiateError(VenueError):
    """Say that a server refused to open a connection, or answered negotiate wrongly."""


class HubClosed(VenueError):
    """Say that a connection has ended, so that nothing can be sent over it."""
