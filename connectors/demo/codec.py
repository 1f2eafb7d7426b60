"""Messages of the demo venue to bytes and back, for client and simulator alike.

Knows the shape of messages, not their meaning.
"""

from typing import TypeVar

import msgspec

from connectors.demo.messages import ClientMessage, ServerMessage
from connectors.frame.session import Frame
from engine.errors import VenueError

T = TypeVar("T")

_encoder = msgspec.json.Encoder()
_from_client: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_from_server: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)


def encode(message: ClientMessage | ServerMessage) -> str:
    """Return a message as the text of a frame."""
    return _encoder.encode(message).decode()


def read_client(frame: Frame) -> ClientMessage:
    """Return what a client sent; raises VenueError for what is no message."""
    try:
        return _from_client.decode(frame)
    except msgspec.DecodeError as error:
        raise VenueError(f"DEMO: a client's frame cannot be read ({error})") from None


def read_server(frame: Frame) -> ServerMessage:
    """Return what the venue sent; raises VenueError for what is no message."""
    try:
        return _from_server.decode(frame)
    except msgspec.DecodeError as error:
        raise VenueError(f"DEMO: a frame cannot be read ({error}); the venue changed") from None


def write_body(content: object) -> bytes:
    """Return a value as the body of a request or response."""
    return _encoder.encode(content)


def read_body(body: bytes, kind: type[T]) -> T:
    """Return the value in a body; raises VenueError when it is none of that kind."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise VenueError(f"DEMO: a body cannot be read ({error}); the venue changed") from None
