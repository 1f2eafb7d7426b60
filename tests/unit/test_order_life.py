"""The two tables of an order's life, cell by cell, and what an order reserves meanwhile."""

import pytest

from engine.model.commands import Side
from engine.model.reports import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderLost,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    OrderTriggered,
    OrderUnknown,
    ReplaceRejected,
)
from engine.orders import table as order_table
from engine.orders.life import CLOSED, Life, Request, Status
from tests.unit.blotter import Blotter, Step, leg_of
from tests.unit.rig import make_report

EVIDENCE: dict[str, Step] = {
    "ack": (OrderAccepted, {}),
    "fill": (OrderFilled, {"quantity": 3.0}),
    "amended": (OrderReplaced, {"revision": 7, "quantity": 12.0}),
    "reject": (OrderRejected, {}),
    "cancel": (OrderCanceled, {}),
    "expire": (OrderExpired, {}),
    "timeout": (OrderUnknown, {}),
    "absence": (OrderLost, {}),
}
LIFE_TABLE = """
          | ack     | fill     | amended | reject   | cancel   | expire  | timeout | absence
 SENT     | WORKING | WORKING  | WORKING | REJECTED | CANCELED | EXPIRED | UNKNOWN | -
 UNKNOWN  | WORKING | WORKING  | WORKING | REJECTED | CANCELED | EXPIRED | -       | LOST
 WORKING  | stale   | WORKING  | WORKING | REJECTED | CANCELED | EXPIRED | -       | -
 FILLED   | stale   | FILLED   | WORKING | stale    | -        | -       | -       | -
 CANCELED | stale   | CANCELED | stale   | stale    | stale    | stale   | -       | -
 EXPIRED  | stale   | EXPIRED  | stale   | stale    | stale    | stale   | -       | -
 REJECTED | stale   | REJECTED | stale   | stale    | stale    | stale   | -       | -
 LOST     | WORKING | WORKING  | stale   | REJECTED | CANCELED | EXPIRED | -       | -
"""
"""`-` is "stays as it is", `stale` also counts the evidence as such."""


def cells(table: str) -> list[tuple[str, str, str]]:
    """Read (row, column, cell) of a table."""
    head, *rows = [[word.strip() for word in line.split("|")] for line in table.strip().split("\n")]
    return [
        (row[0], column, cell)
        for row in rows
        for column, cell in zip(head[-len(EVIDENCE):], row[1:], strict=True)
    ]  # fmt: skip


@pytest.mark.parametrize(("life", "evidence", "expected"), cells(LIFE_TABLE))
def test_evidence_leads_where_the_table_says(life: str, evidence: str, expected: str) -> None:
    blotter = Blotter()
    order = blotter.in_life(Life[life])
    stale = blotter.table.counts["stale report"]
    kind, fields = EVIDENCE[evidence]
    blotter.tell(kind, order, **fields)
    following = life if expected in ("-", "stale") else expected
    assert leg_of(order).life.name == following
    assert blotter.table.counts["stale report"] - stale == (expected == "stale")


@pytest.mark.parametrize("life", list(Life))
def test_a_fill_is_booked_in_every_life(life: Life) -> None:
    blotter = Blotter()
    order = blotter.in_life(life)
    before = leg_of(order).filled
    assert blotter.tell(OrderFilled, order, quantity=3.0) == 3
    assert leg_of(order).filled == before + 3
    assert blotter.table.counts["late fill"] == CLOSED[life]


@pytest.mark.parametrize("life", [Life.CANCELED, Life.EXPIRED, Life.REJECTED])
def test_late_fills_make_a_dead_order_filled_once_they_are_complete(life: Life) -> None:
    blotter = Blotter()
    order = blotter.in_life(life)
    blotter.tell(OrderFilled, order, quantity=4.0)
    assert leg_of(order).life == life
    blotter.tell(OrderFilled, order, quantity=6.0)
    assert leg_of(order).life == Life.FILLED


@pytest.mark.parametrize("kind", [OrderCanceled, OrderExpired])
def test_amended_does_not_revive_a_filled_order_that_the_venue_ended(
    kind: type[OrderReport],
) -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.FILLED)
    blotter.tell(kind, order)
    blotter.tell(OrderReplaced, order, revision=1, quantity=12.0)
    assert leg_of(order).life == Life.FILLED


@pytest.mark.parametrize(("quantity", "life"), [(12.0, Life.WORKING), (10.0, Life.FILLED)])
def test_amended_revives_a_filled_order_only_above_what_is_filled(
    quantity: float, life: Life
) -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.FILLED)
    blotter.tell(OrderReplaced, order, revision=1, quantity=quantity)
    assert leg_of(order).life == life


