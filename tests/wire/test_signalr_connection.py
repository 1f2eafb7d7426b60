"""Client and server of the hub protocol understand each other, and neither waits for ever."""

from collections.abc import Callable
from typing import cast

import pytest

from connectors.signalr.client import HubClient
from connectors.signalr.errors import HubClosed
from connectors.signalr.events import Resumed, Started, Stopped, Suspended
from connectors.signalr.json_protocol import JsonProtocol
from connectors.signalr.messagepack_protocol import MessagePackProtocol
from connectors.signalr.messages import (
    CancelInvocation,
    Completion,
    Invocation,
    StreamInvocation,
    StreamItem,
)
from connectors.signalr.peer import HubPeer, State
from connectors.signalr.protocol import HubProtocol
from connectors.signalr.server import HubServer
from tests.wire.hub_pair import SECOND, Pair


@pytest.fixture(params=[JsonProtocol, MessagePackProtocol])
def pair(request: pytest.FixtureRequest) -> Pair:
    protocol = cast("Callable[[], HubProtocol]", request.param)()
    return Pair(protocol).connect()


def ended(peer_events: list[object]) -> Stopped:
    [stopped] = [event for event in peer_events if isinstance(event, Stopped)]
    return stopped


def results(pair: Pair) -> dict[str, object]:
    return {
        event.invocation_id: pair.client.protocol.payload(event.result, object)
        for event in pair.client_events
        if isinstance(event, Completion)
    }


def test_handshake_opens_both_ends(pair: Pair) -> None:
    assert pair.client_events == [Started()]
    assert pair.server_events == [Started()]
    assert pair.server.protocol.name == pair.client.protocol.name


def test_call_is_answered_under_its_id(pair: Pair) -> None:
    invocation_id = pair.client.invoke("Add", 40, 2)
    pair.settle()
    call = pair.server_events[-1]
    assert isinstance(call, Invocation)
    total = sum(pair.server.protocol.payload(each, int) for each in call.arguments)
    pair.server.complete(call.invocation_id or "", total)
    pair.settle()
    assert results(pair) == {invocation_id: 42}


def test_null_and_absent_results_differ(pair: Pair) -> None:
    first, second = pair.client.invoke("Null"), pair.client.invoke("Void")
    pair.settle()
    pair.server.complete(first, None)
    pair.server.complete(second)
    pair.settle()
    null, void = [e for e in pair.client_events if isinstance(e, Completion)]
    assert pair.client.protocol.payload(null.result, object) is None
    assert void == Completion(second)


def test_call_without_an_id_expects_no_answer(pair: Pair) -> None:
    pair.client.notify("Log", "text")
    pair.settle()
    call = pair.server_events[-1]
    assert isinstance(call, Invocation)
    assert call.invocation_id is None


def test_stream_brings_items_until_its_completion(pair: Pair) -> None:
    stream = pair.client.stream("Counter", 2)
    pair.settle()
    for value in (0, 1):
        pair.server.item(stream, value)
    pair.server.complete(stream)
    pair.server.item(stream, 2)
    pair.settle()
    items = [e.item for e in pair.client_events if isinstance(e, StreamItem)]
    assert [pair.client.protocol.payload(item, int) for item in items] == [0, 1]
    assert pair.client_events[-1] == Completion(stream)
    assert pair.server.ignored == 1


def test_cancelled_stream_is_still_completed(pair: Pair) -> None:
    stream = pair.client.stream("Endless")
    pair.settle()
    pair.client.cancel(stream)
    pair.settle()
    assert pair.server_events[-1] == CancelInvocation(stream)
    pair.server.complete(stream)
    pair.settle()
    assert pair.client_events[-1] == Completion(stream)


def test_upload_flows_beside_the_answer_to_its_call(pair: Pair) -> None:
    upload = pair.client.upload()
    call = pair.client.invoke("Sum", uploads=(upload,))
    for value in (1, 2):
        pair.client.item(upload, value)
    pair.client.complete(upload)
    pair.settle()
    received = pair.server_events[1:]
    assert [type(event) for event in received] == [Invocation, StreamItem, StreamItem, Completion]
    assert isinstance(received[0], Invocation)
    assert received[0].stream_ids == (upload,)
    pair.server.complete(call, 3)
    pair.settle()
    assert results(pair) == {call: 3}


