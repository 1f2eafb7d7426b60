"""ALOR's flows: tokens, statuses, pages of instruments, windows of history, answers to commands."""

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from connectors.alor_protocol.flows import auth, instruments
from connectors.alor_protocol.flows.commands import Declined, Done, read_outcome
from connectors.alor_protocol.flows.history import history
from connectors.alor_protocol.flows.http import read, read_list
from connectors.alor_protocol.flows.reads import Reads
from connectors.alor_protocol.mapping.cache import InstrumentCache
from connectors.alor_protocol.mapping.instruments import traded
from connectors.alor_protocol.mapping.listing import Key, key_of, name_of
from connectors.alor_protocol.tokens import Login
from connectors.frame.flow import Reply, Step, drive
from connectors.frame.http import Request, Response
from engine.errors import LoginRefused, OutcomeUnknown, TokenRefused, ValueRefused, VenueError
from tests.wire.alor_login import GAZP, HOSTS, SETTINGS, cache, token

S = 1_000_000_000


def answering(*responses: Response) -> tuple[Callable[[Step], Reply], list[Request]]:
    """Return someone who gives these answers in turn, and the list of what he was asked."""
    asked: list[Request] = []
    waiting = iter(responses)

    def answer(step: Step) -> Reply:
        assert isinstance(step, Request), step
        asked.append(step)
        return next(waiting)

    return answer, asked


def ok(content: object, ts_recv: int = 0) -> Response:
    return Response(status=200, body=json.dumps(content).encode(), ts_recv=ts_recv)


def test_refresh_token_goes_in_the_body_and_the_access_token_is_kept() -> None:
    login = Login(1 / 3)
    answer, (asked) = answering(ok({"AccessToken": token(issued=600, life=1_800)}))
    drive(auth.refresh(HOSTS, "hidden", login), answer)
    assert asked[0].url == "https://oauth.example/refresh"
    assert json.loads(asked[0].body) == {"token": "hidden"}
    assert login.portfolios == ("D39004", "7500GHC")
    assert login.renew_at() == 1_200 * S


@pytest.mark.parametrize(
    ("status", "fault"),
    [(403, LoginRefused), (401, LoginRefused), (502, OutcomeUnknown), (404, VenueError)],
)
def test_refused_refresh_token_is_told_from_a_service_that_is_down(
    status: int, fault: type[Exception]
) -> None:
    answer, _ = answering(Response(status=status))
    with pytest.raises(fault) as caught:
        drive(auth.refresh(HOSTS, "hidden", Login(0.5)), answer)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["", "a.b", "a.b.c.d", "a.!!.c", "a.e30.c"])
def test_token_that_cannot_be_read_is_refused_and_not_printed(wrong: str) -> None:
    with pytest.raises(VenueError) as caught:
        Login(0.5).take(wrong)
    assert "a." not in str(caught.value)


def test_code_flow_leads_a_person_there_and_exchanges_what_comes_back() -> None:
    url = auth.authorize_url(HOSTS, "app", "https://here.example/back", "state-1")
    query = parse_qs(urlsplit(url).query)
    assert (query["response_type"], query["state"]) == (["code"], ["state-1"])
    assert query["scope"] == [auth.SCOPES]
    answer, asked = answering(ok({"access_token": "a", "refresh_token": "r"}))
    tokens = drive(auth.exchange_code(HOSTS, "c", "https://here.example/back", "app", None), answer)
    assert tokens.refresh_token == "r"
    form = parse_qs(asked[0].body.decode())
    assert form["grant_type"] == ["authorization_code"]
    assert "client_secret" not in form


def test_list_that_is_not_there_is_empty_and_a_record_is_a_fault() -> None:
    assert drive(read_list("https://x/y", "jwt", int), answering(Response(status=404))[0]) == []
    with pytest.raises(VenueError, match="/y"):
        drive(read("https://x/y", "jwt", int), answering(Response(status=404))[0])


