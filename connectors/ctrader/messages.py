"""Which number on the envelope stands for which message.

Reads it out of the schemas; holds no list of its own.
"""

from types import MappingProxyType

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from connectors.ctrader.schema import (
    access_pb2,
    account_pb2,
    envelope_pb2,
    market_pb2,
    position_pb2,
    records_pb2,
    reference_pb2,
    trading_pb2,
)

SCHEMAS: tuple[FileDescriptor, ...] = (
    envelope_pb2.DESCRIPTOR,
    access_pb2.DESCRIPTOR,
    account_pb2.DESCRIPTOR,
    reference_pb2.DESCRIPTOR,
    market_pb2.DESCRIPTOR,
    position_pb2.DESCRIPTOR,
    trading_pb2.DESCRIPTOR,
    records_pb2.DESCRIPTOR,
)


def _payloads() -> dict[int, type[Message]]:
    """Return every message that can stand in an envelope: the default of its field 1 numbers it."""
    found = {}
    for schema in SCHEMAS:
        for message in schema.message_types_by_name.values():
            field = message.fields_by_name.get("payloadType")
            if field is not None and field.has_default_value:
                found[int(field.default_value)] = GetMessageClass(message)
    return found


PAYLOADS = MappingProxyType(_payloads())
"""The class of message by its number."""

NUMBERS = MappingProxyType({message: number for number, message in PAYLOADS.items()})
"""The number by class of message."""
