"""Binck's hub: blocks of subscriptions, quotes cell by cell, signs that orders have changed."""

from math import isnan
from typing import Any

import pytest

from connectors.binck.messages import Cell, QuotePacket
from connectors.binck.quotes import StreamedQuotes
from connectors.binck.session import StreamSession
from connectors.frame.flow import drive
from connectors.frame.iso_time import from_iso
from connectors.frame.session import Ended, Inquiry, Refused, Remedy
from engine.errors import UsageError
from engine.model.market import BookSnapshot, MarketEvent, QuoteTick, TradeTick
from engine.model.notices import NewsReceived
from engine.model.reports import OrderAccepted
from engine.model.subscription import DataKind, Subscription
from tests.wire.b2trader_wire import answers, hub_frame, sent, started, told
from tests.wire.binck_wire import (
    INGA,
    NUMBER,
    PLACED,
    SECOND,
    T0,
    instrument,
    instruments,
    order,
    orders,
    told_by_hub,
    venue,
)

QUOTES = Subscription(INGA, DataKind.QUOTES)
DONE = {"isSucceeded": True, "subcount": 1}


def asked_for_quotes(session: StreamSession) -> list[dict[str, Any]]:
    """Let the moment pass in which subscriptions are gathered; return the calls that follow."""
    session.timeout(session.deadline() or 0)
    return sent(session)


def packet(*cells: dict[str, object]) -> dict[str, object]:
    return {"id": "b6OQR", "lvl": 0, "sdt": "2020-02-14T10:21:28Z", "qt": list(cells)}


def cell(typ: str, price: float, size: float = 1.0, msg: str = "qu", tags: str = "") -> Cell:
    return Cell(msg, typ, price, size, tags)


def watched(**wanted: bool) -> StreamedQuotes:
    quotes = StreamedQuotes(INGA)
    quotes.with_quotes = wanted.get("quotes", True)
    quotes.with_trades = wanted.get("trades", True)
    quotes.with_book = wanted.get("book", False)
    return quotes


def take(quotes: StreamedQuotes, *cells: Cell) -> list[MarketEvent]:
    return quotes.take(QuotePacket("b6OQR", "2020-02-14T10:21:28Z", cells), T0 + SECOND)


def test_session_subscribes_to_orders_and_news_and_is_ready_with_the_orders() -> None:
    session = venue().session
    asked = started(session, T0)
    assert [(each["target"], each["arguments"]) for each in asked] == [
        ("SubscribeOrders", [NUMBER]),
        ("SubscribeNews", [NUMBER]),
    ]
    assert not session.is_ready
    told(session, hub_frame(type=3, invocationId="0", result=DONE))
    assert session.is_ready


@pytest.mark.parametrize(
    "answer", [{"result": {"isSucceeded": False, "subcount": 0}}, {"error": "no"}]
)
def test_refused_orders_ask_for_a_new_login(answer: dict[str, object]) -> None:
    session = venue().session
    started(session, T0)
    [ended] = told(session, hub_frame(type=3, invocationId="0", **answer))
    assert isinstance(ended, Ended)
    assert ended.remedy is Remedy.LOGIN


def test_second_connection_of_a_token_is_closed_and_logs_in_anew() -> None:
    session = venue().session
    started(session, T0)
    [ended] = told(session, hub_frame(type=7, error="only one session is allowed"))
    assert isinstance(ended, Ended)
    assert ended.remedy is Remedy.LOGIN


def test_subscriptions_are_gathered_into_blocks_of_a_hundred() -> None:
    made = venue()
    names = tuple(f"I{n}.BINCK" for n in range(230))
    rows = [instruments(instrument(id=f"id{n}", symbol=f"I{n}")) for n in range(230)]
    drive(made.instruments(names, T0), answers(*rows))
    started(made.session, T0)
    for name in names:
        made.session.subscribe(Subscription(name, DataKind.QUOTES), T0)
    asked = asked_for_quotes(made.session)
    assert [len(each["arguments"][1]) for each in asked] == [100, 100, 30]
    assert {each["arguments"][2] for each in asked} == {"TopOfBook"}
    assert asked[0]["arguments"][0] == NUMBER


