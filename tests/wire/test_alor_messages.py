"""ALOR's records in their three formats: what is read is written again, whatever the format."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.alor_protocol.codec import (
    RECORDS,
    Envelope,
    data_decoder,
    data_frame,
    encode_data,
    guid_of,
    read_any,
)
from connectors.alor_protocol.messages import (
    account,
    clusters,
    groups,
    margins,
    market,
    replies,
    requests,
    risk,
    securities,
)
from connectors.alor_protocol.messages.graphql import GraphAnswer, GraphQuery
from connectors.alor_protocol.messages.securities import SECURITY
from connectors.alor_protocol.messages.spelling import Format, Spelled

SAMPLES = Path("../shared/venues/alor/samples")
FORMATS = {"simple": Format.SIMPLE, "slim": Format.SLIM, "heavy": Format.HEAVY}


class SingleInstrument(msgspec.Struct):
    """Hold an answer about one instrument, whose keys are the asker's own."""

    data: dict[str, dict[str, dict[str, str]]]


BY_FILE: dict[str, tuple[Spelled[Any], bool]] = {
    **{opcode: (spelled, False) for opcode, spelled in RECORDS.items()},
    "OrderBookGetAndSubscribe_bond": (market.BOOK, False),
    "alltrades": (market.PUBLIC_TRADE, True),
    "alltrades_history": (market.PUBLIC_TRADE_PAGE, False),
    "StopOrdersGetAndSubscribe_deprecated": (account.LEGACY_STOP_ORDER, False),
    "fortsrisk": (risk.DERIVATIVES_RISK, False),
    "actualFuturesQuote": (market.QUOTE, False),
    "history": (market.HISTORY, False),
    "history_empty": (market.HISTORY, False),
    "order": (account.ORDER, False),
    "orders": (account.ORDER, True),
    "stoporder": (account.STOP_ORDER, False),
    "stoporders": (account.STOP_ORDER, True),
    "position": (account.POSITION, False),
    "positions": (account.POSITION, True),
    "trades": (account.TRADE, True),
    "risk": (risk.RISK, False),
    "summary": (risk.SUMMARY, False),
    "security": (SECURITY, False),
    "securities": (SECURITY, True),
    "quotes": (market.QUOTE, True),
    "orderbook": (market.BOOK, False),
    "orderbook_bond": (market.BOOK, False),
}
PLAIN: dict[str, Any] = {
    "auth/jwt.claims": replies.Claims,
    "auth/jwt.header": replies.TokenHeader,
    "auth/oauth_token.response": replies.OAuthTokens,
    "auth/refresh.request": replies.TokenRequest,
    "auth/refresh.response": replies.AccessToken,
    "cws/": replies.Control,
    "cws_requests/": requests.OrderRequest,
    "graphql/error_auth.response": GraphAnswer,
    "graphql/instrument.request": GraphQuery,
    "graphql/instrument.response": SingleInstrument,
    "graphql/instrument_alias.response": SingleInstrument,
    "graphql/instruments_page.request": GraphQuery,
    "graphql/instruments_page.response": GraphAnswer,
    "http/availableBoards": list[str],
    "http/boards.response": list[securities.BoardDescription],
    "http/currencyPairs": list[replies.CurrencyPair],
    "http/estimate.request": margins.EstimateRequest,
    "http/estimate.response": margins.Estimate,
    "http/estimate_all.response": list[margins.Estimate],
    "http/history_cluster.response": clusters.CLUSTER_HISTORY.of(Format.SIMPLE),
    "http/orderGroup.response": groups.OrderGroup,
    "http/orderGroup_create.request": groups.GroupRequest,
    "http/orderGroup_create.response": groups.GroupCreated,
    "http/orderGroups.response": list[groups.OrderGroup],
    "http/order_create.response": replies.CommandDone,
    "http/order_create_": requests.OrderRequest,
    "http/order_delete.jsonResponse": replies.CommandDone,
    "http/riskRates": margins.RiskRates,
    "http/status_deprecated": securities.MarketStatus,
    "http/time": int,
    "http_errors/": replies.Refusal,
    "http_errors/400_orderGroup": groups.Problem,
    "invia/OrderBookGetAndSubscribe.request": requests.StreamRequest,
    "invia/OrderBookGetAndSubscribe.simple": Envelope[market.BOOK.of(Format.SIMPLE)],  # type: ignore[misc] # made at run time
    "invia/create_limit.request": requests.OrderRequest,
    "invia/orderbook_http.simple": market.BOOK.of(Format.SIMPLE),
    "ws_control/": replies.Control,
    "ws_control/ping.request": requests.StreamRequest,
    "ws_control/unsubscribe.request": requests.StreamRequest,
    "ws_requests/": requests.StreamRequest,
}
"""The type of what has one spelling, by how its name begins; the longest that fits counts."""


