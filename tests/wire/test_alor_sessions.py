"""ALOR's sockets: guids, acknowledgements, mute connections, tokens, data before its ack."""

import json

import pytest

from connectors.alor_protocol.messages.requests import OrderRequest
from connectors.alor_protocol.placements import Placements
from connectors.alor_protocol.sessions.account import AccountSession
from connectors.alor_protocol.sessions.market import MarketSession
from connectors.alor_protocol.sessions.orders import OrderSession
from connectors.frame.session import Answered, Ended, Refused, Remedy, Session, converse
from engine.model.market import (
    Bar,
    BookSnapshot,
    InstrumentStatus,
    QuoteTick,
    TradeTick,
    TradingState,
)
from engine.model.reports import OrderAccepted, OrderFilled
from engine.model.subscription import DataKind, Subscription
from engine.model.truth import PositionRecord
from tests.wire.alor_login import SETTINGS, cache

S = 1_000_000_000
T0 = 1_700_000_000 * S
QUOTES = Subscription("GAZP.ALOR", DataKind.QUOTES)


def market_session() -> MarketSession:
    session = MarketSession(SETTINGS, lambda: "jwt", cache()[0])
    session.opened(T0)
    return session


def subscribed(
    session: MarketSession, subscription: Subscription, now: int = T0
) -> dict[str, object]:
    session.subscribe(subscription, now)
    request: dict[str, object] = json.loads(session.frames_to_send()[-1])
    return request


def ack(guid: object, code: int = 200, message: str = "Handled successfully") -> str:
    return json.dumps(
        {"requestGuid": guid, "httpCode": code, "message": message}, separators=(",", ":")
    )


def data(guid: object, record: str) -> str:
    return f'{{ "data": {record}, "guid":"{guid}" }}'


def test_subscription_carries_token_format_and_a_guid_of_its_own() -> None:
    session = market_session()
    first = subscribed(session, QUOTES)
    assert (first["opcode"], first["code"], first["exchange"]) == (
        "QuotesSubscribe",
        "GAZP",
        "MOEX",
    )
    assert (first["token"], first["format"], first["frequency"]) == ("jwt", "Slim", 10)
    session.unsubscribe(QUOTES, T0)
    assert subscribed(session, QUOTES)["guid"] != first["guid"]


def test_data_before_its_acknowledgement_is_taken_and_sizes_are_units() -> None:
    session = market_session()
    guid = subscribed(session, QUOTES)["guid"]
    frame = data(guid, '{"sym":"GAZP","bid":161.1,"ask":161.2,"bv":3,"av":4,"tso":1700000000500}')
    _, events = converse(session, frame, ack(guid), now=T0 + 5)
    assert events == [
        QuoteTick("GAZP.ALOR", 1700000000500 * 10**6, T0 + 5, 161.1, 161.2, 30.0, 40.0)
    ]


def test_empty_side_of_a_quote_is_nan_and_time_that_is_missing_is_ours() -> None:
    session = market_session()
    guid = subscribed(session, QUOTES)["guid"]
    frame = data(guid, '{"sym":"GAZP","bid":null,"ask":161.2,"bv":null,"av":4,"tso":null}')
    _, (quote,) = converse(session, frame, now=T0 + 5)
    assert isinstance(quote, QuoteTick)
    assert quote.bid != quote.bid
    assert (quote.ask, quote.ts_event) == (161.2, T0 + 5)


def test_book_is_whole_each_time_and_empty_means_empty() -> None:
    session = market_session()
    guid = subscribed(session, Subscription("GAZP.ALOR", DataKind.BOOK, depth=10))["guid"]
    full = data(guid, '{"b":[{"p":161.1,"v":2}],"a":[{"p":161.2,"v":1,"y":null}],"t":1,"h":true}')
    empty = data(guid, '{"b":[],"a":[],"t":2,"h":false}')
    _, events = converse(session, full, empty, now=T0)
    assert events == [
        BookSnapshot("GAZP.ALOR", 1_000_000, T0, ((161.1, 20.0),), ((161.2, 10.0),)),
        BookSnapshot("GAZP.ALOR", 2_000_000, T0, (), ()),
    ]


