"""Binck's orders: two requests each, and everything that is reported comes from their history."""

import json

import msgspec
import pytest

from connectors.binck.messages import Order
from connectors.binck.orders import OrderBook
from connectors.frame.flow import drive
from connectors.frame.http import Response
from engine.errors import NotSent, OutcomeUnknown, TokenRefused, VenueError
from engine.model.commands import CancelOrder, ClosePosition, OrderType, ReplaceOrder, TimeInForce
from engine.model.reports import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    ReplaceRejected,
)
from engine.model.truth import Standing
from tests.wire.b2trader_wire import Answers, answers, reports_of
from tests.wire.binck_wire import (
    CONFIRMED,
    INGA,
    NUMBER,
    PART,
    PLACED,
    REST,
    SECOND,
    SETTINGS,
    T0,
    answered,
    instrument,
    instruments,
    order,
    orders,
    preview,
    submit,
    venue,
)

MAINTENANCE = {
    "DeveloperMessage": "Temporary maintenance mode",
    "EndUserMessage": "Down for planned maintenance.",
    "ErrorCode": "ServiceUnavailable",
    "ErrorId": 503,
}
CANCEL = CancelOrder("bot-1-1", "main", INGA, T0, 3)
REPLACE = ReplaceOrder("bot-1-1", "main", INGA, T0, 2, 10.0, price=10.48)


def told(book: OrderBook, row: object) -> list[OrderReport]:
    return book.update("main", INGA, msgspec.convert(row, Order), T0 + SECOND)


def kinds(reports: object) -> list[type]:
    assert isinstance(reports, list | tuple)
    return [type(report) for report in reports]


def test_order_is_previewed_and_then_placed_with_its_code() -> None:
    played = answers(preview(), orders(order(PLACED)))
    [accepted] = reports_of(venue().execute(submit(), T0), played)
    assert isinstance(accepted, OrderAccepted)
    assert (accepted.client_order_id, accepted.venue_order_id) == ("bot-1-1", "4711")
    assert accepted.ts_event == T0
    first, second = played.requests
    assert first.url.endswith(f"/accounts/{NUMBER}/orders/preview")
    assert second.url.endswith(f"/accounts/{NUMBER}/orders")
    asked = {
        "type": "limit",
        "quantity": 10,
        "duration": "day",
        "limitPrice": 10.5,
        "cash": {"side": "buy", "instrumentId": "b6OQR"},
        "referenceId": "bot-1-1",
    }
    assert json.loads(first.body) == asked
    assert json.loads(second.body) == asked | {"validationCode": "3f2b7c"}
    assert {first.endpoint, second.endpoint} == {"requests"}


def test_fills_are_the_executions_of_the_history() -> None:
    book = OrderBook()
    assert kinds(told(book, order(PLACED, CONFIRMED))) == [OrderAccepted]
    [first] = told(book, order(PLACED, CONFIRMED, PART))
    [second] = told(book, order(PLACED, CONFIRMED, PART, REST))
    assert isinstance(first, OrderFilled)
    assert isinstance(second, OrderFilled)
    assert (first.quantity, first.price) == (4.0, 10.4975)
    assert (second.quantity, second.price) == (6.0, 10.5)
    assert told(book, order(PLACED, CONFIRMED, PART, REST)) == []


def test_execution_has_the_same_id_whoever_asks_and_when() -> None:
    step_by_step, at_once = OrderBook(), OrderBook()
    told(step_by_step, order(PLACED, PART))
    [last] = told(step_by_step, order(PLACED, PART, REST))
    *_, also_last = told(at_once, order(PLACED, PART, REST))
    assert isinstance(last, OrderFilled)
    assert isinstance(also_last, OrderFilled)
    assert last.trade_id == also_last.trade_id


def test_two_executions_of_one_second_are_two() -> None:
    book = OrderBook()
    reports = told(book, order(PLACED, PART, PART))
    ids = [report.trade_id for report in reports if isinstance(report, OrderFilled)]
    assert len(ids) == len(set(ids)) == 2


def test_last_execution_at_the_time_of_the_one_before_is_another() -> None:
    book, rest = OrderBook(), (PART[0], *REST[1:])
    reports = told(book, order(PLACED, PART, rest))
    fills = [report for report in reports if isinstance(report, OrderFilled)]
    assert [fill.quantity for fill in fills] == [4.0, 6.0]
    assert len({fill.trade_id for fill in fills}) == 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("canceled", OrderCanceled),
        ("remainderCanceled", OrderCanceled),
        ("expired", OrderExpired),
        ("remainderExpired", OrderExpired),
    ],
)
def test_end_is_reported_with_what_was_filled(status: str, kind: type) -> None:
    book = OrderBook()
    reports = told(book, order(PLACED, PART, ("10:30:00", status, None, None)))
    assert kinds(reports) == [OrderAccepted, OrderFilled, kind]
    assert getattr(reports[-1], "filled", None) == 4.0


def test_refused_order_was_never_accepted() -> None:
    assert kinds(told(OrderBook(), order(("10:21:28", "refused", None, None)))) == [OrderRejected]