def test_an_order_is_not_filled_while_an_amend_is_in_flight() -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    blotter.request(order, Request.AMEND, 15)
    blotter.tell(OrderFilled, order, quantity=10.0)
    assert leg_of(order).life == Life.WORKING
    assert blotter.account.buys == 5
    blotter.tell(OrderReplaced, order, request=1, revision=1, quantity=15.0)
    assert leg_of(order).life == Life.WORKING
    assert order.status == Status.PARTIALLY_FILLED


def test_refused_amend_of_a_filled_order_closes_it() -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    blotter.request(order, Request.AMEND, 15)
    blotter.tell(OrderFilled, order, quantity=10.0)
    blotter.tell(ReplaceRejected, order, request=1)
    assert order.status == Status.FILLED
    assert order.ts_closed is not None
    assert (blotter.account.open_orders, blotter.account.buys) == (0, 0)
    blotter.tell(OrderReplaced, order, revision=9, quantity=12.0)  # it comes back all the same
    assert order.is_open
    assert (blotter.account.open_orders, blotter.account.buys) == (1, 2)


REQUESTS = (Request.CANCEL, Request.AMEND)
REQUEST_TABLE = """
        | none | canceled | expired | rejected | cancel refused | amended | amend refused | filled
 CANCEL | -    | none     | none    | none     | none           | -       | -             | none
 AMEND  | -    | none     | none    | none     | -              | none    | none          | -
"""
ANSWERS: dict[str, Step] = {
    "none": (OrderAccepted, {}),
    "canceled": (OrderCanceled, {}),
    "expired": (OrderExpired, {}),
    "rejected": (OrderRejected, {}),
    "cancel refused": (CancelRejected, {"request": 1}),
    "amended": (OrderReplaced, {"request": 1, "revision": 1, "quantity": 12.0}),
    "amend refused": (ReplaceRejected, {"request": 1}),
    "filled": (OrderFilled, {"quantity": 10.0}),
}


@pytest.mark.parametrize("unsure", [False, True])
@pytest.mark.parametrize(("request_name", "answer", "expected"), cells(REQUEST_TABLE))
def test_request_is_cleared_as_the_table_says(
    request_name: str, answer: str, expected: str, unsure: bool
) -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    blotter.request(order, Request[request_name], 12 * (request_name == "AMEND"))
    if unsure:
        blotter.tell(OrderUnknown, order)
    before = leg_of(order).request
    assert before.name == request_name + "_UNSURE" * unsure
    kind, fields = ANSWERS[answer]
    blotter.tell(kind, order, **fields)
    assert leg_of(order).request == (Request.NONE if expected == "none" else before)


@pytest.mark.parametrize(
    ("request_", "refusal"), [(Request.CANCEL, "cancel refused"), (Request.AMEND, "amend refused")]
)
def test_refusal_of_an_older_request_does_not_clear_a_newer_one(
    request_: Request, refusal: str
) -> None:
    kind, _ = ANSWERS[refusal]
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    asked = 12 * (request_ is Request.AMEND)
    blotter.request(order, request_, asked)
    blotter.tell(kind, order, request=1)
    blotter.request(order, request_, asked)
    blotter.tell(kind, order, request=1)
    assert leg_of(order).request == request_
    blotter.tell(kind, order, request=2)
    assert leg_of(order).request == Request.NONE


def test_old_doubled_amended_never_clears_a_newer_amend() -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    blotter.request(order, Request.AMEND, 12)
    blotter.tell(OrderReplaced, order, request=1, revision=1, quantity=12.0, price=2.0)
    blotter.request(order, Request.AMEND, 20)
    blotter.tell(OrderReplaced, order, request=1, revision=1, quantity=12.0, price=2.0)
    leg = leg_of(order)
    assert (leg.request, leg.quantity, leg.reserved) == (Request.AMEND, 12, 20)
    blotter.tell(OrderReplaced, order, request=2, revision=2, quantity=20.0, price=3.0)
    blotter.tell(OrderReplaced, order, request=1, revision=1, quantity=12.0, price=2.0)
    assert (leg.request, order.quantity, order.price) == (Request.NONE, 20.0, 3.0)
    assert blotter.table.counts["stale report"] == 2


@pytest.mark.parametrize("answer", ["amended", "amend refused"])
def test_cancel_that_overtakes_an_amend_keeps_the_larger_reservation_until_both_are_answered(
    answer: str,
) -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    blotter.request(order, Request.AMEND, 15)
    blotter.request(order, Request.CANCEL)
    leg = leg_of(order)
    assert (leg.request, leg.reserved) == (Request.CANCEL, 15)
    kind, fields = ANSWERS[answer]
    blotter.tell(kind, order, **fields)
    assert (leg.request, leg.amending) == (Request.CANCEL, 0)
    assert leg.reserved == (12 if answer == "amended" else 10)
    blotter.tell(OrderCanceled, order)
    assert (leg.life, leg.reserved) == (Life.CANCELED, 0)