def test_guid_that_does_not_stand_last_is_found_all_the_same() -> None:
    session = market_session()
    guid = subscribed(session, QUOTES)["guid"]
    frame = f'{{"guid":"{guid}","data":{{"sym":"GAZP","bid":1,"ask":2}}}}'
    _, events = converse(session, frame, now=T0)
    assert len(events) == 1


def test_frames_of_an_ended_subscription_are_not_taken() -> None:
    session = market_session()
    guid = subscribed(session, QUOTES)["guid"]
    session.unsubscribe(QUOTES, T0)
    assert json.loads(session.frames_to_send()[-1])["opcode"] == "unsubscribe"
    _, events = converse(session, data(guid, '{"sym":"GAZP","bid":1,"ask":2}'), now=T0)
    assert events == []
    assert session.ignored == 1


def test_trades_missed_while_away_are_asked_for_and_known_ones_dropped() -> None:
    session, trades = market_session(), Subscription("GAZP.ALOR", DataKind.TRADES)
    request = subscribed(session, trades)
    assert request["depth"] == 0
    trade = '{"id":%d,"sym":"GAZP","q":2,"px":161.1,"t":1700000000000,"s":"sell","h":%s}'
    _, first = converse(session, data(request["guid"], trade % (7, "false")), now=T0)
    assert first == [TradeTick("GAZP.ALOR", T0, T0, 161.1, 20.0, -1, "7")]
    session.lost("gone", T0)
    session.opened(T0)
    request = subscribed(session, trades)
    assert request["depth"] == SETTINGS.trade_backlog
    again = [data(request["guid"], trade % (number, "true")) for number in (7, 8)]
    _, missed = converse(session, *again, now=T0)
    assert [event.trade_id for event in missed if isinstance(event, TradeTick)] == ["8"]


def test_bar_is_told_once_when_the_next_begins_or_its_time_is_up() -> None:
    session = market_session()
    guid = subscribed(session, Subscription("GAZP.ALOR", DataKind.BARS, spec="1m"))["guid"]
    candle = '{"t":%d,"o":1,"h":3,"l":1,"c":%d,"v":5}'
    first, then = 1_700_000_000 // 60 * 60, 1_700_000_000 // 60 * 60 + 60
    frames = [data(guid, candle % (first, 1)), data(guid, candle % (first, 2))]
    assert converse(session, *frames, now=T0)[1] == []
    _, (bar,) = converse(session, data(guid, candle % (then, 3)), now=T0 + 60 * S)
    assert isinstance(bar, Bar)
    assert (bar.ts_open, bar.close, bar.volume) == (first * S, 2.0, 50.0)
    over = (then + 60) * S + SETTINGS.bar_grace_ns
    session.timeout(over)
    _, late = converse(session, data(guid, candle % (then, 9)), now=over)
    assert [event.close for event in late if isinstance(event, Bar)] == [3.0]


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (17, TradingState.OPEN),
        (18, TradingState.CLOSED),
        (119, TradingState.AUCTION),
        (2, TradingState.HALTED),
        (777, TradingState.HALTED),
    ],
)
def test_trading_status_becomes_a_state_and_an_unknown_one_halts(
    code: int, state: TradingState
) -> None:
    session = market_session()
    guid = subscribed(session, Subscription("GAZP.ALOR", DataKind.STATUS))["guid"]
    limits_only = data(guid, '{"sym":"GAZP","pxmn":1,"pxmx":2}')
    _, events = converse(session, limits_only, data(guid, f'{{"sym":"GAZP","st":{code}}}'), now=T0)
    assert [e.state for e in events if isinstance(e, InstrumentStatus)] == [state]


def test_refused_subscription_is_told_and_the_connection_stays() -> None:
    session = market_session()
    guid = subscribed(session, QUOTES)["guid"]
    _, events = converse(session, ack(guid, 400, "Unknown instrument"), now=T0)
    assert events == [Refused(QUOTES, "400 Unknown instrument")]
    assert session.is_ready