def test_server_calls_the_client_and_gets_a_result(pair: Pair) -> None:
    call = pair.server.invoke("Confirm", "?")
    pair.settle()
    assert isinstance(pair.client_events[-1], Invocation)
    pair.client.complete(call, error="Client didn't provide a result.")
    pair.settle()
    assert pair.server_events[-1] == Completion(call, error="Client didn't provide a result.")


def test_answer_to_nothing_is_ignored_and_counted(pair: Pair) -> None:
    pair.client.receive(JsonProtocol().encode(Completion("9")), 0)
    if isinstance(pair.client.protocol, JsonProtocol):
        assert pair.client.ignored == 1
        assert pair.client_events == [Started()]


def test_id_in_use_is_refused_while_the_first_call_goes_on() -> None:
    server = Pair().connect().server
    call = JsonProtocol().encode(Invocation("Slow", (), "7"))
    server.receive(call + call, 0)
    assert len(server.events()) == 1
    assert server.frames_to_send() == [
        JsonProtocol().encode(Completion("7", error="Invocation ID '7' is already in use."))
    ]


def test_unknown_type_is_ignored_and_counted() -> None:
    pair = Pair().connect()
    pair.client.receive('{"type":99,"foo":"bar"}\x1e{"type":6}\x1e', 0)
    assert pair.client.ignored == 1
    assert pair.client.state is State.OPEN


def test_messages_behind_the_handshake_in_one_frame_are_read() -> None:
    client = HubClient()
    client.opened(0)
    client.receive('{}\x1e{"type":1,"target":"T","arguments":[]}\x1e', 0)
    assert client.events() == [Started(), Invocation("T")]


def test_handshake_in_pieces_and_in_binary_is_read() -> None:
    server = HubServer()
    server.opened(0)
    for byte in b'{"protocol":"messagepack","version":1}\x1e':
        server.receive(bytes([byte]), 0)
    assert server.events() == [Started()]
    assert server.frames_to_send() == [b"{}\x1e"]


def test_client_pings_once_right_after_the_handshake() -> None:
    client = HubClient()
    client.opened(0)
    client.receive("{}\x1e", 0)
    assert client.frames_to_send() == ['{"protocol":"json","version":1}\x1e', '{"type":6}\x1e']


@pytest.mark.parametrize(
    ("request_text", "error"),
    [
        ('{"protocol":"protobuf","version":1}', "The protocol 'protobuf' is not supported."),
        (
            '{"protocol":"json","version":3}',
            "The server does not support version 3 of the 'json' protocol.",
        ),
    ],
)
def test_server_refuses_what_it_does_not_speak(request_text: str, error: str) -> None:
    server = HubServer()
    server.opened(0)
    server.receive(request_text + "\x1e", 0)
    assert server.frames_to_send() == ['{"error":"' + error + '"}\x1e']
    assert server.state is State.CLOSED


def test_version_of_older_clients_is_accepted() -> None:
    server = HubServer()
    server.opened(0)
    server.receive('{"protocol":"json","version":0,"more":1}\x1e', 0)
    assert server.events() == [Started()]


@pytest.mark.parametrize("text", ['{"type":6}', "[]", "{", '{"error":"no"}'])
def test_client_refuses_what_is_no_acceptance(text: str) -> None:
    client = HubClient()
    client.opened(0)
    client.receive(text + "\x1e", 0)
    assert client.state is State.CLOSED


def test_older_server_with_a_minor_version_is_accepted() -> None:
    client = HubClient()
    client.opened(0)
    client.receive('{"minorVersion":0}\x1e', 0)
    assert client.events() == [Started()]


@pytest.mark.parametrize("peer", [HubClient(), HubServer()], ids=["client", "server"])
def test_handshake_does_not_wait_for_ever(peer: HubClient | HubServer) -> None:
    peer.opened(0)
    assert peer.deadline() == 15 * SECOND
    peer.timeout(15 * SECOND)
    assert peer.state is State.CLOSED


def test_idle_connection_stays_alive_by_pings(pair: Pair) -> None:
    pair.wait(300)
    assert pair.client.state is pair.server.state is State.OPEN


def test_silent_server_is_given_up_after_half_a_minute() -> None:
    pair = Pair().connect()
    stream = pair.client.stream("Book")
    pair.client.frames_to_send()
    pair.client.timeout(30 * SECOND)
    stopped = ended(list(pair.client.events()))
    assert stopped.unanswered == (stream,)
    assert stopped.allow_reconnect