def test_refused_cancel_leaves_the_amend_that_it_overtook_in_flight() -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    blotter.request(order, Request.AMEND, 15)
    blotter.request(order, Request.CANCEL)
    blotter.tell(CancelRejected, order, request=2)
    leg = leg_of(order)
    assert (leg.request, leg.reserved, order.status) == (Request.AMEND, 15, Status.PENDING_REPLACE)
    blotter.tell(OrderFilled, order, quantity=10.0)
    assert leg.life == Life.WORKING
    blotter.tell(OrderReplaced, order, request=1, revision=1, quantity=15.0)
    assert (leg.request, leg.reserved) == (Request.NONE, 5)


def test_amend_is_in_doubt_after_a_cancel_that_overtook_it_was() -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    blotter.request(order, Request.AMEND, 15)
    blotter.request(order, Request.CANCEL)
    blotter.tell(OrderUnknown, order)
    blotter.tell(CancelRejected, order, request=2)
    leg = leg_of(order)
    assert (leg.request, leg.amending, leg.reserved) == (Request.AMEND_UNSURE, 1, 15)


def test_own_answer_ends_an_amend_whose_terms_a_stream_has_told_before() -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    blotter.request(order, Request.AMEND, 15)
    for request in (0, 1):
        blotter.tell(OrderReplaced, order, request=request, revision=7, quantity=15.0)
    leg = leg_of(order)
    assert (leg.request, leg.amending, leg.quantity) == (Request.NONE, 0, 15)
    blotter.tell(OrderFilled, order, quantity=15.0)
    assert leg.life == Life.FILLED


def test_replace_by_another_order_of_the_venue_takes_over_its_id() -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    blotter.request(order, Request.AMEND, 15)
    blotter.tell(OrderReplaced, order, request=1, revision=1, quantity=15.0, venue_order_id="V2")
    assert leg_of(order).venue_order_id == "V2"


def test_status_is_derived_from_life_request_and_fills() -> None:
    blotter = Blotter()
    order = blotter.send()
    seen = [order.status]
    steps: list[Step] = [
        (OrderAccepted, {}),
        (OrderTriggered, {}),
        (OrderFilled, {"quantity": 4.0}),
    ]
    for kind, fields in steps:
        blotter.tell(kind, order, **fields)
        seen.append(order.status)
    blotter.request(order, Request.CANCEL)
    seen.append(order.status)
    blotter.tell(CancelRejected, order, request=1)
    blotter.request(order, Request.AMEND, 12)
    seen.append(order.status)
    blotter.tell(OrderCanceled, order)
    seen.append(order.status)
    assert " ".join(seen) == (
        "pending_new new new partially_filled pending_cancel pending_replace canceled"
    )


@pytest.mark.parametrize(("life", "status"), [(life, life.name.lower()) for life in Life])
def test_every_life_has_a_status_of_its_own(life: Life, status: str) -> None:
    named = {"sent": "pending_new", "working": "new"}.get(status, status)
    assert Blotter().in_life(life).status.value == named


def test_doubled_trade_id_is_booked_once() -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    assert blotter.tell(OrderFilled, order, quantity=4.0, trade_id="A") == 4
    assert blotter.tell(OrderFilled, order, quantity=4.0, trade_id="A") == 0
    assert blotter.tell(OrderFilled, order, quantity=4.0, trade_id="B") == 4
    assert order.filled == 8.0
    assert blotter.table.counts["doubled fill"] == 1


def test_doubled_fill_does_not_move_a_lost_order() -> None:
    blotter = Blotter()
    order = blotter.send()
    blotter.tell(OrderUnknown, order)
    blotter.tell(OrderFilled, order, quantity=4.0, trade_id="A")
    blotter.tell(OrderCanceled, order)
    blotter.tell(OrderFilled, order, quantity=4.0, trade_id="A")
    assert leg_of(order).life == Life.CANCELED


def test_venue_id_is_kept_from_the_first_report_that_has_one() -> None:
    blotter = Blotter()
    order = blotter.send()
    blotter.tell(OrderAccepted, order, venue_order_id="V1")
    blotter.tell(OrderFilled, order, quantity=1.0, venue_order_id="V2")
    assert leg_of(order).venue_order_id == "V1"


def test_report_about_nobodys_order_is_counted_and_left_to_the_caller() -> None:
    blotter = Blotter()
    found = blotter.table.apply(make_report(OrderFilled, "stranger", 5, quantity=1.0, price=1.0,
                                            side=Side.BUY))  # fmt: skip
    assert found == (None, 0)
    assert blotter.table.counts["report of an unknown order"] == 1


def test_oldest_closed_order_is_forgotten_beyond_the_limit_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(order_table, "RETAINED_MAX", 2)
    blotter = Blotter()
    orders = [blotter.send() for _ in range(4)]
    for order in orders[:3]:
        blotter.tell(OrderCanceled, order)
    assert list(blotter.table.orders) == [order.id for order in orders[1:]]
    assert blotter.table.counts["forgotten order"] == 1