def without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    return value


def record_samples() -> list[Path]:
    found = [*SAMPLES.glob("ws/*.json"), *SAMPLES.glob("http/*.json")]
    return sorted(path for path in found if path.name.split(".")[0] in BY_FILE)


def sample_cases() -> list[Any]:
    missing = pytest.mark.skip(reason="the reference samples are not on this machine")
    paths = record_samples()
    if not paths:
        return [pytest.param(Path("none"), marks=missing)]
    return [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in paths]


@pytest.mark.parametrize("path", sample_cases())
def test_every_sample_is_written_as_it_was_read(path: Path) -> None:
    name, *_, spelling, _ = path.name.split(".")
    spelled, is_list = BY_FILE[name]
    raw = json.loads(path.read_text())
    raw = raw["data"] if path.parent.name == "ws" else raw
    kind: Any = spelled.of(FORMATS[spelling])
    read = msgspec.json.decode(json.dumps(raw), type=list[kind] if is_list else kind)
    assert without_nulls(json.loads(msgspec.json.encode(read))) == without_nulls(raw)


def plain_samples() -> list[Any]:
    others = sorted({*SAMPLES.glob("*/*.json")} - {*record_samples()})
    missing = pytest.mark.skip(reason="the reference samples are not on this machine")
    if not others:
        return [pytest.param("none", marks=missing)]
    return [path.relative_to(SAMPLES).as_posix() for path in others]


@pytest.mark.parametrize("name", plain_samples())
def test_every_other_sample_is_written_as_it_was_read(name: str) -> None:
    kind = PLAIN[max((start for start in PLAIN if name.startswith(start)), key=len)]
    raw = SAMPLES.joinpath(name).read_bytes()
    written = json.loads(msgspec.json.encode(msgspec.json.decode(raw, type=kind)))
    assert _holds(written, without_nulls(json.loads(raw))), name


def _holds(written: object, raw: object) -> bool:
    """Say whether all that was read has been written with the same value."""
    if isinstance(raw, dict) and isinstance(written, dict):
        return all(_holds(written.get(key), value) for key, value in raw.items())
    if isinstance(raw, list) and isinstance(written, list):
        return all(_holds(*pair) for pair in zip(written, raw, strict=True))
    return written == raw


GROUP = {
    "id": "g-1",
    "login": "P1",
    "orders": [{"orderId": "7"}],
    "executionPolicy": "IgnoreCancel",
    "status": "Active",
    "createdAt": "2023-10-30T05:26:25Z",
}
RATE = {"id": 1, "instrument": "SBER", "exchange": "MOEX", "riskCategoryId": 5, "sgnR": -1}
FACTS: list[tuple[Any, Any]] = [
    (groups.OrderGroup, GROUP),
    (groups.GroupCreated, {"message": "success", "groupId": "g-1"}),
    (groups.Problem, {"title": "BadRequest", "status": 400, "detail": "Forbidden"}),
    (margins.RiskRates, {"list": [RATE], "total": 1}),
    (margins.Estimate, {"portfolio": "D1", "ticker": "SBER", "exchange": "MOEX", "buyPrice": 2.5}),
    (clusters.CLUSTER.of(Format.SIMPLE), {"timestamp": 60, "tradeClusters": []}),
    (securities.BoardDescription, {"exchange": "MOEX", "code": "TQBR", "description": "T+"}),
    (securities.MarketStatus, {"code": "FOND", "status": "open"}),
    (replies.TokenHeader, {"alg": "ES256", "typ": "JWT", "cty": "JWT"}),
    (replies.TokenRequest, {"token": "t", "allowedPortfolios": ["D1"]}),
]


@pytest.mark.parametrize(("kind", "raw"), [pytest.param(*each, id=str(each[0])) for each in FACTS])
def test_what_has_one_spelling_keeps_the_venues_keys(kind: Any, raw: Any) -> None:  # noqa: ANN401
    written = msgspec.to_builtins(msgspec.convert(raw, kind))
    assert without_nulls(written) == raw