def test_server_gives_up_a_silent_client_only_after_its_first_ping() -> None:
    quiet = HubServer()
    quiet.opened(0)
    quiet.receive('{"protocol":"json","version":1}\x1e', 0)
    quiet.timeout(31 * SECOND)
    quiet.receive('{"type":6}\x1e', 31 * SECOND)
    assert quiet.events() == [Started()]
    quiet.timeout(61 * SECOND)
    assert ended(list(quiet.events())).allow_reconnect


@pytest.mark.parametrize("allowed", [True, False])
def test_close_says_whether_to_come_back(pair: Pair, allowed: bool) -> None:
    call = pair.client.invoke("Slow")
    pair.settle()
    pair.server.close("maintenance", allow_reconnect=allowed)
    pair.settle()
    assert pair.client_events[-1] == Stopped("maintenance", allowed, (call,))


def test_nothing_is_sent_over_an_ended_connection(pair: Pair) -> None:
    pair.client.close()
    with pytest.raises(HubClosed):
        pair.client.invoke("Add", 1, 2)


def test_message_beyond_the_server_s_limit_ends_the_connection() -> None:
    pair = Pair().connect()
    pair.client.invoke("Echo", "x" * 40_000)
    pair.settle()
    assert "32768 bytes was exceeded" in ended(list(pair.server_events)).reason
    assert isinstance(pair.client_events[-1], Stopped)


def test_frame_never_holds_a_part_of_a_message(pair: Pair) -> None:
    for size in (1, 10_000):
        pair.client.notify("Echo", "x" * size)
    for frame in pair.client.frames_to_send():
        data = frame.encode() if isinstance(frame, str) else frame
        buffer = pair.client.protocol.buffer(100_000)
        assert len(buffer.feed(data)) == 1
        assert buffer.rest() == b""


def resume(pair: Pair) -> None:
    for peer in (pair.server, pair.client):
        peer.opened(pair.now)
    pair.settle()


def test_stateful_connection_survives_a_cut_without_loss_or_repetition() -> None:
    pair = Pair(stateful=True).connect()
    pair.client.notify("First")
    pair.settle()
    pair.client.notify("Second")
    for frame in pair.client.frames_to_send():
        pair.server.receive(frame, pair.now)
    pair.client.notify("Third")
    pair.cut()
    pair.client.notify("Fourth")
    assert any(isinstance(event, Suspended) for event in pair.client_events)
    resume(pair)
    targets = [event.target for event in pair.server_events if isinstance(event, Invocation)]
    assert targets == ["First", "Second", "Third", "Fourth"]
    assert any(isinstance(event, Resumed) for event in pair.client_events)


def test_answer_made_while_suspended_arrives_after_the_cut() -> None:
    pair = Pair(stateful=True).connect()
    call = pair.client.invoke("Slow")
    pair.settle()
    pair.cut()
    pair.server.complete(call, "done")
    resume(pair)
    assert results(pair) == {call: "done"}


def test_acknowledged_messages_are_not_repeated() -> None:
    pair = Pair(stateful=True).connect()
    pair.client.notify("First")
    pair.settle()
    pair.wait(2)
    pair.cut()
    pair.client.opened(pair.now)
    assert pair.client.frames_to_send() == ['{"type":9,"sequenceId":2}\x1e']


def test_connection_that_nobody_resumes_ends() -> None:
    pair = Pair(stateful=True).connect()
    pair.cut()
    pair.wait(31)
    assert pair.client.state is pair.server.state is State.CLOSED


@pytest.mark.parametrize("record", ['{"type":9,"sequenceId":7}', '{"type":8,"sequenceId":7}'])
def test_number_that_cannot_be_ends_the_connection(record: str) -> None:
    pair = Pair(stateful=True).connect()
    pair.server.receive(record + "\x1e", 0)
    assert pair.server.state is State.CLOSED


def test_peer_that_acknowledges_nothing_is_given_up() -> None:
    pair = Pair(stateful=True).connect()
    for _ in range(11):
        if pair.client.state is State.OPEN:
            pair.client.notify("Echo", "x" * 10_000)
    assert "unacknowledged" in ended(list(pair.client.events())).reason


def test_numbers_mean_nothing_where_they_were_not_agreed() -> None:
    peer: HubPeer = Pair().connect().client
    peer.receive('{"type":8,"sequenceId":7}\x1e', 0)
    assert peer.ignored == 1


def test_stream_of_the_peer_is_known_by_its_type() -> None:
    pair = Pair().connect()
    pair.client.stream("Book", "account", "cfd.eur_chf")
    pair.settle()
    assert isinstance(pair.server_events[-1], StreamInvocation)
