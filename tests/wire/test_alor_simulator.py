"""ALOR's simulator as a stranger sees it: texts, limits, formats, ids, what is late and refused."""

import json
from typing import Any

import pytest

from connectors import alor, invia
from connectors.alor_protocol.codec import RECORDS, data_decoder
from connectors.alor_protocol.messages.spelling import Format
from connectors.alor_protocol.simulator.graphql import matches
from connectors.frame.http import Request, Response
from connectors.simulation.simulator import Peer, SimulatorTerms
from engine.errors import UsageError
from tests.wire.alor_pair import START, AlorPair, S

ACCOUNT = "D39004"


@pytest.fixture
def pair() -> AlorPair:
    found = AlorPair(alor.PACKAGE)
    found.quote(250.0, 250.1)
    return found


def token(pair: AlorPair) -> str:
    request = Request(method="POST", url="/refresh?token=simulated")
    found: str = json.loads(pair.simulator.answer(request, pair.now).body)["AccessToken"]
    return found


def ask(pair: AlorPair, method: str, url: str, body: object = None, **headers: str) -> Response:
    raw = b"" if body is None else json.dumps(body).encode()
    request = Request(method=method, url=url, headers=headers, body=raw)
    return pair.simulator.answer(request, pair.now)


def authorized(pair: AlorPair) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(pair)}"}


def connected(pair: AlorPair, path: str = "/ws") -> Peer:
    peer = pair.simulator.connect(Request(method="GET", url=path), pair.now)
    assert not isinstance(peer, Response), peer
    peer.opened(pair.now)
    return peer


def say(pair: AlorPair, peer: Peer, **request: object) -> list[dict[str, Any]]:
    peer.receive(json.dumps(request), pair.now)
    return [json.loads(each.frame) for each in peer.outgoing()]


def test_control_frames_have_the_venues_order_of_keys_and_no_blanks(pair: AlorPair) -> None:
    peer = connected(pair)
    peer.receive('{"opcode":"ping","guid":"p"}', pair.now)
    (frame,) = [each.frame for each in peer.outgoing()]
    assert frame == (
        '{"requestGuid":"p","httpCode":400,'
        '"message":"Request message should contain \'token\' field!"}'
    )


def test_bad_token_unknown_opcode_and_foreign_portfolio_leave_the_connection_open(
    pair: AlorPair,
) -> None:
    peer, jwt = connected(pair), token(pair)
    assert say(pair, peer, opcode="ping", guid="a", token="x")[0]["httpCode"] == 401
    assert say(pair, peer, opcode="dance", guid="b", token=jwt)[0]["httpCode"] == 400
    foreign = {"opcode": "OrdersGetAndSubscribeV2", "portfolio": "other", "exchange": "MOEX"}
    assert say(pair, peer, guid="c", token=jwt, **foreign)[0]["httpCode"] == 403
    assert peer.closing is None


@pytest.mark.parametrize(
    ("spelling", "key"),
    [("Simple", "ask_vol"), ("slim", "av"), ("HEAVY", "askVol"), (None, "ask_vol")],
)
def test_every_format_is_spoken_whatever_its_case(
    pair: AlorPair, spelling: str | None, key: str
) -> None:
    request = {"opcode": "QuotesSubscribe", "code": "SBER", "exchange": "MOEX", "guid": "q"}
    told = say(pair, connected(pair), token=token(pair), format=spelling, **request)
    assert [sorted(each) for each in told] == [
        ["httpCode", "message", "requestGuid"],
        ["data", "guid"],
    ]
    assert told[1]["data"][key] == 100


@pytest.mark.parametrize("spelling", Format)
@pytest.mark.parametrize("opcode", RECORDS)
def test_every_opcode_is_answered_in_every_format(
    pair: AlorPair, opcode: str, spelling: Format
) -> None:
    pair.start()
    peer = connected(pair)
    request = {"code": "SBER", "exchange": "MOEX", "portfolio": ACCOUNT, "tf": "60"}
    told = say(pair, peer, opcode=opcode, guid="g", token=token(pair), format=spelling, **request)
    assert [each["httpCode"] for each in told if "httpCode" in each] == [200]
    for number, kind in enumerate(("limit", "stop", "market")):
        body = order_body(240.0) | {"condition": "MoreOrEqual", "triggerPrice": 260.0}
        key = authorized(pair) | {"X-REQID": str(number)}
        assert ask(pair, "POST", f"{ORDERS}/actions/{kind}", body, **key).status == 200
    pair.trade(250.1, 30.0, 7)
    frames = [str(each.frame) for each in peer.outgoing()]
    found = [data_decoder(RECORDS[opcode].of(spelling)).decode(frame) for frame in frames]
    assert found or any("data" in each for each in told)
    assert {each.guid for each in found} <= {"g"}


