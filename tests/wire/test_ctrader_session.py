"""A connection of cTrader from its opening to its end, against the simulator and word by word."""

from urllib.parse import parse_qs

import pytest
from google.protobuf.message import Message

from connectors.ctrader.codec import HEARTBEAT, decode, encode
from connectors.ctrader.framing import FrameReader, framed
from connectors.ctrader.login import REFRESH_TOKEN
from connectors.ctrader.schema.access_pb2 import (
    ProtoOAAccountAuthReq,
    ProtoOAAccountDisconnectEvent,
    ProtoOAAccountsTokenInvalidatedEvent,
    ProtoOAApplicationAuthReq,
    ProtoOAApplicationAuthRes,
    ProtoOAClientDisconnectEvent,
)
from connectors.ctrader.schema.envelope_pb2 import ProtoMessage, ProtoOAErrorRes
from connectors.ctrader.schema.market_pb2 import ProtoOASubscribeSpotsReq
from connectors.ctrader.schema.reference_pb2 import ProtoOASymbolChangedEvent
from connectors.ctrader.simulator.listing import account_number
from connectors.frame.flow import Keep, drive
from connectors.frame.http import Request, Response
from connectors.frame.session import Ended, Refused, Remedy, Session
from connectors.simulation.faults import Chance, Fault
from engine.errors import LoginRefused, OutcomeUnknown, UsageError
from engine.model.subscription import DataKind, Subscription
from tests.wire.ctrader_rig import EURUSD, MONDAY, SECOND, Rig

HEDGED = account_number("hedged")


def sent(session: Session) -> list[Message]:
    reader = FrameReader()
    frames = b"".join(frame for frame in session.frames_to_send() if isinstance(frame, bytes))
    found = [decode(envelope).message for envelope in reader.take(frames)]
    return [message for message in found if message is not None]


def tell(session: Session, message: Message, client_msg_id: str = "", now: int = MONDAY) -> None:
    session.receive(framed(encode(message, client_msg_id)), now)


def ended(rig: Rig) -> list[Ended]:
    return [event for event in rig.take() if isinstance(event, Ended)]


@pytest.fixture
def rig() -> Rig:
    made = Rig()
    made.start()
    return made


def test_application_comes_first_and_accounts_after_it() -> None:
    session = Rig().venue.links[0].session
    session.opened(MONDAY)
    assert [type(message) for message in sent(session)] == [ProtoOAApplicationAuthReq]
    tell(session, ProtoOAApplicationAuthRes(), "1")
    assert [type(message) for message in sent(session)] == [ProtoOAAccountAuthReq] * 2
    assert not session.is_ready


def test_connection_is_ready_once_every_account_is_authorised(rig: Rig) -> None:
    assert rig.venue.links[0].session.is_ready


def test_accounts_of_both_environments_have_a_connection_each() -> None:
    rig = Rig(quirks={"elsewhere": "netting"}, live=("netting",))
    assert [link.name for link in rig.venue.links] == ["live", "demo"]


def test_account_of_the_other_environment_is_not_routed() -> None:
    rig = Rig(quirks={"elsewhere": "netting"})
    rig.drive(rig.venue.login(rig.now))
    rig.wires["demo"].connect()
    assert "account netting: CANT_ROUTE_REQUEST" in ended(rig)[0].reason


def test_wrong_environment_is_told_before_anything_trades() -> None:
    rig = Rig(accounts=("hedged",), live=("hedged",))
    with pytest.raises(UsageError, match="belongs to demo"):
        rig.start()


def test_wrong_credentials_are_not_tried_again() -> None:
    session = Rig().venue.links[0].session
    session.opened(MONDAY)
    tell(session, ProtoOAErrorRes(errorCode="CH_CLIENT_AUTH_FAILURE"), "1")
    assert Ended("CH_CLIENT_AUTH_FAILURE", Remedy.STOP) in session.events()


def test_token_that_is_not_taken_asks_for_a_login_first() -> None:
    rig = Rig()
    rig.drive(rig.venue.login(rig.now))
    rig.faults.set(Fault.EXPIRE_TOKEN, Chance(times=1))
    rig.wires["demo"].connect()
    assert [end.remedy for end in ended(rig)] == [Remedy.LOGIN]


def test_login_that_takes_too_long_is_given_up() -> None:
    session = Rig().venue.links[0].session
    session.opened(MONDAY)
    session.timeout(MONDAY + 15 * SECOND)
    assert Ended("not authorised within 15 s") in session.events()


def test_maintenance_says_how_long_to_stay_away() -> None:
    session = Rig().venue.links[0].session
    session.opened(MONDAY)
    until = MONDAY // SECOND + 600
    closed = ProtoOAErrorRes(errorCode="SERVER_IS_UNDER_MAINTENANCE", maintenanceEndTimestamp=until)
    tell(session, closed, "1")
    ends = [event for event in session.events() if isinstance(event, Ended)]
    assert [(end.remedy, end.wait_ns) for end in ends] == [(Remedy.RECONNECT, 600 * SECOND)]


@pytest.mark.parametrize(
    "message",
    [
        ProtoOAAccountDisconnectEvent(ctidTraderAccountId=HEDGED),
        ProtoOAAccountsTokenInvalidatedEvent(ctidTraderAccountIds=[1, HEDGED]),
        ProtoOAClientDisconnectEvent(reason="over"),
    ],
    ids=lambda message: message.DESCRIPTOR.name,
)
def test_session_that_the_venue_ends_is_begun_anew_without_a_refresh(
    rig: Rig, message: Message
) -> None:
    wires = rig.wires["demo"]
    tell(wires.session, message)
    rig.carry()
    assert [end.remedy for end in ended(rig)] == [Remedy.RECONNECT]


