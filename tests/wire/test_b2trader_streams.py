"""What B2TRADER streams becomes market events, positions and balances, and links say when."""

from math import isnan

import pytest

from connectors.b2trader.names import TABLE, Mark, Names
from connectors.frame.flow import drive
from connectors.frame.session import Ended, Inquiry, Refused, Remedy
from engine.errors import ConfigError, UsageError
from engine.model.commands import ClosePosition
from engine.model.connection import FeedChanged, FeedState
from engine.model.market import Bar, BookDelta, BookSnapshot, QuoteTick
from engine.model.notices import MarginCalled
from engine.model.reports import OrderAccepted, OrderFilled
from engine.model.subscription import DataKind, Subscription
from engine.model.truth import BalanceRecord, PositionRecord
from tests.wire.b2trader_wire import (
    ACCOUNT_ID,
    CFD,
    SECOND,
    T0,
    answers,
    hub_frame,
    item_frame,
    order_item,
    reports_of,
    sent,
    started,
    submit,
    told,
    venue,
)

BOOK = Subscription(CFD, DataKind.BOOK)
QUOTES = Subscription(CFD, DataKind.QUOTES)
SNAPSHOT = {
    "instrument": "cfd.eur_chf",
    "asks": [{"price": "0.93730", "amount": "2"}, {"price": "0.93720", "amount": "1"}],
    "bids": [{"price": "0.93700", "amount": "3"}, {"price": "0.93690", "amount": "4"}],
    "version": "12498",
    "snapshot": True,
}
CHANGE = {
    "instrument": "cfd.eur_chf",
    "asks": [{"price": "0.93720", "amount": "0"}, {"price": "0.93725", "amount": "5"}],
    "bids": [],
    "version": "12499",
    "snapshot": False,
}


def position(**changes: object) -> dict[str, object]:
    return {
        "positionId": "P1",
        "marketId": "cfd.eur_chf",
        "side": "Sell",
        "status": "Open",
        "positionLotAmount": "0.1",
        "openPrice": "0.93701",
        "updatedAt": "2025-05-20T17:22:31.9001213Z",
        "takeProfit": {"price": "0.93"},
        "stopLoss": None,
    } | changes


def test_account_hub_asks_for_orders_positions_and_closings() -> None:
    asked = started(venue().account_session)
    assert [(each["type"], each["target"], each["arguments"]) for each in asked] == [
        (4, "OpenOrders", [ACCOUNT_ID]),
        (4, "OpenPositions", [ACCOUNT_ID]),
        (4, "ClosePositionsOrders", [ACCOUNT_ID]),
    ]
    assert [each["invocationId"] for each in asked] == ["0", "1", "2"]


def test_account_hub_is_ready_once_orders_and_positions_have_answered() -> None:
    session = venue().account_session
    started(session)
    told(session, item_frame(0, []))
    assert not session.is_ready
    told(session, item_frame(1, {"item": []}))
    assert session.is_ready
    session.lost("cut", T0)
    assert not session.is_ready


def test_account_hub_of_an_empty_account_is_ready_after_a_while() -> None:
    session = venue().account_session
    started(session)
    assert session.deadline() == T0 + 3 * SECOND
    session.timeout(T0 + 3 * SECOND)
    assert session.is_ready


def test_streamed_order_becomes_reports_of_its_client_order() -> None:
    made = venue()
    started(made.account_session)
    reports_of(made.execute(submit(), T0), answers({"order": order_item()}))
    frame = item_frame(0, [order_item(remainingAmount="4000", executionPrice="0.9299")])
    [fill] = told(made.account_session, frame)
    assert isinstance(fill, OrderFilled)
    assert (fill.client_order_id, fill.quantity) == ("bot-1-1", 6000.0)


def test_full_list_mode_is_a_matter_of_configuration() -> None:
    made = venue({"open_orders_mode": "full_list"})
    started(made.account_session)
    reports_of(made.execute(submit(), T0), answers({"order": order_item()}))
    told(made.account_session, item_frame(0, [order_item()]))
    [alarm] = told(made.account_session, item_frame(0, []))
    assert "without a word" in getattr(alarm, "reason", "")


def test_position_is_in_base_units_and_signed() -> None:
    session = venue().account_session
    started(session)
    [record] = told(session, item_frame(1, {"item": [position()]}))
    assert record == PositionRecord(
        account="main",
        instrument=CFD,
        quantity=-10_000.0,
        average_price=0.93701,
        take_profit=0.93,
        ts_event=T0,
        ts_recv=T0,
    )


