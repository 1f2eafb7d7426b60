"""What the official JavaScript client and its server said to each other is read and written alike.

The fixture holds the distinct frames of a recording, in both directions.
"""

import json
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.signalr.client import HubClient
from connectors.signalr.errors import HubProtocolError
from connectors.signalr.framing import LengthPrefixedBuffer, SeparatedBuffer, with_length
from connectors.signalr.json_protocol import JsonProtocol
from connectors.signalr.messagepack_protocol import MessagePackProtocol
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
from connectors.signalr.protocol import HubProtocol
from connectors.signalr.server import HubServer
from tests.wire.hub_recording import ROWS

JSON_RECORDS = [
    record
    for row in ROWS
    if "text" in row
    for record in row["text"].split("\x1e")[:-1]
    if "type" in json.loads(record)
]
BINARY_FRAMES = [bytes.fromhex(row["hex"]) for row in ROWS if "hex" in row][1:]
LIMIT = 1_000_000

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ids = st.text(min_size=1, max_size=5)
arguments = st.lists(values, max_size=3).map(tuple)
stream_ids = st.lists(ids, max_size=2).map(tuple)
messages = st.one_of(
    st.builds(Invocation, ids, arguments, st.none() | ids, stream_ids),
    st.builds(StreamItem, ids, values),
    st.builds(Completion, ids, values),
    st.builds(Completion, ids, st.just(msgspec.UNSET), st.none() | st.text()),
    st.builds(StreamInvocation, ids, arguments, ids, stream_ids),
    st.builds(CancelInvocation, ids),
    st.just(Ping()),
    st.builds(Close, st.none() | st.text(), st.booleans()),
    st.builds(Ack, st.integers(0, 2**40)),
    st.builds(Sequence, st.integers(0, 2**40)),
)
protocols = st.sampled_from([JsonProtocol(), MessagePackProtocol()])


def plain(protocol: HubProtocol, message: HubMessage | None) -> tuple[str, dict[str, Any]]:
    """Return a message as builtins, with its raw parts decoded."""
    assert message is not None
    fields: dict[str, Any] = {
        name: getattr(message, name)
        for name in message.__struct_fields__
        if getattr(message, name) is not msgspec.UNSET
    }
    return type(message).__name__, {k: opened(protocol, v) for k, v in fields.items()}


def opened(protocol: HubProtocol, value: object) -> object:
    if isinstance(value, msgspec.Raw):
        return protocol.payload(value, object)
    return [opened(protocol, each) for each in value] if isinstance(value, tuple) else value


def records_of(protocol: HubProtocol, frame: str | bytes) -> list[bytes]:
    data = frame.encode() if isinstance(frame, str) else frame
    return protocol.buffer(LIMIT).feed(data)


@pytest.mark.parametrize("record", JSON_RECORDS)
def test_recorded_message_is_written_as_it_was_read(record: str) -> None:
    protocol = JsonProtocol()
    message = protocol.decode(record.encode())
    expected = json.loads(record)
    expected.pop("headers", None)
    if expected["type"] == 99:
        assert message is None
        return
    assert message is not None
    written = protocol.encode(message)
    assert json.loads(written.rstrip("\x1e")) == {
        key: value for key, value in expected.items() if value != []
    } | ({"arguments": expected["arguments"]} if "arguments" in expected else {})


@pytest.mark.parametrize("frame", BINARY_FRAMES, ids=bytes.hex)
def test_recorded_binary_message_survives_writing_and_reading(frame: bytes) -> None:
    protocol = MessagePackProtocol()
    for record in protocol.buffer(LIMIT).feed(frame):
        message = protocol.decode(record)
        assert message is not None
        [again] = records_of(protocol, protocol.encode(message))
        assert plain(protocol, protocol.decode(again)) == plain(protocol, message)


def test_fixture_has_every_type_that_was_recorded() -> None:
    def types(direction: str) -> set[int]:
        texts = [row["text"] for row in ROWS if "text" in row and row["dir"] == direction]
        records = [json.loads(r) for text in texts for r in text.split("\x1e")[:-1]]
        return {record["type"] for record in records if "type" in record}

    assert types("c2s") >= {1, 4, 5, 6, 7, 8, 9}
    assert types("s2c") >= {1, 2, 3, 6, 7, 8, 9, 99}


@pytest.mark.parametrize(
    ("hex_bytes", "expected"),
    [
        ("0c950180a130a3416464922802", ("Invocation", {"target": "Add", "arguments": [40, 2]})),
        ("07950380a130032a", ("Completion", {"result": 42})),
        ("06940380a13202", ("Completion", {"invocation_id": "2", "error": None})),
        ("06940280a13400", ("StreamItem", {"invocation_id": "4", "item": 0})),
        ("05930580a135", ("CancelInvocation", {"invocation_id": "5"})),
        ("029106", ("Ping", {})),
        ("039207c0", ("Close", {"error": None, "allow_reconnect": False})),
        ("03920801", ("Ack", {"sequence_id": 1})),
    ],
)
def test_binary_vector_is_read(hex_bytes: str, expected: tuple[str, dict[str, object]]) -> None:
    protocol = MessagePackProtocol()
    [record] = protocol.buffer(LIMIT).feed(bytes.fromhex(hex_bytes))
    name, fields = plain(protocol, protocol.decode(record))
    assert name == expected[0]
    assert fields.items() >= expected[1].items()