@pytest.mark.parametrize(
    ("status", "fault"), [(401, TokenRefused), (429, VenueError), (500, VenueError)]
)
def test_statuses_of_reads_are_faults(status: int, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        drive(read("https://x/y", "jwt", int), answering(Response(status=status))[0])


def test_answer_of_another_shape_is_a_fault_of_the_venue() -> None:
    with pytest.raises(VenueError, match="cannot be read"):
        drive(read("https://x/y", "jwt", int), answering(ok("text"))[0])


def response(status: int, body: str) -> Response:
    return Response(status=status, body=body.encode(), ts_recv=5)


OLD = '{"message":"was already handled.","oldResponse":{"statusCode":%d,"body":%s}}'


@pytest.mark.parametrize(
    ("status", "body", "number"),
    [
        (200, '{"message":"success","orderNumber":"18995978560"}', "18995978560"),
        (200, '{"message":"success","orderNumber":18995978560}', "18995978560"),
        (200, "success", ""),
        (400, OLD % (200, '{"message":"success","orderNumber":"7"}'), "7"),
    ],
)
def test_accepted_command_gives_its_number(status: int, body: str, number: str) -> None:
    assert read_outcome(response(status, body)) == Done(number, 5)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, '{"code":"OrderToCancelNotFound (404)","message":"not found"}', "not found"),
        (400, '{"code":401,"message":"no money"}', "no money"),
        (400, OLD % (400, '"broken"'), "was already handled."),
        (400, "text", "text"),
        (403, "", "refused with status 403"),
        (429, "", "refused with status 429"),
    ],
)
def test_refused_command_says_why(status: int, body: str, reason: str) -> None:
    assert read_outcome(response(status, body)) == Declined(reason, 5)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, ""),
        (502, "<html>"),
        (400, '{"code":"CommandResponseTimeout (900)","message":"timeout"}'),
        (400, '{"code":900,"message":"timeout"}'),
        (400, OLD % (500, '"broken"')),
    ],
)
def test_command_that_may_have_been_carried_out_has_an_unknown_outcome(
    status: int, body: str
) -> None:
    with pytest.raises(OutcomeUnknown):
        read_outcome(response(status, body))


def test_refused_token_of_a_command_is_a_fault_of_its_own() -> None:
    with pytest.raises(TokenRefused):
        read_outcome(response(401, ""))


def node(symbol: str, board: str = "TQBR", *, primary: bool = True, lot: float = 10) -> object:
    return {
        "basicInformation": {"symbol": symbol, "exchange": "MOEX", "market": "FOND"},
        "boardInformation": {"board": board, "isPrimaryBoard": primary},
        "tradingDetails": {"lotSize": lot, "minStep": 0.01, "priceStep": 0.1},
        "financialAttributes": {"cfiCode": "ESXXXX", "currency": "RUB"},
    }


def page(nodes: list[object], cursor: str | None, *, more: bool) -> Response:
    info = {"hasNextPage": more, "endCursor": cursor}
    return ok({"data": {"instruments": {"pageInfo": info, "totalCount": 3, "nodes": nodes}}})


def test_instruments_come_page_by_page_and_what_has_no_lot_is_left_out() -> None:
    answer, asked = answering(
        page([node("SBER"), node("ODD", lot=0)], "MQ==", more=True),
        page([node("GAZP"), node("HALF", lot=0.5)], None, more=False),
    )
    found = drive(instruments.load((), SETTINGS, Login(0.5), InstrumentCache()), answer)
    assert [each.id for each in found] == ["SBER.ALOR", "GAZP.ALOR"]
    variables = [json.loads(request.body)["variables"] for request in asked]
    assert [each["after"] for each in variables] == [None, "MQ=="]


def test_named_instruments_are_filtered_and_boards_told_apart() -> None:
    nodes = [node("SBER"), node("SBER", "SMAL", primary=False, lot=1)]
    answer, asked = answering(page(nodes, None, more=False))
    names = ("SBER.ALOR", "SBER@SMAL.ALOR", "NONE.ALOR")
    found = drive(instruments.load(names, SETTINGS, Login(0.5), InstrumentCache()), answer)
    assert [(each.id, each.quantity_step) for each in found] == [
        ("SBER.ALOR", 10),
        ("SBER@SMAL.ALOR", 1),
    ]
    where = json.loads(asked[0].body)["variables"]["where"]
    assert where["or"][0]["basicInformation"]["symbol"]["in"] == ["SBER", "NONE"]


