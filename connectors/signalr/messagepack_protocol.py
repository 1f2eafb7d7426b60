"""The hub protocol in MessagePack: one array for each message after its length, in binary frames.

It keeps arguments, items and results raw. Elements beyond those it knows are skipped.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import TypeVar

import msgspec
from msgspec import UNSET, Raw

from connectors.signalr.errors import UNREADABLE, HubProtocolError
from connectors.signalr.framing import LengthPrefixedBuffer, with_length
from connectors.signalr.messages import (
    Ack,
    CancelInvocation,
    Close,
    Completion,
    HubMessage,
    Invocation,
    Ping,
    Sequence,
    StreamInvocation,
    StreamItem,
)

T = TypeVar("T")

_ERROR, _VOID, _VALUE = 1, 2, 3
"""Kinds of a completion's result."""


class MessagePackProtocol:
    """Write and read hub messages as MessagePack."""

    name = "messagepack"

    def __init__(self) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(tuple[Raw, ...])

    def buffer(self, limit: int) -> LengthPrefixedBuffer:
        """Return a buffer that cuts by the length before each message."""
        return LengthPrefixedBuffer(limit)

    def encode(self, message: HubMessage) -> bytes:
        """Return the binary frame that holds this one message, with its length."""
        return with_length(self._encoder.encode(_TO_WIRE[type(message)](message)))

    def decode(self, record: bytes) -> HubMessage | None:
        """Return the message in a record; None for a type that this version does not know."""
        try:
            parts = self._decoder.decode(record)
            read = _FROM_WIRE.get(_part(parts, 0, int))
            return read(parts) if read else None
        except UNREADABLE as error:
            raise HubProtocolError(f"not a hub message: {error}") from None

    def payload(self, raw: object, type: type[T]) -> T:  # noqa: A002 - as in msgspec
        """Return a received argument, item or result as `type`."""
        assert isinstance(raw, Raw), "only what was received is raw"
        try:
            return msgspec.msgpack.decode(raw, type=type)
        except UNREADABLE as error:
            raise HubProtocolError(f"an argument, item or result is wrong: {error}") from None


def _part(parts: tuple[Raw, ...], index: int, type: type[T]) -> T:  # noqa: A002 - as in msgspec
    return msgspec.msgpack.decode(_raw(parts, index), type=type)


def _raw(parts: tuple[Raw, ...], index: int) -> Raw:
    if index >= len(parts):
        raise HubProtocolError(f"a hub message has {len(parts)} elements, too few for its type")
    return parts[index]


def _id(parts: tuple[Raw, ...]) -> str:
    found = _part(parts, 2, str)
    if not found:
        raise HubProtocolError("a hub message needs an invocation id")
    return found


def _call(parts: tuple[Raw, ...]) -> tuple[str, tuple[object, ...], tuple[str, ...]]:
    target = _part(parts, 3, str)
    if not target:
        raise HubProtocolError("an invocation needs a target and arguments")
    stream_ids = _part(parts, 5, tuple[str, ...]) if len(parts) > 5 else ()
    return target, msgspec.msgpack.decode(_raw(parts, 4), type=tuple[Raw, ...]), stream_ids


def _invocation(parts: tuple[Raw, ...]) -> Invocation:
    target, arguments, stream_ids = _call(parts)
    invocation_id = msgspec.msgpack.decode(_raw(parts, 2), type=str | None)
    return Invocation(target, arguments, invocation_id or None, stream_ids)


def _stream_invocation(parts: tuple[Raw, ...]) -> StreamInvocation:
    target, arguments, stream_ids = _call(parts)
    return StreamInvocation(target, arguments, _id(parts), stream_ids)


def _completion(parts: tuple[Raw, ...]) -> Completion:
    kind = _part(parts, 3, int)
    if kind == _VOID:
        return Completion(_id(parts))
    if kind == _VALUE:
        return Completion(_id(parts), result=_raw(parts, 4))
    if kind == _ERROR:
        return Completion(_id(parts), error=_part(parts, 4, str))
    raise HubProtocolError(f"a completion has no result of kind {kind}")


def _close(parts: tuple[Raw, ...]) -> Close:
    error = msgspec.msgpack.decode(_raw(parts, 1), type=str | None)
    return Close(error, _part(parts, 2, bool) if len(parts) > 2 else False)


_FROM_WIRE: MappingProxyType[int, Callable[[tuple[Raw, ...]], HubMessage]] = MappingProxyType(
    {
        1: _invocation,
        2: lambda parts: StreamItem(_id(parts), _raw(parts, 3)),
        3: _completion,
        4: _stream_invocation,
        5: lambda parts: CancelInvocation(_id(parts)),
        6: lambda _: Ping(),
        7: _close,
        8: lambda parts: Ack(_part(parts, 1, int)),
        9: lambda parts: Sequence(_part(parts, 1, int)),
    }
)


def _completion_parts(message: Completion) -> list[object]:
    start: list[object] = [3, {}, message.invocation_id]
    if message.error is not None:
        return [*start, _ERROR, message.error]
    return [*start, _VOID] if message.result is UNSET else [*start, _VALUE, message.result]


_TO_WIRE: MappingProxyType[type, Callable[..., list[object]]] = MappingProxyType(
    {
        Invocation: lambda m: [1, {}, m.invocation_id, m.target, m.arguments, m.stream_ids],
        StreamItem: lambda m: [2, {}, m.invocation_id, m.item],
        Completion: _completion_parts,
        StreamInvocation: lambda m: [4, {}, m.invocation_id, m.target, m.arguments, m.stream_ids],
        CancelInvocation: lambda m: [5, {}, m.invocation_id],
        Ping: lambda _: [6],
        Close: lambda m: [7, m.error, m.allow_reconnect],
        Ack: lambda m: [8, m.sequence_id],
        Sequence: lambda m: [9, m.sequence_id],
    }
)
