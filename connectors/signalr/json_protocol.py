"""The hub protocol in JSON: one object for each message, ended by 0x1E, in text frames.

It keeps arguments, items and results raw, so that the application decodes each once, typed.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from connectors.signalr.errors import UNREADABLE, HubProtocolError
from connectors.signalr.framing import RECORD_SEPARATOR, SeparatedBuffer
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


class _Wire(Struct, rename="camel", omit_defaults=True):
    """Every property of every message; which are there depends on the type."""

    type: int
    target: str | None = None
    arguments: tuple[object, ...] | None = None
    invocation_id: str | None = None
    stream_ids: tuple[str, ...] | None = None
    item: object | UnsetType = UNSET
    result: object | UnsetType = UNSET
    error: str | None = None
    allow_reconnect: bool | None = None
    sequence_id: int | None = None


class _Inbound(_Wire, rename="camel"):
    arguments: tuple[Raw, ...] | None = None
    item: Raw | UnsetType = UNSET
    result: Raw | UnsetType = UNSET


class _TypeOnly(Struct):
    type: int


class JsonProtocol:
    """Write and read hub messages as JSON."""

    name = "json"

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(_Inbound)

    def buffer(self, limit: int) -> SeparatedBuffer:
        """Return a buffer that cuts at 0x1E."""
        return SeparatedBuffer(limit)

    def encode(self, message: HubMessage) -> str:
        """Return the text frame that holds this one message, with its separator."""
        record = self._encoder.encode(_TO_WIRE[type(message)](message))
        if RECORD_SEPARATOR in record:
            raise HubProtocolError("a message to be sent holds a bare 0x1E; escape it")
        return (record + RECORD_SEPARATOR).decode()

    def decode(self, record: bytes) -> HubMessage | None:
        """Return the message in a record; None for a type that this version does not know."""
        try:
            wire = self._decoder.decode(record)
        except UNREADABLE as error:
            if _has_unknown_type(record):
                return None
            raise HubProtocolError(f"not a hub message: {error}") from None
        read = _FROM_WIRE.get(wire.type)
        return read(wire) if read else None

    def payload(self, raw: object, type: type[T]) -> T:  # noqa: A002 - as in msgspec
        """Return a received argument, item or result as `type`."""
        assert isinstance(raw, Raw), "only what was received is raw"
        try:
            return msgspec.json.decode(raw, type=type)
        except UNREADABLE as error:
            raise HubProtocolError(f"an argument, item or result is wrong: {error}") from None


def _has_unknown_type(record: bytes) -> bool:
    try:
        return msgspec.json.decode(record, type=_TypeOnly).type not in _FROM_WIRE
    except UNREADABLE:
        return False


def _invocation(wire: _Wire) -> Invocation:
    target, arguments, _ = _call(wire)
    return Invocation(target, arguments, wire.invocation_id or None, wire.stream_ids or ())


def _stream_invocation(wire: _Wire) -> StreamInvocation:
    target, arguments, stream_ids = _call(wire)
    return StreamInvocation(target, arguments, _id(wire), stream_ids)


def _call(wire: _Wire) -> tuple[str, tuple[object, ...], tuple[str, ...]]:
    if not wire.target or wire.arguments is None:
        raise HubProtocolError("an invocation needs a target and arguments")
    return wire.target, wire.arguments, wire.stream_ids or ()


def _stream_item(wire: _Wire) -> StreamItem:
    if wire.item is UNSET:
        raise HubProtocolError("a stream item needs an item")
    return StreamItem(_id(wire), wire.item)


def _completion(wire: _Wire) -> Completion:
    if wire.error is not None and wire.result is not UNSET:
        raise HubProtocolError("a completion has a result or an error, never both")
    return Completion(_id(wire), wire.result, wire.error)


def _sequence_id(wire: _Wire) -> int:
    if wire.sequence_id is None:
        raise HubProtocolError("an ack or sequence message needs a sequenceId")
    return wire.sequence_id


def _id(wire: _Wire) -> str:
    if not wire.invocation_id:
        raise HubProtocolError(f"a message of type {wire.type} needs an invocationId")
    return wire.invocation_id


_FROM_WIRE: MappingProxyType[int, Callable[[_Wire], HubMessage]] = MappingProxyType(
    {
        1: _invocation,
        2: _stream_item,
        3: _completion,
        4: _stream_invocation,
        5: lambda wire: CancelInvocation(_id(wire)),
        6: lambda _: Ping(),
        7: lambda wire: Close(wire.error, bool(wire.allow_reconnect)),
        8: lambda wire: Ack(_sequence_id(wire)),
        9: lambda wire: Sequence(_sequence_id(wire)),
    }
)
_TO_WIRE: MappingProxyType[type, Callable[..., _Wire]] = MappingProxyType(
    {
        Invocation: lambda m: _Wire(
            1, m.target, m.arguments, m.invocation_id, m.stream_ids or None
        ),
        StreamItem: lambda m: _Wire(2, invocation_id=m.invocation_id, item=m.item),
        Completion: lambda m: _Wire(
            3, invocation_id=m.invocation_id, result=m.result, error=m.error
        ),
        StreamInvocation: lambda m: _Wire(
            4, m.target, m.arguments, m.invocation_id, m.stream_ids or None
        ),
        CancelInvocation: lambda m: _Wire(5, invocation_id=m.invocation_id),
        Ping: lambda _: _Wire(6),
        Close: lambda m: _Wire(7, error=m.error, allow_reconnect=m.allow_reconnect or None),
        Ack: lambda m: _Wire(8, sequence_id=m.sequence_id),
        Sequence: lambda m: _Wire(9, sequence_id=m.sequence_id),
    }
)