def test_refused_token_asks_for_a_new_login() -> None:
    session = market_session()
    guid = subscribed(session, QUOTES)["guid"]
    _, (ended,) = converse(session, ack(guid, 401, "Invalid JWT token!"), now=T0)
    assert isinstance(ended, Ended)
    assert ended.remedy is Remedy.LOGIN


def test_mute_connection_is_ended_and_any_frame_keeps_it_alive() -> None:
    session = market_session()
    session.timeout(T0 + SETTINGS.stream_ping_ns)
    ping = json.loads(session.frames_to_send()[0])
    assert (ping["opcode"], ping["confirm"], ping["token"]) == ("ping", True, "jwt")
    assert converse(session, ack(ping["guid"]), now=T0 + 6 * S)[1] == []
    session.timeout(T0 + 2 * SETTINGS.stream_ping_ns)
    session.timeout(T0 + 2 * SETTINGS.stream_ping_ns + SETTINGS.answer_ns)
    (ended,) = session.events()
    assert isinstance(ended, Ended)
    assert ended.remedy is Remedy.RECONNECT
    assert session.deadline() is None


@pytest.mark.parametrize(
    "frame", ["pong", "", b"\xff", "[1]", '{"a":1}', '{ "data": 7, "guid":"x" }']
)
def test_what_cannot_be_understood_is_counted(frame: str | bytes) -> None:
    session = market_session()
    assert converse(session, frame, now=T0) == ([], [])
    assert session.ignored == 1


def account_session() -> tuple[AccountSession, dict[str, str]]:
    session = AccountSession(SETTINGS, lambda: "jwt", cache()[0], Placements())
    session.opened(T0)
    requests = [json.loads(frame) for frame in session.frames_to_send()]
    assert all(each["skipHistory"] and each["portfolio"] == "D39004" for each in requests)
    return session, {each["opcode"]: each["guid"] for each in requests}


def test_portfolio_streams_are_ready_once_all_are_granted() -> None:
    session, guids = account_session()
    *most, last = guids.values()
    converse(session, *map(ack, most), now=T0)
    assert not session.is_ready
    converse(session, ack(last), now=T0)
    assert session.is_ready


@pytest.mark.parametrize(
    ("code", "remedy"), [(401, Remedy.LOGIN), (403, Remedy.STOP), (500, Remedy.RECONNECT)]
)
def test_refused_portfolio_ends_the_connection(code: int, remedy: Remedy) -> None:
    session, guids = account_session()
    _, (ended,) = converse(session, ack(next(iter(guids.values())), code, "no"), now=T0)
    assert isinstance(ended, Ended)
    assert ended.remedy is remedy


def test_unanswered_opening_ends_the_connection() -> None:
    session, _ = account_session()
    due = session.deadline()
    assert due is not None
    session.timeout(T0 + SETTINGS.answer_ns)
    assert [type(event) for event in session.events()] == [Ended]


ORDER = (
    '{"id":"41","sym":"GAZP","bd":"TQBR","p":"D39004","ex":"MOEX","cmt":"bot-1-1","t":"limit",'
    '"s":"buy","st":"working","tt":"2023-12-11T07:02:48.0000000Z","q":100,"qb":10,"fq":0,"fqb":0,'
    '"px":161.15,"h":false}'
)
TRADE = (
    '{"id":"9","eid":"41","cmt":%s,"sym":"GAZP","ex":"MOEX","d":"2023-12-11T07:02:49.0000001Z",'
    '"b":"TQBR","q":40,"qb":4,"px":161.15,"s":"buy","h":false,"cms":1.5}'
)


def test_order_and_its_executions_are_told_under_our_id() -> None:
    session, guids = account_session()
    order = data(guids["OrdersGetAndSubscribeV2"], ORDER)
    trade = data(guids["TradesGetAndSubscribeV2"], TRADE % '"bot-1-1"')
    _, (accepted, filled) = converse(session, order, trade, now=T0)
    assert isinstance(accepted, OrderAccepted)
    assert (accepted.client_order_id, accepted.venue_order_id) == ("bot-1-1", "41")
    assert isinstance(filled, OrderFilled)
    assert (filled.quantity, filled.price, filled.fee, filled.trade_id) == (40.0, 161.15, 1.5, "9")
    assert filled.ts_event == 1702278169_000000100