def test_bars_of_an_unknown_length_are_refused(pair: AlorPair) -> None:
    request = {"opcode": "BarsGetAndSubscribe", "code": "SBER", "exchange": "MOEX", "tf": "soon"}
    (told,) = say(pair, connected(pair), token=token(pair), guid="b", **request)
    assert told["httpCode"] == 400


def test_stored_bars_come_first_and_are_those_of_history(pair: AlorPair) -> None:
    request = {"opcode": "BarsGetAndSubscribe", "code": "SBER", "exchange": "MOEX", "tf": "60"}
    end = START // S // 60 * 60
    peer, jwt = connected(pair), token(pair)
    told = say(pair, peer, token=jwt, guid="b", **request, **{"from": end - 180})
    bars = [each["data"] for each in told if "data" in each]
    query = f"symbol=SBER&exchange=MOEX&tf=60&from={end - 180}&to={end}"
    history = ask(pair, "GET", f"/md/v2/history?{query}", **authorized(pair))
    assert bars == json.loads(history.body)["history"]
    assert [bar["time"] for bar in bars] == [end - 180, end - 120, end - 60]
    told = say(pair, peer, token=jwt, guid="c", skipHistory=True, **request, **{"from": end - 180})
    assert ["data" in each for each in told] == [False]


@pytest.mark.parametrize(("quirk", "status"), [("404", 404), ("list", 200)])
def test_list_of_nothing_is_answered_as_the_quirk_says(quirk: str, status: int) -> None:
    pair = AlorPair(alor.PACKAGE, terms=SimulatorTerms(quirks={"empty_lists": quirk}))
    path = f"/md/v2/Clients/MOEX/{ACCOUNT}/orders"
    assert ask(pair, "GET", path, **authorized(pair)).status == status
    pair.start()


def test_silent_order_socket_is_dropped() -> None:
    pair = AlorPair(alor.PACKAGE, terms=SimulatorTerms(quirks={"idle_orders": "60"}))
    peer = connected(pair, "/cws")
    pair.now += 59 * S
    say(pair, peer, opcode="ping", guid="p")
    peer.timeout(pair.now + 59 * S)
    assert (peer.closing, peer.deadline()) == (None, pair.now + 60 * S)
    peer.timeout(pair.now + 60 * S)
    assert peer.closing is not None
    with pytest.raises(UsageError, match="idle_orders"):
        AlorPair(alor.PACKAGE, terms=SimulatorTerms(quirks={"idle_orders": "soon"}))


def test_clusters_of_the_past_are_those_of_the_trades(pair: AlorPair) -> None:
    pair.trade(250.1, 30.0, 7)
    url = "/md/v2/history/cluster?symbol=SBER&exchange=MOEX&tf=60&from=0"
    (found,) = json.loads(ask(pair, "GET", url, **authorized(pair)).body)["clusters"]
    assert found["tradeClusters"] == [{"price": 250.1, "buyQty": 3, "sellQty": 0}]


def test_clusters_tell_what_was_bought_and_sold_at_each_price(pair: AlorPair) -> None:
    pair.trade(250.1, 30.0, 7)
    request = {"opcode": "ClustersGetAndSubscribe", "code": "SBER", "exchange": "MOEX", "tf": 60}
    peer = connected(pair)
    told = say(pair, peer, token=token(pair), guid="c", **request, **{"from": 0})
    start = START // S // 60 * 60
    level = {"price": 250.1, "buyQty": 3, "sellQty": 0}
    assert told[1]["data"] == {"timestamp": start, "tradeClusters": [level]}
    pair.trade(250.1, 20.0, 8)
    (after,) = [json.loads(each.frame)["data"] for each in peer.outgoing()]
    assert after["tradeClusters"] == [level | {"buyQty": 5}]


