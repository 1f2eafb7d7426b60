"""B2TRADER keeps no client order id: every order is found again, or the market is frozen."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.b2trader.desk import OrderDesk
from connectors.b2trader.messages import ClosedOrder, Execution, OrderItem
from connectors.frame.flow import drive
from connectors.frame.http import Response
from connectors.frame.venue import Adopting, Freezing
from engine.errors import NotSent, OutcomeUnknown, TokenRefused
from engine.model.commands import CancelOrder, ClosePosition, OrderType, ReplaceOrder, Side
from engine.model.reports import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReport,
    OrderTriggered,
    OrderUnknown,
)
from engine.model.truth import OrderRecord, Standing
from tests.wire.b2trader_wire import (
    ACCOUNT_ID,
    CFD,
    MARKETS,
    SECOND,
    SPOT,
    T0,
    Answers,
    answers,
    directory,
    order_item,
    reports_of,
    submit,
    venue,
)

DIRECTORY = directory()


def row(**changes: object) -> OrderItem:
    return msgspec.convert(order_item(**changes), OrderItem)


def desk_with_unknown() -> OrderDesk:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    assert desk.unknown("bot-1-1", T0 + SECOND) == []
    return desk


def kinds(reports: list[OrderReport] | tuple[OrderReport, ...]) -> list[type]:
    return [type(report) for report in reports]


def owners(reports: list[OrderReport]) -> list[str]:
    return [report.client_order_id for report in reports]


def earlier(**changes: object) -> OrderRecord:
    record = OrderRecord(
        account="main",
        instrument=CFD,
        venue_order_id="01ORDER",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=10_000.0,
        filled=3_000.0,
        standing=Standing.WORKING,
        ts_event=T0,
        client_order_id="bot-1-1",
        price=0.93,
    )
    return msgspec.structs.replace(record, **changes)


def test_placed_order_is_known_by_the_returned_id() -> None:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    [accepted] = desk.placed("bot-1-1", row(), T0)
    assert isinstance(accepted, OrderAccepted)
    assert accepted.venue_order_id == "01ORDER"
    assert accepted.ts_event == T0
    assert desk.of_client("bot-1-1").venue_order_id == "01ORDER"


def test_fill_is_what_the_filled_quantity_has_grown_by() -> None:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    desk.placed("bot-1-1", row(), T0)
    [first] = desk.seen("main", row(remainingAmount="4000", executionPrice="0.9299"), T0)
    [second] = desk.seen(
        "main",
        row(
            remainingAmount="0",
            executionPrice="0.92994",
            status="Completed",
            commissionAmount="1.5",
        ),
        T0,
    )
    assert isinstance(first, OrderFilled)
    assert isinstance(second, OrderFilled)
    assert (first.quantity, first.price, first.fee) == (6000.0, 0.9299, 0.0)
    assert (second.quantity, second.price, second.fee) == (4000.0, 0.93, 1.5)
    assert second.fee_currency == "EUR"
    assert first.trade_id != second.trade_id


def test_row_that_came_twice_or_late_fills_nothing() -> None:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    desk.placed("bot-1-1", row(), T0)
    filled = row(remainingAmount="4000", executionPrice="0.9299")
    assert kinds(desk.seen("main", filled, T0)) == [OrderFilled]
    assert desk.seen("main", filled, T0) == []
    assert desk.seen("main", row(), T0) == []


def test_stream_that_overtakes_the_answer_waits_for_it() -> None:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    assert desk.seen("main", row(remainingAmount="0", executionPrice="0.93"), T0) == []
    reports = desk.placed("bot-1-1", row(), T0)
    assert kinds(reports) == [OrderAccepted, OrderFilled]
    assert owners(reports) == ["bot-1-1", "bot-1-1"]


@pytest.mark.parametrize("stream_first", [True, False])
def test_lost_answer_is_found_by_the_shape_of_the_order(stream_first: bool) -> None:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    if stream_first:
        desk.seen("main", row(), T0)
        reports = desk.unknown("bot-1-1", T0 + SECOND)
    else:
        desk.unknown("bot-1-1", T0 + SECOND)
        reports = desk.seen("main", row(), T0)
    assert kinds(reports) == [OrderAccepted]
    assert desk.of_client("bot-1-1").venue_order_id == "01ORDER"


@pytest.mark.parametrize(
    "changes",
    [
        {"side": "Sell"},
        {"requestedAmount": "20000"},
        {"requestedPrice": "0.9301"},
        {"createdAt": "2025-05-20T17:24:31Z"},
        {"createdAt": "2025-05-20T17:20:31Z"},
        {"marketId": "spot.btc_usdt"},
    ],
)
def test_order_of_another_shape_or_time_is_not_taken_for_ours(changes: dict[str, object]) -> None:
    desk = desk_with_unknown()
    assert desk.seen("main", row(**changes), T0) == []
    with pytest.raises(NotSent):
        desk.of_client("bot-1-1")


def test_two_candidates_freeze_the_market_and_alarm() -> None:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    desk.seen("main", row(orderId="A"), T0)
    desk.seen("main", row(orderId="B"), T0)
    [alarm] = desk.unknown("bot-1-1", T0 + SECOND)
    assert isinstance(alarm, OrderUnknown)
    assert "A, B" in alarm.reason
    with pytest.raises(NotSent, match="frozen"):
        desk.sending(submit(client_order_id="bot-1-2"))
    desk.sending(submit(client_order_id="bot-1-3", instrument=SPOT))
    assert desk.resolve("main", SPOT) == []
    assert desk.resolve(instrument=CFD) == [CFD]
    desk.sending(submit(client_order_id="bot-1-4", price=0.91))


def test_frozen_market_is_released_by_account_or_instrument_or_all() -> None:
    for account, instrument in (("main", ""), ("", CFD), ("", "")):
        made = venue()
        made.desk.sending(submit())
        made.desk.seen("main", row(orderId="A"), T0)
        made.desk.seen("main", row(orderId="B"), T0)
        made.desk.unknown("bot-1-1", T0 + SECOND)
        assert isinstance(made, Freezing)
        assert made.release(account, instrument) == [CFD]
        assert made.release("", "") == []


def test_two_unknown_orders_of_an_earlier_run_freeze_the_market() -> None:
    desk = OrderDesk(DIRECTORY)
    for name in ("bot-1-1", "bot-1-2"):
        desk.adopt(earlier(client_order_id=name, venue_order_id="", filled=0.0))
    assert kinds(desk.seen("main", row(), T0)) == [OrderUnknown, OrderUnknown]


@pytest.mark.parametrize("is_unknown", [False, True])
def test_twin_of_an_unacknowledged_order_is_not_sent(is_unknown: bool) -> None:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    if is_unknown:
        desk.unknown("bot-1-1", T0 + SECOND)
    with pytest.raises(NotSent, match="just like it"):
        desk.sending(submit(client_order_id="bot-1-2"))
    desk.sending(submit(client_order_id="bot-1-3", price=0.92))
    desk.sending(submit(client_order_id="bot-1-4", side=Side.SELL))


def test_twin_may_follow_once_it_cannot_be_confused() -> None:
    desk = desk_with_unknown()
    later = T0 + 120 * SECOND
    desk.sending(submit(client_order_id="bot-1-2", ts=later))
    desk.unknown("bot-1-2", later + SECOND)
    reports = desk.seen("main", row(createdAt="2025-05-20T17:24:32Z"), later)
    assert owners(reports) == ["bot-1-2"]


def test_twin_may_follow_an_acknowledged_or_refused_order() -> None:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    desk.placed("bot-1-1", row(), T0)
    desk.sending(submit(client_order_id="bot-1-2"))
    assert desk.refused("bot-1-2", T0) == []
    desk.sending(submit(client_order_id="bot-1-3"))


@pytest.mark.parametrize("field", ["requestedAmount", "remainingAmount", "executionPrice"])
@pytest.mark.parametrize("value", ["Infinity", "NaN", "x"])
def test_amount_that_is_no_number_is_never_a_fill(field: str, value: str) -> None:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    desk.placed("bot-1-1", row(), T0)
    wrong = {"remainingAmount": "4000", "executionPrice": "0.93"} | {field: value}
    with pytest.raises((ValueError, ArithmeticError)):
        desk.seen("main", row(**wrong), T0)


def test_row_that_makes_no_sense_does_not_harm_later_ones() -> None:
    desk = desk_with_unknown()
    with pytest.raises(KeyError):
        desk.seen("main", row(orderId="ODD", side="Both"), T0)
    assert owners(desk.seen("main", row(), T0)) == ["bot-1-1"]


def test_stranger_s_order_is_followed_without_an_owner() -> None:
    desk = OrderDesk(DIRECTORY)
    assert desk.seen("main", row(remainingAmount="9000", executionPrice="0.93"), T0) == []
    [fill] = desk.seen("main", row(remainingAmount="8000", executionPrice="0.93"), T0)
    assert isinstance(fill, OrderFilled)
    assert (fill.client_order_id, fill.quantity) == ("", 1000.0)


def test_order_of_an_activated_stop_belongs_to_the_stop() -> None:
    desk = OrderDesk(DIRECTORY)
    stop = submit(type=OrderType.STOP_LIMIT, stop=0.935)
    desk.sending(stop)
    desk.placed("bot-1-1", row(orderId="STOP", status="WaitingForActivation"), T0)
    assert desk.of_client("bot-1-1").waits_for_trigger
    reports = desk.seen("main", row(orderId="CHILD", source="StopOrder"), T0)
    assert kinds(reports) == [OrderTriggered]
    [fill] = desk.seen("main", row(orderId="CHILD", remainingAmount="0", executionPrice="0.93"), T0)
    assert fill.client_order_id == "bot-1-1"
    assert not desk.of_client("bot-1-1").waits_for_trigger


@pytest.mark.parametrize(
    ("status", "kind"),
    [("Cancelled", OrderCanceled), ("Expired", OrderExpired), ("Rejected", OrderRejected)],
)
def test_end_is_reported_once(status: str, kind: type[OrderReport]) -> None:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    desk.placed("bot-1-1", row(), T0)
    assert kinds(desk.seen("main", row(status=status, rejectDetails="x"), T0)) == [kind]
    assert desk.seen("main", row(status=status), T0) == []


def test_order_that_left_a_full_list_without_a_word_is_unknown() -> None:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    desk.placed("bot-1-1", row(), T0)
    assert desk.listed("main", (), T0) == []  # the list may be older than the order
    desk.listed("main", (row(),), T0)
    assert kinds(desk.listed("main", (), T0)) == [OrderUnknown]
    assert desk.listed("main", (), T0) == []


def test_executions_tell_fills_that_no_stream_told() -> None:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    desk.placed("bot-1-1", row(), T0)
    executions = tuple(
        Execution(
            execution_id=str(number),
            order_id="01ORDER",
            position_id="P",
            side="Buy",
            base_amount="5000",
            execution_price=price,
            created_at=f"2025-05-20T17:23:0{number}Z",
        )
        for number, price in enumerate(["0.93", "0.9299"])
    )
    fills = desk.executed(executions, T0)
    assert [(fill.quantity, fill.price) for fill in fills] == [(5000.0, 0.93), (5000.0, 0.9299)]
    assert desk.executed(executions, T0) == []
    assert desk.seen("main", row(remainingAmount="0", executionPrice="0.92995"), T0) == []


def test_order_of_an_earlier_run_goes_on_where_it_was() -> None:
    made = venue()
    assert isinstance(made, Adopting)
    made.adopt((earlier(),))
    drive(made.instruments((CFD,), T0), answers(MARKETS))
    [fill] = made.desk.seen("main", row(remainingAmount="4000", executionPrice="0.9299"), T0)
    assert isinstance(fill, OrderFilled)
    assert (fill.client_order_id, fill.quantity, fill.price) == ("bot-1-1", 3000.0, 0.9299)
    [rest] = made.desk.seen("main", row(remainingAmount="0", executionPrice="0.92994"), T0)
    assert isinstance(rest, OrderFilled)
    assert (rest.quantity, rest.price) == (4000.0, 0.93)
    played = answers({"order": order_item(status="Cancelled")})
    reports_of(made.execute(CancelOrder("bot-1-1", "main", CFD, T0, 1), T0), played)
    assert played.requests[0].path.endswith("/01ORDER")


def test_unknown_order_of_an_earlier_run_is_still_searched() -> None:
    made = venue()
    made.adopt((earlier(venue_order_id="", filled=0.0),))
    drive(made.instruments((CFD,), T0), answers(MARKETS))
    assert owners(made.desk.seen("main", row(), T0)) == ["bot-1-1"]


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(90_000, 95_000)), max_size=6))
def test_fills_add_up_to_the_venue_s_totals(parts: list[tuple[int, int]]) -> None:
    desk = OrderDesk(DIRECTORY)
    desk.sending(submit())
    desk.placed("bot-1-1", row(), T0)
    filled, value = 0, 0
    fills: list[OrderFilled] = []
    for amount, ticks in parts:
        filled += amount
        value += amount * ticks
        average = f"{value / filled / 1e5:.15f}"
        item = row(remainingAmount=str(10_000 - filled), executionPrice=average)
        fills += [r for r in desk.seen("main", item, T0) if isinstance(r, OrderFilled)]
    assert sum(fill.quantity for fill in fills) == filled
    assert [fill.quantity for fill in fills] == [amount for amount, _ in parts]
    for fill, (_, ticks) in zip(fills, parts, strict=True):
        assert fill.price == pytest.approx(ticks / 1e5, abs=1e-9)


def test_spot_limit_order_is_placed_in_base_units() -> None:
    played = answers({"order": order_item(marketId="spot.btc_usdt")})
    command = submit(instrument=SPOT, quantity=0.02, price=118_000.5)
    reports_of(venue().execute(command, T0), played)
    [request] = played.requests
    assert (request.method, request.path) == ("POST", "/frontoffice/api/v3/orders")
    assert request.header("accountid") == ACCOUNT_ID
    assert request.endpoint == "trading"
    assert json.loads(request.body) == {
        "order": {
            "marketId": "spot.btc_usdt",
            "side": "Buy",
            "orderType": "Limit",
            "timeInForce": "Gtc",
            "requestedAmount": "0.02",
            "requestedPrice": "118000.5",
        }
    }


def test_cfd_market_order_is_placed_in_lots_at_once_or_never() -> None:
    played = answers({"order": order_item(requestedLotAmount="0.1")})
    command = submit(type=OrderType.MARKET, price=None, side=Side.SELL)
    reports_of(venue(leverage=10).execute(command, T0), played)
    order = json.loads(played.requests[0].body)["order"]
    assert played.requests[0].path == "/frontoffice/api/cfd/v4/orders"
    assert order["requestedLotAmount"] == "0.1"
    assert order["timeInForce"] == "Ioc"
    assert order["leverage"] == 10
    assert "requestedPrice" not in order


def test_stop_order_has_an_address_of_its_own_to_be_placed_and_canceled() -> None:
    made = venue()
    command = submit(instrument=SPOT, type=OrderType.STOP, price=None, stop=128_000.0, quantity=0.1)
    item = order_item(
        marketId="spot.btc_usdt",
        status="WaitingForActivation",
        requestedAmount="0.1",
        remainingAmount=None,
        requestedPrice=None,
    )
    played = answers({"order": item}, {"order": item | {"status": "Cancelled"}})
    reports_of(made.execute(command, T0), played)
    reports = reports_of(made.execute(CancelOrder("bot-1-1", "main", SPOT, T0, 1), T0), played)
    placed, canceled = played.requests
    assert placed.path == "/frontoffice/api/v3/stop-orders"
    assert json.loads(placed.body)["order"]["activationPrice"] == "128000"
    assert (canceled.method, canceled.path) == (
        "DELETE",
        "/frontoffice/api/v3/stop-orders/01ORDER",
    )
    assert kinds(reports) == [OrderCanceled]


def test_rejected_order_is_an_outcome_not_a_fault() -> None:
    item = order_item(status="Rejected", rejectDetails="InsufficientBalance")
    [report] = reports_of(venue().execute(submit(), T0), answers({"order": item}))
    assert isinstance(report, OrderRejected)
    assert report.reason == "InsufficientBalance"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"errors": [{"code": "unexpected", "message": "no"}]}, "unexpected: no"),
        ({"code": "x", "message": "not now"}, "not now"),
        ({"title": "Wrong.", "errors": {"marketId": ["required"]}}, "marketId: ['required']"),
        ("plain", '"plain"'),
    ],
)
def test_refusal_is_told_in_the_venue_s_words(body: object, text: str) -> None:
    [report] = reports_of(venue().execute(submit(), T0), answers(body, status=400))
    assert isinstance(report, OrderRejected)
    assert report.reason == text


@pytest.mark.parametrize("response", [Response(status=500), Response(status=200, body=b"{")])
def test_answer_that_says_nothing_leaves_the_outcome_unknown(response: Response) -> None:
    made = venue()
    with pytest.raises(OutcomeUnknown):
        reports_of(made.execute(submit(), T0), Answers([response]))
    assert kinds(made.desk.seen("main", row(), T0)) == [OrderAccepted]


def test_order_that_was_not_sent_is_searched_nowhere() -> None:
    made = venue()
    with pytest.raises(NotSent):
        reports_of(made.execute(submit(), T0), Answers([NotSent("no connection")]))
    assert made.desk.seen("main", row(), T0) == []


def test_refused_token_asks_for_a_login() -> None:
    with pytest.raises(TokenRefused):
        reports_of(venue().execute(submit(), T0), answers({}, status=401))


def test_cancel_is_refused_when_the_venue_says_so() -> None:
    made = venue()
    reports_of(made.execute(submit(), T0), answers({"order": order_item()}))
    cancel = CancelOrder("bot-1-1", "main", CFD, T0, 7)
    [report] = reports_of(made.execute(cancel, T0), answers({"message": "gone"}, status=404))
    assert isinstance(report, CancelRejected)
    assert (report.request, report.reason) == (7, "gone")


def test_cancel_of_an_order_without_a_venue_id_is_not_sent() -> None:
    with pytest.raises(NotSent, match="has not told its id"):
        reports_of(venue().execute(CancelOrder("bot-1-1", "main", CFD, T0, 1), T0), answers())


def test_replace_is_not_sent() -> None:
    command = ReplaceOrder("bot-1-1", "main", CFD, T0, 1, 1.0)
    with pytest.raises(NotSent, match="cancel it"):
        venue().execute(command, T0)


def test_position_is_closed_in_lots() -> None:
    played = answers({"positionId": "P1"})
    command = ClosePosition("bot-1-9", "s", "main", CFD, T0, "P1", 50_000.0)
    assert reports_of(venue().execute(command, T0), played) == ()
    assert played.requests[0].path == "/frontoffice/api/v4/positions/P1/close"
    assert json.loads(played.requests[0].body) == {"closePositionLotAmount": "0.5"}


def test_refused_close_takes_no_later_closing_for_its_own() -> None:
    made = venue()
    command = ClosePosition("bot-1-9", "s", "main", CFD, T0, "P1", 10_000.0)
    [report] = reports_of(made.execute(command, T0), answers({"message": "no"}, status=400))
    assert isinstance(report, OrderRejected)
    closing = ClosedOrder(
        order_id="C1",
        market_id="cfd.eur_chf",
        side="Sell",
        position_close_lot_amount="0.1",
        position_id="P1",
        close_price="0.93",
    )
    assert owners(made.desk.closed("main", closing, T0)) == [""]