def test_execution_before_its_order_waits_for_it() -> None:
    session, guids = account_session()
    trade = data(guids["TradesGetAndSubscribeV2"], TRADE % "null")
    assert converse(session, trade, now=T0)[1] == []
    order = data(guids["OrdersGetAndSubscribeV2"], ORDER)
    _, events = converse(session, order, now=T0 + 1)
    assert [type(event) for event in events] == [OrderAccepted, OrderFilled]


def test_execution_that_nobody_claims_moves_the_account() -> None:
    session, guids = account_session()
    converse(session, data(guids["TradesGetAndSubscribeV2"], TRADE % "null"), now=T0)
    due = session.deadline()
    assert due is not None
    session.timeout(T0 + 5 * S)
    (fill,) = [event for event in session.events() if isinstance(event, OrderFilled)]
    assert (fill.client_order_id, fill.account) == ("", "main")


def test_positions_are_told_in_units_and_cash_is_left_to_the_lists() -> None:
    session, guids = account_session()
    row = '{"sym":"%s","ex":"MOEX","p":"D39004","pxavg":9.5,"q":%s,"cur":%s}'
    frames = [
        data(guids["PositionsGetAndSubscribeV2"], row % values)
        for values in (("GAZP", 60, "false"), ("RUB", 25614.89, "true"), ("ZZZZ", 1, "false"))
    ]
    _, (held,) = converse(session, *frames, now=T0)
    assert isinstance(held, PositionRecord)
    assert (held.instrument, held.quantity, held.average_price) == ("GAZP.ALOR", 60.0, 9.5)


def order_session() -> tuple[OrderSession, str]:
    session = OrderSession(lambda: "jwt", SETTINGS.orders_ping_ns, SETTINGS.answer_ns)
    session.opened(T0)
    request = json.loads(session.frames_to_send()[0])
    assert (request["opcode"], request["token"]) == ("authorize", "jwt")
    return session, request["guid"]


def test_order_socket_is_ready_once_authorized_and_authorizes_again_with_a_new_token() -> None:
    session, guid = order_session()
    assert not session.is_ready
    converse(session, ack(guid, 200, "The connection has been initialized."), now=T0)
    assert session.is_ready
    session.renewed(T0 + 600 * S)
    again = json.loads(session.frames_to_send()[0])
    assert again["opcode"] == "authorize"
    assert again["guid"] != guid
    assert session.is_ready


def test_answers_are_matched_by_guid_whatever_their_order() -> None:
    session, guid = order_session()
    converse(session, ack(guid), now=T0)
    first = session.call(OrderRequest(opcode="create:limit", guid="bot-1-1"), T0)
    second = session.call(OrderRequest(opcode="create:limit", guid="bot-1-2"), T0)
    assert second > first
    _, events = converse(session, ack("bot-1-2"), ack("bot-1-1", 400, "no"), now=T0)
    assert [event.ticket for event in events if isinstance(event, Answered)] == [second, first]


def test_tickets_of_a_lost_connection_are_forgotten() -> None:
    session, guid = order_session()
    converse(session, ack(guid), now=T0)
    session.call(OrderRequest(opcode="create:limit", guid="bot-1-1"), T0)
    session.lost("reset", T0)
    session.opened(T0 + S)
    assert converse(session, ack("bot-1-1"), now=T0 + S)[1] == []


def sessions() -> list[Session]:
    """Let mypy see that each is what the frame wants."""
    return [market_session(), account_session()[0], order_session()[0]]


def test_lost_sessions_are_not_ready_and_have_nothing_due() -> None:
    for session in sessions():
        session.lost("gone", T0)
        assert not session.is_ready
        assert session.deadline() is None
