"""Nothing that a hub sends makes a session raise: it is used, ignored, or ends the connection."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.b2trader.messages import ClosedOrder, OrderItem
from connectors.frame.session import Session
from engine.model.subscription import DataKind, Subscription
from tests.wire import b2trader_wire, binck_wire
from tests.wire.b2trader_wire import CFD, T0, hub_frame, item_frame, order_item, sent, started
from tests.wire.binck_wire import INGA, NUMBER, told_by_hub

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "item", "price", "side", "qt"]), inner, max_size=3)
    ),
    max_leaves=6,
)
odd: st.SearchStrategy[object] = st.sampled_from(
    ["", "x", "NaN", "1e999", "-0", "0", None, -1, 10**400, "Infinity", [], {}]
)
ORDER_FIELDS = tuple(OrderItem.__struct_encode_fields__)
CLOSING_FIELDS = tuple(ClosedOrder.__struct_encode_fields__)
CLOSING = {
    "orderId": "C1",
    "marketId": "cfd.eur_chf",
    "side": "Buy",
    "positionCloseLotAmount": "0.1",
    "closePrice": "0.938",
}
LEVEL = {"price": "0.9", "amount": "1"}
BOOK = {"instrument": "cfd.eur_chf", "asks": [], "bids": [LEVEL], "version": "1", "snapshot": True}
CELL = {"msg": "qu", "typ": "bid", "prc": 10.5, "vol": 1, "tags": ""}
SIGN = {"accountNumber": NUMBER, "number": 1, "status": "placed", "dt": "2020-02-14T10:21:28Z"}


def account() -> Session:
    session = b2trader_wire.venue().account_session
    started(session)
    return session


def balance() -> Session:
    session = b2trader_wire.venue().balance_session
    started(session)
    return session


def market() -> Session:
    session = b2trader_wire.venue().market_session
    started(session)
    for kind in (DataKind.BOOK, DataKind.QUOTES):
        session.subscribe(Subscription(CFD, kind), T0)
    session.subscribe(Subscription(CFD, DataKind.BARS, spec="1m"), T0)
    sent(session)
    return session


def binck() -> Session:
    session = binck_wire.venue().session
    started(session, T0)
    for kind in (DataKind.QUOTES, DataKind.TRADES, DataKind.BOOK):
        session.subscribe(Subscription(INGA, kind), T0)
    session.timeout(T0 + 10**9)
    sent(session)
    return session


def survives(session: Session, frame: str) -> None:
    session.receive(frame, T0)
    session.events()
    session.frames_to_send()


@pytest.mark.parametrize("make", [account, balance, market, binck])
@given(stream=st.integers(0, 4), item=values)
def test_any_item_is_survived(make: Callable[[], Session], stream: int, item: object) -> None:
    session = make()
    survives(session, item_frame(stream, item))
    survives(session, hub_frame(type=3, invocationId=str(stream), result=item))


@given(st.sampled_from(ORDER_FIELDS), odd)
def test_order_with_any_odd_value_is_survived(field: str, value: object) -> None:
    survives(account(), item_frame(0, [order_item(**{field: value})]))


@given(st.sampled_from(CLOSING_FIELDS), odd)
def test_closing_with_any_odd_value_is_survived(field: str, value: object) -> None:
    survives(account(), item_frame(2, [CLOSING | {field: value}]))


@given(st.sampled_from([*BOOK, *LEVEL]), odd)
def test_book_with_any_odd_value_is_survived(field: str, value: object) -> None:
    levels = [LEVEL | {field: value}] if field in LEVEL else [LEVEL]
    survives(market(), item_frame(0, BOOK | {"bids": levels} | {field: value}))


@given(st.sampled_from(["Quote", "OrderStatus", "News"]), values)
def test_any_call_is_survived(target: str, argument: object) -> None:
    survives(binck(), told_by_hub(target, argument))


@given(st.sampled_from([*CELL, "sdt", "id"]), odd)
def test_quote_with_any_odd_value_is_survived(field: str, value: object) -> None:
    cell = CELL | {field: value} if field in CELL else CELL
    packet = {"id": "b6OQR", "sdt": "2020-02-14T10:21:28Z", "qt": [cell]}
    survives(binck(), told_by_hub("Quote", packet | ({} if field in CELL else {field: value})))


@given(st.sampled_from(list(SIGN)), odd)
def test_sign_with_any_odd_value_is_survived(field: str, value: object) -> None:
    survives(binck(), told_by_hub("OrderStatus", SIGN | {field: value}))
