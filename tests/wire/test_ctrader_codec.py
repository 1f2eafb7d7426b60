"""Envelopes are the venue's, byte for byte, and nothing that arrives can break the reader.

The vectors were made with the official library from the official schema.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from connectors.ctrader.codec import HEARTBEAT, decode, encode
from connectors.ctrader.errors import FrameTooLong
from connectors.ctrader.framing import LARGEST_FRAME, FrameReader, framed
from connectors.ctrader.messages import PAYLOADS
from connectors.ctrader.schema.envelope_pb2 import ProtoMessage
from connectors.ctrader.schema.trading_pb2 import ProtoOAExecutionEvent

GOLDEN = Path(__file__).parent / "ctrader" / "golden.jsonl"
VECTORS = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
ENVELOPES = [bytes.fromhex(vector["envelope"]) for vector in VECTORS]
BY_NAME = {kind.DESCRIPTOR.name: kind for kind in PAYLOADS.values()}


def message_of(vector: dict[str, Any]) -> Message:
    return ParseDict(vector["fields"], BY_NAME[vector["message"]]())


def name_of(vector: dict[str, Any]) -> str:
    return str(vector["name"])


def test_fifty_three_vectors_are_here() -> None:
    assert len(VECTORS) == 53


@pytest.mark.parametrize("vector", VECTORS, ids=name_of)
def test_vector_is_read(vector: dict[str, Any]) -> None:
    envelope = decode(bytes.fromhex(vector["envelope"]))
    assert envelope.fault == ""
    assert envelope.client_msg_id == vector["id"]
    assert envelope.message is not None
    envelope.message.DiscardUnknownFields()
    assert envelope.message == message_of(vector)


@pytest.mark.parametrize("vector", [v for v in VECTORS if "decode_only" not in v], ids=name_of)
def test_vector_is_written_byte_for_byte(vector: dict[str, Any]) -> None:
    assert encode(message_of(vector), vector["id"]).hex() == vector["envelope"]


def test_heartbeat_is_that_of_the_vendors_clients() -> None:
    assert framed(HEARTBEAT).hex() == "0000000408331200"


def test_number_that_nobody_knows_is_named_and_not_raised() -> None:
    envelope = decode(ProtoMessage(payloadType=9_999, clientMsgId="7").SerializeToString())
    assert (envelope.number, envelope.client_msg_id, envelope.message) == (9_999, "7", None)
    assert envelope.fault == "payload type 9999 is not known"


def test_enumeration_value_that_nobody_knows_is_not_read_as_the_first_one() -> None:
    known = ProtoOAExecutionEvent(ctidTraderAccountId=1, executionType="ORDER_FILLED")
    payload = known.SerializeToString().replace(b"\x18\x03", b"\x18\x63")
    envelope = decode(ProtoMessage(payloadType=2126, payload=payload).SerializeToString())
    assert envelope.message is None
    assert envelope.fault == "ProtoOAExecutionEvent lacks or does not name its executionType"


@pytest.mark.parametrize("vector", VECTORS, ids=name_of)
def test_envelope_cut_anywhere_is_never_raised(vector: dict[str, Any]) -> None:
    whole = bytes.fromhex(vector["envelope"])
    for end in range(len(whole)):
        envelope = decode(whole[:end])
        assert (envelope.message is None) == bool(envelope.fault)


@pytest.mark.parametrize("vector", VECTORS, ids=name_of)
def test_envelope_damaged_at_any_byte_is_never_raised(vector: dict[str, Any]) -> None:
    whole = bytearray.fromhex(vector["envelope"])
    for at in range(len(whole)):
        for flip in (0x01, 0x08, 0x80, 0xFF):
            damaged = whole.copy()
            damaged[at] ^= flip
            envelope = decode(bytes(damaged))
            assert (envelope.message is None) == bool(envelope.fault)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_named(data: bytes) -> None:
    envelope = decode(data)
    assert (envelope.message is None) == bool(envelope.fault)


def test_stream_cut_at_every_byte_gives_the_same_frames() -> None:
    stream = b"".join(map(framed, ENVELOPES))
    for cut in range(len(stream) + 1):
        reader = FrameReader()
        assert reader.take(stream[:cut]) + reader.take(stream[cut:]) == ENVELOPES


def test_stream_of_single_bytes_gives_the_same_frames() -> None:
    reader = FrameReader()
    stream = b"".join(map(framed, ENVELOPES))
    assert [f for at in range(len(stream)) for f in reader.take(stream[at : at + 1])] == ENVELOPES


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=20), st.data())
def test_stream_cut_anywhere_gives_the_same_frames(
    frames: list[bytes], data: st.DataObject
) -> None:
    stream, reader, found = b"".join(map(framed, frames)), FrameReader(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += reader.take(stream[:size])
        stream = stream[size:]
    assert found == frames


def test_frame_of_no_bytes_is_passed_over() -> None:
    assert FrameReader().take(framed(b"") + framed(HEARTBEAT)) == [HEARTBEAT]


def test_frame_above_the_limit_is_refused_before_its_bytes_are_kept() -> None:
    with pytest.raises(FrameTooLong, match="15000001 bytes"):
        FrameReader().take((LARGEST_FRAME + 1).to_bytes(4, "big"))


def test_frame_at_the_limit_is_read() -> None:
    assert FrameReader().take(framed(bytes(LARGEST_FRAME))) == [bytes(LARGEST_FRAME)]