def test_error_of_the_instrument_service_is_told() -> None:
    answer, _ = answering(ok({"errors": [{"message": "not authorized"}], "data": None}))
    with pytest.raises(VenueError, match="not authorized"):
        drive(instruments.load((), SETTINGS, Login(0.5), InstrumentCache()), answer)


def test_without_the_service_instruments_come_by_http() -> None:
    hosts = msgspec.structs.replace(HOSTS, graphql=None)
    settings = msgspec.structs.replace(SETTINGS, hosts=hosts, page_size=2)
    row = {
        "symbol": "SBER",
        "exchange": "MOEX",
        "lotSize": 10,
        "minStep": 0.01,
        "board": "TQBR",
        "primaryBoard": "TQBR",
        "cfiCode": "ES",
        "currency": "RUB",
        "market": "FOND",
    }
    answer, asked = answering(ok([row, {**row, "symbol": "GAZP"}]), ok([{**row, "symbol": "LKOH"}]))
    found = drive(instruments.load((), settings, Login(0.5), InstrumentCache()), answer)
    assert [each.symbol for each in found] == ["SBER", "GAZP", "LKOH"]
    assert [parse_qs(urlsplit(each.url).query)["offset"] for each in asked] == [["0"], ["2"]]


def candles(*times: int) -> list[dict[str, float]]:
    return [{"t": t, "o": 1, "h": 2, "l": 1, "c": 2, "v": 3} for t in times]


def test_history_walks_windows_skips_gaps_and_leaves_out_the_forming_bar() -> None:
    login, (_, instrument) = Login(0.5), cache()
    answer, asked = answering(
        ok({"h": candles(0, 60), "next": 600, "prev": None}, ts_recv=10_000 * S),
        ok({"h": candles(600, 660, 660), "next": None, "prev": 60}, ts_recv=700 * S),
    )
    flow = history(Reads(SETTINGS, login), login, instrument, "1m", 0, 1_200 * S, 120 * S)
    bars = drive(flow, answer)
    assert [bar.ts_open // S for bar in bars] == [0, 60, 600]
    assert bars[0].volume == 30.0
    starts = [parse_qs(urlsplit(each.url).query)["from"] for each in asked]
    assert starts == [["0"], ["600"]]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("SBER", Key("SBER", "MOEX")),
        ("SBER@SMAL", Key("SBER", "MOEX", "SMAL")),
        ("SPBX:AAPL", Key("AAPL", "SPBX")),
        ("RTS-6.26", Key("RTS-6.26", "MOEX")),
        ("EUR_RUB__TOM", Key("EUR_RUB__TOM", "MOEX")),
    ],
)
def test_names_lead_to_exchange_symbol_and_board(name: str, key: Key) -> None:
    assert key_of(name, "MOEX", None) == key
    listing = msgspec.structs.replace(
        GAZP,
        symbol=key.symbol,
        exchange=key.exchange,
        board=key.board or "TQBR",
        is_primary=key.board is None,
    )
    assert name_of(listing, "MOEX", None) == name


@pytest.mark.parametrize(
    ("changes", "worth"),
    [
        ({}, 1.0),
        ({"market": "FORTS", "cfi": "FFXCSX", "tick": 0.001, "tick_value": 1.0}, 1000.0),
        ({"market": "FORTS", "cfi": "FFXCSX", "tick": 10.0, "tick_value": 15.4321}, 1.54321),
        ({"cfi": "DBXXXX", "face_value": 1000.0}, 10.0),
        ({"market": "CURR", "cfi": "MRC", "shown_units": 100.0}, 0.01),
    ],
)
def test_point_is_worth_what_the_kind_of_instrument_says(
    changes: dict[str, object], worth: float
) -> None:
    listing = msgspec.structs.replace(GAZP, **changes)
    assert traded(listing, SETTINGS).instrument.point_value == worth


def test_quantities_go_out_in_lots_and_only_whole_ones() -> None:
    _, instrument = cache()
    assert instrument.lots(120.0) == 12
    for wrong in (125.0, 0.0, 10.5):
        with pytest.raises(ValueRefused):
            instrument.lots(wrong)