def test_closed_position_has_quantity_zero() -> None:
    session = venue(hedging=True).account_session
    started(session)
    told(session, item_frame(1, {"item": [position()]}))
    [record] = told(session, item_frame(1, {"item": [position(status="Closed")]}))
    assert isinstance(record, PositionRecord)
    assert (record.quantity, record.position_id) == (0.0, "P1")
    assert session.positions("main") == ()


def test_position_that_was_closed_while_the_connection_was_away_is_gone() -> None:
    made = venue()
    held = {"positionId": "P", "marketId": "cfd.eur_chf", "side": "Buy", "positionLotAmount": "0.1"}
    started(made.account_session)
    told(made.account_session, item_frame(1, {"item": [held, held | {"positionId": "Q"}]}))
    told(made.account_session, item_frame(1, {"item": [held]}))
    assert [each.position_id for each in made.account_session.positions("main")] == ["P", "Q"]
    made.account_session.lost("cut", T0)
    started(made.account_session)
    told(made.account_session, item_frame(1, {"item": [held]}))
    assert [each.position_id for each in made.account_session.positions("main")] == ["P"]


def test_position_that_left_a_full_list_is_closed() -> None:
    session = venue({"open_positions_mode": "full_list"}).account_session
    started(session)
    told(session, item_frame(1, {"item": [position()]}))
    [record] = told(session, item_frame(1, {"item": []}))
    assert isinstance(record, PositionRecord)
    assert record.quantity == 0.0


CLOSING = {
    "orderId": "C1",
    "marketId": "cfd.eur_chf",
    "side": "Buy",
    "positionCloseLotAmount": "0.1",
    "reason": "StopLoss",
}


def test_order_that_closed_a_position_is_booked_at_its_price() -> None:
    session = venue().account_session
    started(session)
    [fill] = told(session, item_frame(2, [CLOSING | {"closePrice": "0.938"}]))
    assert isinstance(fill, OrderFilled)
    assert (fill.client_order_id, fill.quantity, fill.price) == ("", 10_000.0, 0.938)


def test_closing_order_without_a_price_is_looked_up() -> None:
    made = venue()
    started(made.account_session)
    close = ClosePosition("bot-1-9", "s", "main", CFD, T0, "P1", 10_000.0)
    reports_of(made.execute(close, T0), answers({"positionId": "P1"}))
    closing = CLOSING | {"positionId": "P1"}
    [inquiry] = told(made.account_session, item_frame(2, [closing]))
    assert isinstance(inquiry, Inquiry)
    execution = {
        "executionId": "E1",
        "orderId": "C1",
        "positionId": "P1",
        "side": "Buy",
        "baseAmount": "10000",
        "executionPrice": "0.938",
        "createdAt": "2025-05-20T17:22:32.000Z",
    }
    played = answers({"executions": [execution]})
    [fill] = drive(inquiry.flow(T0), played)
    assert isinstance(fill, OrderFilled)
    assert (fill.client_order_id, fill.price) == ("bot-1-9", 0.938)
    assert played.requests[0].path == "/frontoffice/api/v5/orders/C1/executions/list"
    assert told(made.account_session, item_frame(2, [closing])) == []


def test_balance_hub_streams_money_and_keeps_margin() -> None:
    made = venue()
    asked = started(made.balance_session)
    assert [each["target"] for each in asked] == ["FullBalance", "MarginData"]
    money = [{"assetId": "usdt", "available": "900", "total": "1000", "locked": "100"}]
    margin = {
        "marginBalanceInRAT": "10",
        "unrealizedPnlInRAT": "1",
        "equityInRAT": "11",
        "usedMarginInRAT": "2",
        "freeMarginInRAT": "9",
        "marginLevel": "5.5",
    }
    assert not made.balance_session.is_ready
    [record] = told(made.balance_session, item_frame(0, money), item_frame(1, margin))
    assert made.balance_session.is_ready
    assert isinstance(record, BalanceRecord)
    assert (record.currency, record.total, record.available) == ("USDT", 1000.0, 900.0)
    assert made.balance_session.margins["main"].margin_level == "5.5"
    levels = ["0.9", "0.8", "1.1", "0.7"]
    calls = told(
        made.balance_session, *(item_frame(1, margin | {"marginLevel": n}) for n in levels)
    )
    assert [type(each) for each in calls] == [MarginCalled, MarginCalled]


