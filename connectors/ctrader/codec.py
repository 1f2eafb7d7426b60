"""Messages to envelopes and back, in both directions.

Knows nothing of what a message means; what cannot be read is named, never raised.
"""

from typing import NamedTuple

from google.protobuf.message import DecodeError, Message

from connectors.ctrader.messages import NUMBERS, PAYLOADS
from connectors.ctrader.schema.envelope_pb2 import ProtoMessage

HEARTBEAT = ProtoMessage(payloadType=51, payload=b"").SerializeToString()
"""The envelope of a heartbeat, with the empty payload that the vendor's clients send."""


class Envelope(NamedTuple):
    """Hold what one frame carried.

    `message` is None when the number is unknown or the payload cannot be read; `fault` then says
    why. `client_msg_id` is empty where there is none.
    """

    number: int
    client_msg_id: str
    message: Message | None
    fault: str = ""


def encode(message: Message, client_msg_id: str = "") -> bytes:
    """Return the envelope around a message; an id is put in only where there is one.

    Raises google.protobuf.message.EncodeError when a required field is missing: a fault of ours.
    """
    envelope = ProtoMessage(
        payloadType=NUMBERS[type(message)], payload=message.SerializeToString(deterministic=True)
    )
    if client_msg_id:
        envelope.clientMsgId = client_msg_id
    return envelope.SerializeToString(deterministic=True)


def decode(envelope: bytes) -> Envelope:
    """Return what an envelope holds; unknown fields and enumeration values are passed over."""
    outer = unwrap(envelope)
    return NO_ENVELOPE if outer is None else read(outer)


def unwrap(envelope: bytes) -> ProtoMessage | None:
    """Return an envelope with its payload still in bytes, None where there is none."""
    try:
        return ProtoMessage.FromString(envelope)
    except DecodeError:
        return None


def read(outer: ProtoMessage) -> Envelope:
    """Return the message inside an envelope."""
    number = outer.payloadType
    kind = PAYLOADS.get(number)
    if kind is None:
        return Envelope(number, outer.clientMsgId, None, f"payload type {number} is not known")
    try:
        message = kind.FromString(outer.payload)
    except DecodeError as error:
        fault = f"{kind.DESCRIPTOR.name} cannot be read: {error}"
        return Envelope(number, outer.clientMsgId, None, fault)
    if not message.IsInitialized():  # an unknown enumeration value reads as absent too
        absent = ", ".join(message.FindInitializationErrors())  # type: ignore[attr-defined] # no stub
        fault = f"{kind.DESCRIPTOR.name} lacks or does not name its {absent}"
        return Envelope(number, outer.clientMsgId, None, fault)
    return Envelope(number, outer.clientMsgId, message)


NO_ENVELOPE = Envelope(0, "", None, "no envelope of the Open API")
"""What bytes are read as that are nothing of the kind."""