def test_highest_level_that_is_wanted_is_asked_for() -> None:
    session = venue().session
    started(session, T0)
    session.subscribe(Subscription(INGA, DataKind.TRADES), T0)
    assert asked_for_quotes(session)[0]["arguments"][2] == "Trades"
    session.subscribe(Subscription(INGA, DataKind.BOOK), T0)
    session.subscribe(QUOTES, T0)
    assert [each["arguments"][2] for each in asked_for_quotes(session)] == ["Book"]


def test_more_instruments_than_the_hub_takes_are_refused() -> None:
    session = venue().session
    started(session, T0)
    for number in range(3000):
        session.subscribe(Subscription(f"I{number}.BINCK", DataKind.QUOTES), T0)
    session.subscribe(QUOTES, T0)
    [refused] = session.events()
    assert isinstance(refused, Refused)
    assert "3000" in refused.reason


def test_refused_block_refuses_each_of_its_subscriptions() -> None:
    session = venue().session
    started(session, T0)
    session.subscribe(QUOTES, T0)
    [asked] = asked_for_quotes(session)
    failed = {"isSucceeded": False, "subcount": 0}
    [refused] = told(session, hub_frame(type=3, invocationId=asked["invocationId"], result=failed))
    assert isinstance(refused, Refused)
    assert refused.subscription == QUOTES


def test_last_subscription_of_an_instrument_ends_its_quotes() -> None:
    session = venue().session
    started(session, T0)
    trades = Subscription(INGA, DataKind.TRADES)
    for subscription in (QUOTES, trades):
        session.subscribe(subscription, T0)
    asked_for_quotes(session)
    session.unsubscribe(trades, T0)
    assert sent(session) == []
    session.unsubscribe(QUOTES, T0)
    [asked] = sent(session)
    assert (asked["target"], asked["arguments"]) == ("UnSubscribeQuotes", [["b6OQR"]])


def test_quote_of_the_hub_becomes_a_tick_of_the_instrument() -> None:
    session = venue().session
    started(session, T0)
    session.subscribe(QUOTES, T0)
    asked_for_quotes(session)
    values = packet(
        {"msg": "qi", "typ": "bid", "prc": 10.5, "vol": 1200, "ord": 4},
        {"msg": "qi", "typ": "ask", "prc": 10.504, "vol": 900, "ord": 2},
        {"msg": "qi", "typ": "opn", "prc": 10.4, "vol": 0},
    )
    [quote] = told(session, told_by_hub("Quote", values), now=T0 + SECOND)
    assert quote == QuoteTick(INGA, T0, T0 + SECOND, 10.5, 10.504, 1200.0, 900.0)


def test_target_is_compared_without_case_and_strangers_are_ignored() -> None:
    session = venue().session
    started(session, T0)
    session.subscribe(QUOTES, T0)
    asked_for_quotes(session)
    bid = {"msg": "qu", "typ": "bid", "prc": 10.5, "vol": 1}
    assert len(told(session, told_by_hub("quote", packet(bid)))) == 1
    assert told(session, told_by_hub("Quote", packet(bid) | {"id": "other"})) == []
    assert told(session, told_by_hub("Surprise", 1), told_by_hub("Quote")) == []


def test_initial_value_after_an_update_is_void() -> None:
    quotes = watched()
    take(quotes, cell("bid", 10.5))
    assert take(quotes, cell("bid", 10.4, msg="qi")) == []
    [quote] = take(quotes, cell("ask", 10.6, msg="qi"))
    assert isinstance(quote, QuoteTick)
    assert (quote.bid, quote.ask) == (10.5, 10.6)


def test_initial_last_price_is_no_trade() -> None:
    assert take(watched(), cell("lst", 10.5, msg="qi")) == []


@pytest.mark.parametrize(
    ("tags", "size", "count"), [("", 5.0, 1), ("O", 5.0, 1), ("OX", 5.0, 0), ("", 0.0, 0)]
)
def test_trade_is_an_update_with_a_size_that_is_not_excluded(
    tags: str, size: float, count: int
) -> None:
    events = take(watched(), cell("lst", 10.5, size, tags=tags))
    assert len(events) == count
    assert all(isinstance(event, TradeTick) for event in events)


def test_cancel_tag_removes_everything_and_lets_initial_values_count_again() -> None:
    quotes = watched()
    take(quotes, cell("bid", 10.5), cell("ask", 10.6))
    [quote] = take(quotes, cell("lst", 0, 0, tags="C"))
    assert isinstance(quote, QuoteTick)
    assert isnan(quote.bid)
    assert isnan(quote.ask)
    [again] = take(quotes, cell("bid", 10.4, msg="qi"))
    assert isinstance(again, QuoteTick)
    assert again.bid == 10.4