def test_book_begins_with_a_snapshot_and_goes_on_with_changes() -> None:
    session = venue().market_session
    started(session)
    session.subscribe(BOOK, T0)
    [asked] = sent(session)
    assert (asked["target"], asked["arguments"]) == ("Book", [ACCOUNT_ID, "cfd.eur_chf"])
    early = told(session, item_frame(0, CHANGE))
    assert early == []
    snapshot, *changes = told(session, item_frame(0, SNAPSHOT), item_frame(0, CHANGE))
    assert isinstance(snapshot, BookSnapshot)
    assert snapshot.bids == ((0.937, 3.0), (0.9369, 4.0))
    assert snapshot.asks == ((0.9372, 1.0), (0.9373, 2.0))
    assert snapshot.sequence == 12498
    assert [(c.side, c.price, c.size, c.sequence) for c in changes if isinstance(c, BookDelta)] == [
        (-1, 0.9372, 0.0, 12499),
        (-1, 0.93725, 5.0, 12499),
    ]


def test_older_version_of_a_book_is_ignored() -> None:
    session = venue().market_session
    started(session)
    session.subscribe(BOOK, T0)
    told(session, item_frame(0, SNAPSHOT), item_frame(0, CHANGE))
    assert told(session, item_frame(0, CHANGE)) == []


def test_crossed_book_is_broken_and_asked_for_anew() -> None:
    session = venue().market_session
    started(session)
    session.subscribe(BOOK, T0)
    sent(session)
    crossing = CHANGE | {"bids": [{"price": "0.93725", "amount": "1"}]}
    *_, broken = told(session, item_frame(0, SNAPSHOT), item_frame(0, crossing))
    assert isinstance(broken, FeedChanged)
    assert broken.state is FeedState.BROKEN
    cancel, again = sent(session)
    assert (cancel["type"], cancel["invocationId"]) == (5, "0")
    assert (again["type"], again["invocationId"]) == (4, "1")
    late = told(session, item_frame(0, CHANGE), hub_frame(type=3, invocationId="0"))
    assert late == []


@pytest.mark.parametrize(("rule", "kind"), [("accept", BookDelta), ("resubscribe", FeedChanged)])
def test_gap_in_versions_is_judged_by_configuration(rule: str, kind: type) -> None:
    session = venue({"book_gap": rule}).market_session
    started(session)
    session.subscribe(BOOK, T0)
    told(session, item_frame(0, SNAPSHOT))
    events = told(session, item_frame(0, CHANGE | {"version": "12501"}))
    assert isinstance(events[0], kind)


def test_quotes_have_prices_without_sizes() -> None:
    made = venue()
    started(made.market_session)
    made.market_session.subscribe(QUOTES, T0)
    targets = [each["target"] for each in sent(made.market_session)]
    assert targets == ["Tob", "TradingData", "Summary"]
    touch = {"markets": [{"marketId": "cfd.eur_chf", "ask": "0.9372", "bid": None}]}
    statistics = {"markets": [{"marketId": "cfd.eur_chf", "price": "0.9371", "markPrice": None}]}
    summary = {"items": [{"marketId": "cfd.eur_chf", "last": "0.9370", "percentChange": "0.1"}]}
    frames = item_frame(0, touch), item_frame(1, statistics), item_frame(2, summary)
    [quote] = told(made.market_session, *frames)
    assert isinstance(quote, QuoteTick)
    assert quote.ask == 0.9372
    assert isnan(quote.bid)
    assert isnan(quote.ask_size)
    assert made.market_session.statistics["cfd.eur_chf"].price == "0.9371"
    assert made.market_session.summaries["cfd.eur_chf"].last == "0.9370"


def test_candle_is_a_bar_once_the_next_one_has_begun() -> None:
    session = venue().market_session
    started(session)
    session.subscribe(Subscription(CFD, DataKind.BARS, spec="15m"), T0)
    [asked] = sent(session)
    assert asked["arguments"] == [ACCOUNT_ID, "cfd.eur_chf@15m"]
    candle = {
        "instrument": "cfd.eur_chf",
        "start": "2025-05-20T17:15:00Z",
        "end": "2025-05-20T17:30:00Z",
        "open": "1",
        "high": "3",
        "low": "1",
        "close": "2",
    }
    following = candle | {"start": "2025-05-20T17:30:00Z", "end": "2025-05-20T17:45:00Z"}
    assert told(session, item_frame(0, candle), item_frame(0, candle | {"close": "2.5"})) == []
    [bar] = told(session, item_frame(0, following), now=T0 + SECOND)
    assert isinstance(bar, Bar)
    assert (bar.close, bar.ts_recv) == (2.5, T0 + SECOND)
    assert bar.ts_close - bar.ts_open == 900 * SECOND