def test_unknown_status_says_nothing() -> None:
    assert kinds(told(OrderBook(), order(PLACED, ("10:30:00", "other", None, None)))) == [
        OrderAccepted
    ]


def test_last_status_counts_where_the_history_lacks_it() -> None:
    row = order(PLACED, lastStatus="canceled", lastStatusDateTime="2020-02-14T10:30:00Z")
    assert kinds(told(OrderBook(), row)) == [OrderAccepted, OrderCanceled]


def test_replace_changes_the_limit_and_is_answered_by_the_history() -> None:
    made = venue()
    modified = order(
        PLACED,
        ("10:25:00", "modificationRequested", None, None),
        ("10:25:01", "modified", None, None),
        limitPrice=10.48,
    )
    played = answers(
        preview(), orders(order(PLACED)), preview(validationCode="9a1d02"), orders(modified)
    )
    reports_of(made.execute(submit(), T0), played)
    [replaced] = reports_of(made.execute(REPLACE, T0), played)
    assert isinstance(replaced, OrderReplaced)
    assert (replaced.request, replaced.price, replaced.quantity) == (2, 10.48, 10.0)
    *_, judged, changed = played.requests
    assert judged.url.endswith("/orders/4711/preview")
    assert (changed.method, json.loads(changed.body)) == (
        "PATCH",
        {"orderNumber": 4711, "limitPrice": 10.48, "validationCode": "9a1d02"},
    )


@pytest.mark.parametrize(
    ("status", "kind", "request_number"),
    [("modificationRefused", ReplaceRejected, 2), ("cancelationRefused", CancelRejected, 3)],
)
def test_refused_request_is_answered_by_the_history(
    status: str, kind: type, request_number: int
) -> None:
    book = OrderBook()
    told(book, order(PLACED))
    book.asked(REPLACE)
    book.asked(CANCEL)
    [report] = told(book, order(PLACED, ("10:25:01", status, None, None)))
    assert isinstance(report, kind)
    assert getattr(report, "request", None) == request_number


def test_replace_of_the_quantity_is_not_sent() -> None:
    made = venue()
    reports_of(made.execute(submit(), T0), answers(preview(), orders(order(PLACED))))
    with pytest.raises(NotSent, match="nothing but the limit price"):
        reports_of(made.execute(msgspec.structs.replace(REPLACE, quantity=5.0), T0), answers())


def test_cancel_is_only_requested_by_its_answer() -> None:
    made = venue()
    asked = order(PLACED, lastStatus="cancelationRequested")
    played = answers(preview(), orders(order(PLACED)), orders(asked))
    reports_of(made.execute(submit(), T0), played)
    assert reports_of(made.execute(CANCEL, T0), played) == ()
    assert played.requests[-1].method == "DELETE"


def test_cancel_of_an_order_without_a_number_is_not_sent() -> None:
    with pytest.raises(NotSent, match="has not told its number"):
        reports_of(venue().execute(CANCEL, T0), answers())


def test_preview_without_an_answer_placed_nothing() -> None:
    with pytest.raises(NotSent, match="nothing was placed"):
        reports_of(venue().execute(submit(), T0), Answers([OutcomeUnknown("timeout")]))


@pytest.mark.parametrize("answer", [OutcomeUnknown("timeout"), Response(status=502)])
def test_placement_without_an_answer_is_unknown(answer: Response | Exception) -> None:
    judged = Response(status=200, body=json.dumps(preview()).encode())
    with pytest.raises(OutcomeUnknown):
        reports_of(venue().execute(submit(), T0), Answers([judged, answer]))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"orderCanBeRegistered": False, "warningsToBeShown": ["Te weinig ruimte."]},
            "Te weinig ruimte.",
        ),
        ({"warningsToBeConfirmed": ["Weet u het zeker?"]}, "Weet u het zeker?"),
    ],
)
def test_order_that_the_preview_warns_of_is_refused_in_the_venue_s_words(
    changes: dict[str, object], reason: str
) -> None:
    judged = preview()["previewOrder"]
    assert isinstance(judged, dict)
    [report] = reports_of(
        venue().execute(submit(), T0), answers({"previewOrder": judged | changes})
    )
    assert isinstance(report, OrderRejected)
    assert report.reason == reason


def test_warnings_are_confirmed_only_where_configuration_says_so() -> None:
    settings = msgspec.structs.replace(SETTINGS, confirm_warnings=True)
    judged = preview()["previewOrder"]
    assert isinstance(judged, dict)
    warned = {"previewOrder": judged | {"warningsToBeConfirmed": ["?"]}}
    played = answers(warned, orders(order(PLACED)))
    assert kinds(reports_of(venue(settings).execute(submit(), T0), played)) == [OrderAccepted]