def test_books_begin_before_their_acknowledgement(pair: AlorPair) -> None:
    request = {"opcode": "OrderBookGetAndSubscribe", "code": "SBER", "exchange": "MOEX", "depth": 3}
    told = say(pair, connected(pair), token=token(pair), guid="b", **request)
    assert ["guid" in each for each in told] == [True, False]
    assert (told[0]["data"]["existing"], len(told[0]["data"]["bids"])) == (True, 3)


@pytest.mark.parametrize(
    ("quirk", "begins"), [("all", [True, True]), ("books", [True, False]), ("none", [False, False])]
)
def test_data_begins_before_its_acknowledgement_as_the_quirk_says(
    quirk: str, begins: list[bool]
) -> None:
    pair = AlorPair(alor.PACKAGE, terms=SimulatorTerms(quirks={"data_first": quirk}))
    pair.quote(250.0, 250.1)
    peer, jwt, request = connected(pair), token(pair), {"code": "SBER", "exchange": "MOEX"}
    opcodes = ("OrderBookGetAndSubscribe", "QuotesSubscribe")
    told = [say(pair, peer, opcode=each, guid=each, token=jwt, **request) for each in opcodes]
    assert ["data" in frames[0] for frames in told] == begins


def test_guid_that_is_used_again_replaces_the_older_subscription(pair: AlorPair) -> None:
    peer, jwt = connected(pair), token(pair)
    for code in ("SBER", "GAZP"):
        say(pair, peer, opcode="QuotesSubscribe", code=code, exchange="MOEX", guid="g", token=jwt)
    pair.now += S
    pair.quote(251.0, 251.1)
    assert peer.outgoing() == []


def test_stored_orders_come_first_unless_they_are_not_wanted(pair: AlorPair) -> None:
    pair.start()
    body = order_body(price=240.0)
    key = authorized(pair) | {"X-REQID": "1"}
    assert ask(pair, "POST", f"{ORDERS}/actions/limit", body, **key).status == 200
    request = {"opcode": "OrdersGetAndSubscribeV2", "portfolio": ACCOUNT, "exchange": "MOEX"}
    peer, jwt = connected(pair), token(pair)
    told = say(pair, peer, guid="1", token=jwt, **request)
    assert [each["data"]["existing"] for each in told if "data" in each] == [True]
    told = say(pair, peer, guid="2", token=jwt, orderStatuses=["filled"], **request)
    assert [each for each in told if "data" in each] == []
    told = say(pair, peer, guid="3", token=jwt, skipHistory=True, **request)
    assert [each for each in told if "data" in each] == []


def test_eleventh_connection_is_refused_until_one_is_gone(pair: AlorPair) -> None:
    peers = [connected(pair) for _ in range(10)]
    refused = pair.simulator.connect(Request(method="GET", url="/ws"), pair.now)
    assert isinstance(refused, Response)
    assert refused.status == 429
    peers[0].lost(pair.now)
    connected(pair)


def test_client_that_does_not_read_is_closed(pair: AlorPair) -> None:
    peer, jwt = connected(pair), token(pair)
    ping = json.dumps({"opcode": "ping", "guid": "p", "token": jwt})
    for _ in range(5_001):
        peer.receive(ping, pair.now)
    assert peer.closing is not None


def test_requests_over_a_hundred_a_second_are_too_many(pair: AlorPair) -> None:
    statuses = [ask(pair, "GET", "/md/v2/time").status for _ in range(101)]
    assert statuses == [200] * 100 + [429]
    pair.now += S + 1
    assert ask(pair, "GET", "/md/v2/time").status == 200


def test_strangers_see_the_clock_of_a_quarter_of_an_hour_ago(pair: AlorPair) -> None:
    late = json.loads(ask(pair, "GET", "/md/v2/time").body)
    now = json.loads(ask(pair, "GET", "/md/v2/time", **authorized(pair)).body)
    assert (now, now - late) == (START // S, 900)
    assert ask(pair, "GET", "/md/v2/orderbooks/MOEX/SBER").status == 401


ORDERS = "/commandapi/warptrans/TRADE/v2/client/orders"


def order_body(
    price: float = 250.0, quantity: int = 1, portfolio: str = ACCOUNT
) -> dict[str, object]:
    return {
        "side": "buy",
        "quantity": quantity,
        "price": price,
        "instrument": {"symbol": "SBER", "exchange": "MOEX"},
        "user": {"portfolio": portfolio},
    }


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (order_body(price=250.005), 400, "Minimum price step: 0.01"),
        (order_body(quantity=0), 400, "Invalid or unsupported quantity"),
        (order_body(portfolio="other"), 403, "portfolio"),
        (order_body(quantity=10_000_000), 400, "NotEnoughCash"),
        ({"side": "buy"}, 400, "deserialised"),
        ("text", 400, "deserialised"),
    ],
)
def test_orders_are_refused_in_the_venues_words(
    pair: AlorPair, body: object, status: int, text: str
) -> None:
    headers = authorized(pair) | {"X-REQID": "1"}
    response = ask(pair, "POST", f"{ORDERS}/actions/limit", body, **headers)
    assert response.status == status
    assert text in response.body.decode()
    assert not any(order.is_working for order in pair.broker.orders(ACCOUNT))