def test_what_is_not_streamed_is_refused() -> None:
    made = venue()
    with pytest.raises(UsageError, match="no trades"):
        made.link_of(Subscription(CFD, DataKind.TRADES))
    assert made.link_of(BOOK) == "market"


def test_stream_that_fails_is_a_refused_subscription() -> None:
    session = venue().market_session
    started(session)
    session.subscribe(BOOK, T0)
    [refused] = told(session, hub_frame(type=3, invocationId="0", error="no such market"))
    assert refused == Refused(BOOK, "no such market")


def test_order_stream_that_ends_takes_the_connection_with_it() -> None:
    session = venue().account_session
    started(session)
    [ended] = told(session, hub_frame(type=3, invocationId="0", error="failed"))
    assert isinstance(ended, Ended)


def test_item_that_cannot_be_read_ends_the_connection() -> None:
    session = venue().account_session
    started(session)
    [ended] = told(session, item_frame(0, {"not": "a list"}))
    assert isinstance(ended, Ended)
    assert ended.remedy is Remedy.RECONNECT


@pytest.mark.parametrize("price", ["NaN", "Infinity", "1e999", "x"])
def test_price_that_is_no_number_ends_the_connection(price: str) -> None:
    session = venue().market_session
    started(session)
    session.subscribe(BOOK, T0)
    [ended] = told(session, item_frame(0, SNAPSHOT | {"bids": [{"price": price, "amount": "1"}]}))
    assert isinstance(ended, Ended)


@pytest.mark.parametrize(("allowed", "remedy"), [(True, Remedy.RECONNECT), (False, Remedy.LOGIN)])
def test_close_by_the_hub_says_what_follows(allowed: bool, remedy: Remedy) -> None:
    session = venue().account_session
    started(session)
    [ended] = told(session, hub_frame(type=7, allowReconnect=allowed))
    assert isinstance(ended, Ended)
    assert ended.remedy is remedy


def test_new_token_replaces_the_connection() -> None:
    session = venue().account_session
    session.renewed(T0)
    [ended] = session.events()
    assert isinstance(ended, Ended)
    assert ended.remedy is Remedy.REPLACE


def test_rows_of_markets_that_nobody_asked_for_mean_nothing() -> None:
    session = venue().account_session
    started(session)
    told(session, item_frame(1, {"item": []}))
    assert told(session, item_frame(0, [order_item(marketId="cfd.gold_usd")])) == []
    assert told(session, item_frame(1, {"item": [position(marketId="cfd.gold_usd")]})) == []


def test_reconnect_asks_for_every_stream_with_fresh_ids() -> None:
    session = venue().account_session
    first = started(session)
    session.lost("cut", T0)
    assert started(session) == first


def test_accepted_order_of_the_stream_has_the_venue_s_time() -> None:
    made = venue()
    started(made.account_session)
    made.desk.sending(submit())
    made.desk.unknown("bot-1-1", T0)
    [accepted] = told(made.account_session, item_frame(0, [order_item()]), now=T0 + SECOND)
    assert isinstance(accepted, OrderAccepted)
    assert (accepted.ts_event, accepted.ts_recv) == (T0, T0 + SECOND)


def test_every_name_can_be_overridden_and_nothing_else() -> None:
    changed = {"stream_book": "OrderBook", "place_perp_order": "POST /perp/orders"}
    names = Names(changed)
    assert names["stream_book"] == "OrderBook"
    assert names.route("place_perp_order").path == "/perp/orders"
    for wrong in ({"stream_boook": "x"}, {"negotiate": "maybe"}, {"markets": "nowhere"}):
        with pytest.raises(ConfigError):
            Names(wrong)


def test_inferred_names_are_marked() -> None:
    inferred = {key for key, name in TABLE.items() if name.mark is Mark.INFERRED}
    assert {"place_perp_order", "place_cfd_stop_order", "open_orders_mode"} <= inferred
    assert "stream_book" not in inferred
