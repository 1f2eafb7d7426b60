"""ALOR's wire under random bytes and values: nothing raises, and prices stay decimals."""

import json
from decimal import Decimal
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import alor
from connectors.alor_protocol.codec import data_decoder, data_frame, encode_data, read_any
from connectors.alor_protocol.flows.commands import read_outcome
from connectors.alor_protocol.mapping.market import book_snapshot
from connectors.alor_protocol.messages.market import BOOK, Book, Level
from connectors.alor_protocol.messages.spelling import Format
from connectors.alor_protocol.placements import Placements
from connectors.alor_protocol.sessions.account import AccountSession
from connectors.alor_protocol.sessions.market import MarketSession
from connectors.alor_protocol.sessions.orders import OrderSession
from connectors.alor_protocol.wire_time import time_ns, time_text
from connectors.frame.http import Request, Response
from connectors.frame.session import Session
from connectors.simulation.simulator import Peer
from engine.errors import OutcomeUnknown, TokenRefused
from engine.model.subscription import DataKind, Subscription
from tests.wire.alor_login import SETTINGS, cache
from tests.wire.alor_pair import AlorPair

FEW = settings(max_examples=60, deadline=None)
KEYS = ["data", "guid", "requestGuid", "httpCode", "message", "orderNumber", "opcode", "token"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*KEYS, "b", "a", "p", "v", "sym", "st", "q"]), inner)
    ),
    max_leaves=12,
)
FRAMES = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=80),
    VALUES.map(json.dumps),
    st.dictionaries(st.sampled_from(KEYS), VALUES).map(json.dumps),
    st.tuples(VALUES, st.integers(1, 6)).map(
        lambda pair: data_frame(json.dumps(pair[0]), f"market-{pair[1]}")
    ),
)


GRAPHQL = st.fixed_dictionaries(
    {
        "query": st.just("{ instruments }"),
        "variables": st.dictionaries(st.sampled_from(["first", "after", "where"]), VALUES),
    }
).map(json.dumps)


def sessions() -> list[Session]:
    instruments, _ = cache()
    market = MarketSession(SETTINGS, lambda: "jwt", instruments)
    market.opened(0)
    for kind in DataKind:
        spec = "1m" if kind is DataKind.BARS else ""
        market.subscribe(Subscription("GAZP.ALOR", kind, 0, spec), 0)
    account = AccountSession(SETTINGS, lambda: "jwt", instruments, Placements())
    account.opened(0)
    orders = OrderSession(lambda: "jwt", SETTINGS.orders_ping_ns, SETTINGS.answer_ns)
    orders.opened(0)
    return [market, account, orders]


@FEW
@given(st.lists(FRAMES, max_size=6))
def test_no_frame_makes_a_session_raise(frames: list[str | bytes]) -> None:
    for session in sessions():
        for frame in frames:
            session.receive(frame, 1)
        session.events()
        session.timeout(2)
        session.frames_to_send()


@FEW
@given(st.lists(FRAMES, max_size=4))
def test_no_frame_makes_the_simulator_raise(frames: list[str | bytes]) -> None:
    pair = AlorPair(alor.PACKAGE)
    for path in ("/ws", "/cws"):
        peer = pair.simulator.connect(Request(method="GET", url=path), 0)
        assert not isinstance(peer, Response)
        _feed(peer, frames)


def _feed(peer: Peer, frames: list[str | bytes]) -> None:
    peer.opened(0)
    for frame in frames:
        peer.receive(frame, 1)
    peer.timeout(2)
    peer.outgoing()
    peer.lost(3)


@FEW
@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    st.sampled_from(
        [
            "/refresh",
            "/token",
            "/authorize",
            "/hyperion",
            "/md/v2/time",
            "/md/v2/history",
            "/md/v2/history/cluster",
            "/md/v2/risk/rates",
            "/md/v2/Securities",
            "/md/v2/Securities/MOEX/SBER/alltrades/history",
            "/md/v2/Securities/MOEX/CNY/actualFuturesQuote",
            "/md/v2/orderbooks/MOEX/SBER",
            "/md/v2/Clients/MOEX/D39004/orders",
            "/commandapi/warptrans/TRADE/v2/client/orders/actions/limit",
            "/commandapi/warptrans/TRADE/v2/client/orders/7",
            "/commandapi/warptrans/TRADE/v2/client/orders/estimate",
            "/nowhere",
        ]
    ),
    st.dictionaries(
        st.sampled_from(["limit", "offset", "from", "to", "tf", "depth", "take", "fromId", "stop"]),
        st.text(max_size=4) | st.integers(-5, 10**7).map(str),
    ).map(lambda query: urlencode({"symbol": "SBER", "exchange": "MOEX", **query})),
    FRAMES | GRAPHQL,
)
def test_no_request_makes_the_simulator_raise(
    method: str, path: str, query: str, body: str | bytes
) -> None:
    pair = AlorPair(alor.PACKAGE)
    raw = body if isinstance(body, bytes) else body.encode(errors="replace")
    token = pair.simulator.answer(_refresh(), 0).body
    jwt = json.loads(token)["AccessToken"]
    for headers in ({}, {"Authorization": f"Bearer {jwt}", "X-REQID": "1"}):
        request = Request(method=method, url=f"{path}?{query}", headers=headers, body=raw)
        assert pair.simulator.answer(request, 0).status < 600


def _refresh() -> Request:
    return Request(method="POST", url="/refresh", body=b'{"token":"simulated"}')


@FEW
@given(st.integers(200, 599), FRAMES)
def test_every_answer_to_a_command_is_an_outcome_or_a_named_fault(
    status: int, body: str | bytes
) -> None:
    raw = body if isinstance(body, bytes) else body.encode(errors="replace")
    try:
        read_outcome(Response(status=status, body=raw))
    except (OutcomeUnknown, TokenRefused):
        assert status in (400, 401) or status >= 500


@FEW
@given(FRAMES)
def test_any_bytes_are_a_frame_or_nothing(frame: str | bytes) -> None:
    found = read_any(frame)
    assert found is None or isinstance(found.guid, str | None)


PRICES = st.integers(1, 10**9).map(lambda units: Decimal(units).scaleb(-4))


@FEW
@given(
    st.lists(st.tuples(PRICES, st.integers(0, 10**6)), max_size=5),
    st.sampled_from(list(Format)),
)
def test_books_keep_every_decimal_in_every_format(
    levels: list[tuple[Decimal, int]], spelling: Format
) -> None:
    _, traded = cache()
    book = Book([Level(float(price), size) for price, size in levels], [], 5)
    frame = data_frame(encode_data(book, BOOK, spelling), "g")
    read = data_decoder(BOOK.of(spelling)).decode(frame).data
    event = book_snapshot(traded, read, 9)
    assert event.bids == tuple((float(price), float(size * 10)) for price, size in levels)


@FEW
@given(st.integers(0, 4 * 10**18))
def test_times_of_the_wire_lose_nothing_above_its_seventh_decimal(ts: int) -> None:
    assert time_ns(time_text(ts), -1) == ts // 100 * 100


@FEW
@given(st.text(max_size=30))
def test_what_is_no_time_gives_the_other(text: str) -> None:
    assert isinstance(time_ns(text, -1), int)