def test_end_of_a_strangers_account_is_none_of_ours(rig: Rig) -> None:
    tell(rig.wires["demo"].session, ProtoOAAccountDisconnectEvent(ctidTraderAccountId=5))
    assert ended(rig) == []


def test_refresh_ends_the_old_connection_and_the_next_one_has_the_new_token(rig: Rig) -> None:
    rig.drive(rig.venue.login(rig.now))
    assert [end.remedy for end in ended(rig)] == [Remedy.RECONNECT]
    rig.wires["demo"].connect()
    assert rig.wires["demo"].session.is_ready


def test_heartbeat_is_sent_after_ten_seconds_of_silence(rig: Rig) -> None:
    session = rig.wires["demo"].session
    due = session.deadline()
    assert due is not None
    session.timeout(due - 1)
    assert session.frames_to_send() == []
    session.timeout(due)
    assert session.frames_to_send() == [framed(HEARTBEAT)]
    assert session.deadline() == due + 10 * SECOND


def test_hours_of_silence_lose_no_connection(rig: Rig) -> None:
    rig.advance(3_600 * SECOND)
    assert rig.wires["demo"].session.is_ready
    assert ended(rig) == []


def test_message_that_nobody_can_read_is_counted(rig: Rig) -> None:
    session = rig.wires["demo"].session
    session.receive(framed(ProtoMessage(payloadType=2126, payload=b"\xff").SerializeToString()), 0)
    session.receive(framed(ProtoMessage(payloadType=9_999).SerializeToString()), rig.now)
    session.receive("text", rig.now)
    assert session.is_ready
    assert rig.venue.links[0].session.counts["unreadable"] == 2  # type: ignore[attr-defined]


def test_answer_to_another_session_is_no_answer_of_ours(rig: Rig) -> None:
    tell(rig.wires["demo"].session, ProtoOAErrorRes(errorCode="NO_QUOTES"), "stranger")
    assert rig.take() == []


def test_message_for_which_the_engine_has_no_word_is_counted_by_name(rig: Rig) -> None:
    changed = ProtoOASymbolChangedEvent(ctidTraderAccountId=HEDGED, symbolId=[1])
    tell(rig.wires["demo"].session, changed)
    assert rig.take() == []
    counts = rig.venue.links[0].session.counts  # type: ignore[attr-defined]
    assert counts == {"ProtoOASymbolChangedEvent": 1}


def test_endless_frame_ends_the_connection(rig: Rig) -> None:
    rig.wires["demo"].session.receive(b"\xff\xff\xff\xff", rig.now)
    rig.carry()
    assert "above the" in ended(rig)[0].reason


def test_symbols_wanted_together_are_asked_for_together(rig: Rig) -> None:
    session = rig.wires["demo"].session
    for name in (EURUSD, "XAUUSD.CTRADER"):
        session.subscribe(Subscription(name, DataKind.QUOTES), rig.now)
    asked = sent(session)
    assert [type(message) for message in asked] == [ProtoOASubscribeSpotsReq]
    assert len(asked[0].symbolId) == 2  # type: ignore[attr-defined]


def test_unlisted_instrument_is_refused_without_asking(rig: Rig) -> None:
    session = rig.wires["demo"].session
    wanted = Subscription("NONE.CTRADER", DataKind.QUOTES)
    session.subscribe(wanted, rig.now)
    assert [e.subscription for e in session.events() if isinstance(e, Refused)] == [wanted]
    assert session.frames_to_send() == []


def test_own_requests_keep_to_ten_in_a_second(rig: Rig) -> None:
    session = rig.wires["demo"].session
    rig.advance(5 * SECOND)
    session.subscribe(Subscription(EURUSD, DataKind.QUOTES), rig.now)
    rig.carry()
    for spec in ("1m", "2m", "3m", "4m", "5m", "10m", "15m", "30m", "1h", "4h", "12h"):
        session.subscribe(Subscription(EURUSD, DataKind.BARS, spec=f"{spec}@bid"), rig.now)
    assert len(sent(session)) == 9
    due = session.deadline()
    assert due == rig.now + 1_100_000_000
    session.timeout(due)
    assert len(sent(session)) == 2


def test_new_refresh_token_is_kept_before_the_access_token_is_used() -> None:
    rig = Rig()
    seen: list[str] = []

    def answer(step: object) -> Response | None:
        if isinstance(step, Keep):
            assert step.name == REFRESH_TOKEN
            seen.append(step.secret)
            assert rig.venue.renew_at() is None  # nothing is in force yet
            return None
        assert isinstance(step, Request)
        seen.append(parse_qs(step.query)["refresh_token"][0])
        body = b'{"accessToken":"a","refreshToken":"r2","expiresIn":2628000,"errorCode":null}'
        return Response(status=200, body=body)

    drive(rig.venue.login(MONDAY), answer)
    assert seen == ["simulated", "r2"]
    assert rig.venue.renew_at() == MONDAY + (2_628_000 - 86_400) * SECOND


def test_refresh_token_is_used_once_each() -> None:
    rig = Rig()
    rig.drive(rig.venue.login(MONDAY))
    rig.drive(rig.venue.login(MONDAY))
    assert [keep.secret for keep in rig.kept] == ["refresh-1", "refresh-2"]
    rig.refresh_token = "refresh-1"
    with pytest.raises(LoginRefused, match="Access denied"):
        rig.drive(rig.venue.login(MONDAY))


@pytest.mark.parametrize("response", [Response(status=502), Response(status=200, body=b"<html>")])
def test_answer_that_tells_nothing_leaves_the_tokens_in_doubt(response: Response) -> None:
    with pytest.raises(OutcomeUnknown):
        drive(Rig().venue.login(MONDAY), lambda _: response)