@pytest.mark.parametrize(
    ("length", "prefix"), [(53, "35"), (5248, "8029"), (0, "00"), (128, "8001")]
)
def test_length_before_a_record(length: int, prefix: str) -> None:
    assert with_length(bytes(length)).hex().startswith(prefix)
    assert LengthPrefixedBuffer(LIMIT).feed(with_length(bytes(length))) == [bytes(length)]


@pytest.mark.parametrize("prefix", ["ffffffff0f", "ffffffff07", "8080808080"])
def test_length_beyond_the_limit_is_refused_before_its_bytes_come(prefix: str) -> None:
    with pytest.raises(HubProtocolError):
        LengthPrefixedBuffer(LIMIT).feed(bytes.fromhex(prefix))


def test_unfinished_record_beyond_the_limit_is_refused() -> None:
    buffer = SeparatedBuffer(10)
    buffer.feed(b"123456")
    with pytest.raises(HubProtocolError):
        buffer.feed(b"78901")


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"[]",
        b"{}",
        b'{"type":1}',
        b'{"type":1,"target":"","arguments":[]}',
        b'{"type":2,"invocationId":"1"}',
        b'{"type":2,"item":1}',
        b'{"type":3,"invocationId":"1","result":1,"error":"both"}',
        b'{"type":4,"target":"T","arguments":[]}',
        b'{"type":8}',
        b'{"type":"6"}',
        b'{"type":6}\xff',
    ],
)
def test_wrong_message_is_a_fault_of_the_peer(record: bytes) -> None:
    with pytest.raises(HubProtocolError):
        JsonProtocol().decode(record)


@pytest.mark.parametrize("record", [b'{"type":99}', b'{"type":10,"target":5,"arguments":{}}'])
def test_unknown_type_is_no_fault_whatever_its_properties(record: bytes) -> None:
    assert JsonProtocol().decode(record) is None


def test_binary_message_may_have_more_elements_than_known() -> None:
    record = msgspec.msgpack.encode([3, {}, "1", 3, 42, "new", {"later": 1}])
    assert MessagePackProtocol().decode(record) == Completion("1", msgspec.Raw(b"\x2a"))


@given(protocols, messages)
def test_message_survives_writing_and_reading(protocol: HubProtocol, message: HubMessage) -> None:
    [record] = records_of(protocol, protocol.encode(message))
    assert plain(protocol, protocol.decode(record)) == plain(protocol, message)


@given(protocols, st.lists(messages, max_size=4), st.lists(st.integers(0, 400), max_size=6))
def test_cuts_between_frames_do_not_matter(
    protocol: HubProtocol, sent: list[HubMessage], cuts: list[int]
) -> None:
    frames = [protocol.encode(message) for message in sent]
    data = b"".join(f.encode() if isinstance(f, str) else f for f in frames)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    buffer = protocol.buffer(LIMIT)
    records = [r for a, b in pairwise(edges) for r in buffer.feed(data[a:b])]
    assert [plain(protocol, protocol.decode(r)) for r in records] == [
        plain(protocol, message) for message in sent
    ]


@given(st.lists(st.binary(max_size=40) | st.text(max_size=40), max_size=5), protocols)
def test_nothing_that_arrives_raises(frames: list[str | bytes], protocol: HubProtocol) -> None:
    client, server = HubClient(protocol), HubServer()
    for peer in (client, server):
        peer.opened(0)
        for frame in frames:
            peer.receive(frame, 1)
    open_client = HubClient(protocol)
    open_client.opened(0)
    open_client.receive("{}\x1e", 0)
    for frame in frames:
        open_client.receive(frame, 1)


@given(messages, st.integers(0, 200), st.integers(0, 255), protocols)
def test_damaged_message_raises_nothing_but_the_peer_s_fault(
    message: HubMessage, position: int, byte: int, protocol: HubProtocol
) -> None:
    frame = protocol.encode(message)
    data = bytearray(frame.encode() if isinstance(frame, str) else frame)
    data[position % len(data)] = byte
    try:
        for record in protocol.buffer(LIMIT).feed(bytes(data)):
            protocol.decode(record)
    except HubProtocolError:
        pass


def test_deeply_nested_message_is_a_fault_of_the_peer() -> None:
    record = b'{"type":2,"invocationId":"1","item":' + b"[" * 200_000
    with pytest.raises(HubProtocolError):
        JsonProtocol().decode(record)