def test_order_needs_a_request_id_and_a_token(pair: AlorPair) -> None:
    without = ask(pair, "POST", f"{ORDERS}/actions/limit", order_body(), **authorized(pair))
    assert without.status == 400
    assert ask(pair, "POST", f"{ORDERS}/actions/limit", order_body()).status == 401


def test_orders_are_deleted_alone_and_all_together(pair: AlorPair) -> None:
    headers = authorized(pair)
    numbers = [
        json.loads(
            ask(
                pair,
                "POST",
                f"{ORDERS}/actions/limit",
                order_body(240.0),
                **headers,
                **{"X-REQID": str(n)},
            ).body
        )["orderNumber"]
        for n in range(3)
    ]
    query = f"portfolio={ACCOUNT}&exchange=MOEX&stop=false"
    gone = ask(pair, "DELETE", f"{ORDERS}/{numbers[0]}?{query}", **headers)
    assert (gone.status, gone.body) == (200, b"success")
    again = ask(pair, "DELETE", f"{ORDERS}/{numbers[0]}?{query}", **headers)
    assert json.loads(again.body)["code"] == "OrderToCancelNotFound (404)"
    assert ask(pair, "DELETE", f"{ORDERS}/all?{query}", **headers).status == 200
    assert ask(pair, "DELETE", f"{ORDERS}/all?{query}", **headers).status == 400


def test_rejections_may_come_late() -> None:
    pair = AlorPair(alor.PACKAGE, terms=SimulatorTerms(quirks={"rejections": "late"}))
    pair.quote(250.0, 250.1)
    headers = authorized(pair) | {"X-REQID": "1"}
    body = order_body(quantity=10_000_000)
    assert ask(pair, "POST", f"{ORDERS}/actions/limit", body, **headers).status == 200
    rows = pair.simulator_rows("orders")
    assert [row["status"] for row in rows] == ["rejected"]
    with pytest.raises(UsageError, match="rejections"):
        AlorPair(alor.PACKAGE, terms=SimulatorTerms(quirks={"rejections": "never"}))


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        ({"a": {"b": {"eq": 1}}}, True),
        ({"a": {"b": {"gt": 1}}}, False),
        ({"and": [{"a": {"b": {"gte": 1}}}, {"s": {"startsWith": "SB"}}]}, True),
        ({"or": [{"s": {"contains": "X"}}, {"s": {"in": ["SBER"]}}]}, True),
        ({"s": {"neq": "SBER"}}, False),
        ({}, True),
    ],
)
def test_filters_of_the_instrument_service(where: dict[str, Any], fits: bool) -> None:
    assert matches({"a": {"b": 1}, "s": "SBER"}, where) is fits


def test_invia_has_no_instrument_service_and_one_board() -> None:
    pair = AlorPair(invia.PACKAGE)
    assert ask(pair, "POST", "/hyperion", {"query": "{ instruments }"}).status == 404
    (row,) = json.loads(ask(pair, "GET", "/md/v2/Securities?query=SOGN").body)
    assert (row["exchange"], row["board"]) == ("ITS", "ITS")


def test_application_gets_tokens_for_a_code_once(pair: AlorPair) -> None:
    away = ask(pair, "GET", "/authorize?redirect_uri=https://here.example/b&state=s")
    assert away.status == 302
    code = away.header("Location").partition("code=")[2].partition("&")[0]
    form = f"grant_type=authorization_code&code={code}&redirect_uri=https://here.example/b"
    request = Request(method="POST", url="/token", body=form.encode())
    assert [pair.simulator.answer(request, pair.now).status for _ in range(2)] == [200, 400]