def test_market_order_at_the_touch_has_no_price() -> None:
    [quote] = take(watched(), cell("bid", 0, 500, tags="M"), cell("ask", 10.6))
    assert isinstance(quote, QuoteTick)
    assert isnan(quote.bid)
    assert quote.bid_size == 500


def test_book_has_the_levels_that_have_a_price() -> None:
    [snapshot] = take(
        watched(quotes=False, book=True),
        cell("bid", 10.5, 3),
        cell("bid2", 10.498, 4),
        cell("bid3", 0, 0),
        cell("ask", 10.504, 5),
    )
    assert isinstance(snapshot, BookSnapshot)
    assert snapshot.bids == ((10.5, 3.0), (10.498, 4.0))
    assert snapshot.asks == ((10.504, 5.0),)


def test_packet_that_changes_nothing_says_nothing() -> None:
    quotes = watched()
    take(quotes, cell("bid", 10.5))
    assert take(quotes, cell("bid", 10.5), cell("vol", 0, 5), cell("thp", 10.51)) == []


@pytest.mark.parametrize("target", ["OrderStatus", "OrderModified", "OrderExecution"])
def test_sign_of_an_order_is_followed_by_a_question(target: str) -> None:
    session = venue().session
    started(session, T0)
    sign = {
        "accountNumber": NUMBER,
        "number": 4711,
        "instrument": {"id": "b6OQR"},
        "status": "placed",
        "dt": "2020-02-14T10:21:28Z",
    }
    [inquiry] = told(session, told_by_hub(target, sign))
    assert isinstance(inquiry, Inquiry)
    played = answers(orders(order(PLACED)))
    [accepted] = drive(inquiry.flow(T0), played)
    assert isinstance(accepted, OrderAccepted)
    assert played.requests[0].url.endswith("/orders/4711?includeStatusHistory=true")
    assert told(session, told_by_hub(target, sign | {"accountNumber": "1"})) == []


def test_news_is_told_with_the_instruments_that_are_known() -> None:
    made = venue()
    drive(made.instruments((INGA,), T0), answers(instruments(instrument())))
    started(made.session, T0)
    item = {"head": "*Title", "dt": "2020-02-14T10:21:28Z", "cul": "nl", "fmt": "plain"}
    [news] = told(made.session, told_by_hub("News", item | {"iids": ["b6OQR", "other"]}))
    assert isinstance(news, NewsReceived)
    assert news == NewsReceived(
        venue="BINCK",
        headline="*Title",
        body="",
        instruments=(INGA,),
        ts_event=from_iso("2020-02-14T10:21:28Z"),
        ts_recv=news.ts_recv,
    )


def test_new_token_extends_the_running_connection() -> None:
    made = venue()
    started(made.session, T0)
    made._codec.token = "fresh"
    made.session.renewed(T0)
    [asked] = sent(made.session)
    assert (asked["target"], asked["arguments"]) == ("ExtendSubscriptions", ["fresh"])
    assert told(made.session, hub_frame(type=3, invocationId=asked["invocationId"])) == []


def test_extension_that_fails_asks_for_a_login() -> None:
    session = venue().session
    started(session, T0)
    session.renewed(T0)
    [asked] = sent(session)
    [ended] = told(session, hub_frame(type=3, invocationId=asked["invocationId"], error="no"))
    assert isinstance(ended, Ended)
    assert ended.remedy is Remedy.LOGIN


def test_what_does_not_stream_is_refused() -> None:
    with pytest.raises(UsageError, match="no bars"):
        venue().link_of(Subscription(INGA, DataKind.BARS, spec="1m"))


def test_ids_that_changed_over_night_end_the_connection() -> None:
    made = venue()
    started(made.session, T0)
    day = 86_400 * SECOND
    played = answers(
        instruments(instrument(id="other")),
        orders(),
        {"positionsCollection": {"positions": []}},
        {"balancesCollection": {"balances": []}},
    )
    drive(made.resync("main", T0 + day), played)
    [ended] = made.session.events()
    assert isinstance(ended, Ended)
    assert ended.remedy is Remedy.REPLACE
    started(made.session, T0 + day)
    made.session.subscribe(QUOTES, T0 + day)
    assert asked_for_quotes(made.session)[0]["arguments"][1] == ["other"]