@pytest.mark.parametrize("spelling", Format)
@pytest.mark.parametrize("opcode", RECORDS)
def test_record_keeps_its_values_in_every_format(opcode: str, spelling: Format) -> None:
    spelled = RECORDS[opcode]
    frame = data_frame(encode_data(RECORD_VALUES[spelled], spelled, spelling), "guid-1")
    found = data_decoder(spelled.of(spelling)).decode(frame)
    again = data_frame(encode_data(found.data, spelled, spelling), "guid-1")
    assert json.loads(frame) == json.loads(again)
    assert found.guid == "guid-1"


def test_slim_is_shorter_and_reads_the_venues_keys() -> None:
    frame = '{ "data": {"b":[{"p":257.7,"v":157}],"a":[],"t":1702631123780,"h":true}, "guid":"g" }'
    book = data_decoder(market.BOOK.of(Format.SLIM)).decode(frame).data
    assert (book.bids[0].price, book.bids[0].volume, book.asks) == (257.7, 157.0, [])
    assert (book.ms_timestamp, book.existing) == (1702631123780, True)
    heavy = encode_data(book, market.BOOK, Format.HEAVY)
    assert '"msTimestamp":1702631123780' in heavy
    assert '"snapshot"' not in heavy


def test_simple_alone_has_the_legacy_doubles() -> None:
    order = account.Order(id="7", symbol="GAZP", qty_batch=10.0, qty=10.0, filled=4.0)
    simple = json.loads(encode_data(order, account.ORDER, Format.SIMPLE))
    heavy = json.loads(encode_data(order, account.ORDER, Format.HEAVY))
    slim = json.loads(encode_data(order, account.ORDER, Format.SLIM))
    assert (simple["qty"], simple["filled"]) == (10.0, 4.0)
    assert "qty" not in heavy
    assert "filled" not in heavy
    assert slim["qb"] == 10.0


def test_guid_is_found_at_the_end_even_if_a_text_looks_like_one() -> None:
    assert guid_of('{ "data": {"cmt":"\\"guid\\":\\"x\\""}, "guid":"right" }') == "right"
    assert guid_of('{"requestGuid":"a","httpCode":200}') == ""
    assert guid_of("pong") == ""


@pytest.mark.parametrize("frame", ["pong", "", "[]", "7", '{"httpCode":"x"}', "\x00", "{"])
def test_what_is_no_frame_is_read_as_nothing(frame: str) -> None:
    found = read_any(frame)
    assert found is None or found.control() is None


def test_tokens_are_never_printed() -> None:
    assert "secret" not in repr(replies.AccessToken("secret"))
    assert "secret" not in repr(replies.OAuthTokens("secret", "secret"))


LEVELS = [market.Level(100.5, 3.0), market.Level(100.4, 1.0)]
RECORD_VALUES: dict[Spelled[Any], Any] = {
    market.BOOK: market.Book(LEVELS, LEVELS, 1702631123780, existing=True),
    market.QUOTE: market.Quote("SBER", "MOEX", ask=272.0, bid=271.99, ask_vol=4.0, bid_vol=2.0),
    market.PUBLIC_TRADE: market.PublicTrade(9237394357, "SBER", "TQBR", 79, 267.92, side="sell"),
    clusters.CLUSTER: clusters.Cluster(60, [clusters.ClusterLevel(287.79, 12, 4)]),
    market.CANDLE: market.Candle(1537529040, 192.15, 192.18, 192.2, 192.15, 1960),
    market.INSTRUMENT_UPDATE: market.InstrumentUpdate("SBER", trading_status=17),
    account.ORDER: account.Order("41", "GAZP", side="buy", iceberg=account.Iceberg(10, 2)),
    account.STOP_ORDER: account.StopOrder(8939, "GAZP", "42", stop_price=160.0),
    account.LEGACY_STOP_ORDER: account.LegacyStopOrder(8939, "GAZP", stop_price=160.0),
    account.TRADE: account.Trade(
        "44", "42", symbol="GAZP", repo_specific_fields=account.Repo(23.4)
    ),
    account.POSITION: account.Position("APTK", qty_units=60.0, lot_size=10.0),
    risk.SUMMARY: risk.Summary(buying_power_by_currency=[risk.BuyingPower("RUB", 99186.2)]),
    risk.RISK: risk.Risk("7500GHC", "MOEX", risk_status="Ok"),
    risk.DERIVATIVES_RISK: risk.DerivativesRisk("7500GHC", money_free=452404.0),
}