def test_refusal_shows_the_end_user_s_message_and_logs_the_developer_s(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fault = {
        "developerMessage": "Order is not valid",
        "endUserMessage": "De order is niet geldig.",
        "errorCode": "UnprocessableEntity",
        "errorId": "orderNotValid",
    }
    [report] = reports_of(venue().execute(submit(), T0), answered(422, fault))
    assert isinstance(report, OrderRejected)
    assert report.reason == "De order is niet geldig."
    assert "Order is not valid" in caplog.text


@pytest.mark.parametrize("status", [200, 503])
def test_maintenance_acts_on_nothing(status: int) -> None:
    with pytest.raises(NotSent, match="planned maintenance"):
        reports_of(venue().execute(submit(), T0), answered(status, MAINTENANCE))


@pytest.mark.parametrize(
    ("status", "body"), [(401, ""), (403, {"errorId": "sessionExpiredMaxInactivity"})]
)
def test_session_that_is_over_asks_for_a_login(status: int, body: object) -> None:
    with pytest.raises(TokenRefused):
        reports_of(venue().execute(submit(), T0), answered(status, body))


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": 1.5},
        {"time_in_force": TimeInForce.IOC},
        {"post_only": True},
        {"type": OrderType.TRAILING_STOP},
        {"client_order_id": "x" * 41},
    ],
)
def test_what_the_venue_cannot_do_is_not_sent(changes: dict[str, object]) -> None:
    with pytest.raises(NotSent):
        reports_of(venue().execute(submit(**changes), T0), answers())


def test_positions_have_no_ids_to_be_closed_by() -> None:
    with pytest.raises(NotSent):
        venue().execute(ClosePosition("b", "s", "main", INGA, T0, "P", 1.0), T0)


def test_order_until_a_date_and_stop_are_written_as_the_venue_wants() -> None:
    played = answers(preview(), orders(order(PLACED)))
    command = submit(
        type=OrderType.STOP_LIMIT,
        price=10.6,
        stop=10.55,
        time_in_force=TimeInForce.GTD,
        expire_ts=T0 + 14 * 86_400 * SECOND,
    )
    reports_of(venue().execute(command, T0), played)
    body = json.loads(played.requests[0].body)
    assert (body["type"], body["duration"]) == ("stopLimit", "goodTillDate")
    assert body["expirationDate"] == "2020-02-28T00:00:00Z"
    assert (body["limitPrice"], body["stopPrice"]) == (10.6, 10.55)


@pytest.mark.parametrize("kind", ["option", "future", "srd"])
def test_kind_of_instrument_chooses_the_form_of_the_order(kind: str) -> None:
    made = venue()
    row = instrument(type=kind, derivativesInfo={"contractSize": 100})
    [found] = drive(made.instruments((INGA,), T0), answers(instruments(row)))
    assert found.multiplier == "100"
    played = answers(preview(), orders(order(PLACED)))
    reports_of(made.execute(submit(), T0), played)
    body = json.loads(played.requests[0].body)
    leg = body[kind]["leg1"] if kind == "option" else body[kind]
    assert leg == {"side": "buy", "instrumentId": "b6OQR"}
    assert "cash" not in body


def test_truth_lists_orders_with_our_references_and_all_executions() -> None:
    position = {"instrument": {"id": "b6OQR"}, "quantity": 10, "averageHistoricalPrice": 10.499}
    money = {
        "balancesCollection": {
            "currency": "EUR",
            "balances": [
                {
                    "cashBalance": 2500.5,
                    "availableSpendingLimit": 2400.25,
                    "cashBalancesCollection": {
                        "cashBalances": [{"currency": "EUR", "cashBalance": 2500.5}]
                    },
                }
            ],
        }
    }
    played = answers(
        orders(order(PLACED, PART, REST)) | {"paging": {"next": "range=50-99"}},
        orders(order(PLACED, number=4712, referenceId="bot-1-2")),
        {"positionsCollection": {"positions": [position]}},
        money,
    )
    made = venue()
    truth = drive(made.resync("main", T0 + SECOND), played)
    assert [(each.client_order_id, each.standing, each.filled) for each in truth.orders or ()] == [
        ("bot-1-1", Standing.FILLED, 10.0),
        ("bot-1-2", Standing.WORKING, 0.0),
    ]
    assert [fill.quantity for fill in truth.fills or ()] == [4.0, 6.0]
    assert [each.quantity for each in truth.positions or ()] == [10.0]
    [cash] = truth.balances or ()
    assert (cash.currency, cash.total, cash.available) == ("EUR", 2500.5, 2400.25)
    assert played.requests[1].url.endswith("includeStatusHistory=true&range=50-99")
    canceled = answers(orders(order(PLACED, number=4712, lastStatus="cancelationRequested")))
    cancel = msgspec.structs.replace(CANCEL, client_order_id="bot-1-2")
    reports_of(made.execute(cancel, T0), canceled)
    assert canceled.requests[0].url.endswith("/orders/4712")


def test_list_without_an_end_is_a_fault_of_the_venue() -> None:
    endless = answers(*[orders() | {"paging": {"next": "range=0-"}}] * 100)
    with pytest.raises(VenueError, match="more than 100 parts"):
        drive(venue().resync("main", T0), endless)
