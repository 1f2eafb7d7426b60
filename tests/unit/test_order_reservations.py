"""What an order reserves in the exposures of its strategy and account, whatever it goes through."""

import pytest

from engine.model.commands import Side
from engine.model.reports import (
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderLost,
    OrderRejected,
    OrderReplaced,
    OrderUnknown,
    ReplaceRejected,
)
from engine.orders.life import Life, Request
from tests.unit.blotter import Blotter, Step, leg_of


@pytest.mark.parametrize(
    ("steps", "reserved"),
    [
        ([], 10),
        ([(OrderUnknown, {})], 10),
        ([(OrderAccepted, {}), (OrderFilled, {"quantity": 4.0})], 6),
        ([(OrderAccepted, {}), (OrderFilled, {"quantity": 14.0})], 0),
        ([(OrderRejected, {})], 0),
        ([(OrderUnknown, {}), (OrderLost, {})], 10),
        ([(OrderUnknown, {}), (OrderLost, {}), (OrderRejected, {})], 0),
        ([(OrderUnknown, {}), (OrderLost, {}), (OrderFilled, {"quantity": 3.0})], 7),
        ([(OrderAccepted, {}), (OrderCanceled, {})], 0),
        ([(OrderAccepted, {}), (OrderCanceled, {"filled": 7.0})], 7),
        (
            [
                (OrderFilled, {"quantity": 2.0}),
                (OrderCanceled, {"filled": 7.0}),
                (OrderFilled, {"quantity": 4.0}),
            ],
            1,
        ),
        ([(OrderExpired, {"filled": 3.0}), (OrderFilled, {"quantity": 3.0})], 0),
        ([(OrderReplaced, {"revision": 1, "quantity": 25.0})], 25),
    ],
)
def test_order_reserves_what_it_could_still_fill(steps: list[Step], reserved: int) -> None:
    blotter = Blotter()
    order = blotter.send()
    for kind, fields in steps:
        blotter.tell(kind, order, **fields)
    assert leg_of(order).reserved == reserved
    assert (blotter.account.buys, blotter.strategy.buys) == (reserved, reserved)


@pytest.mark.parametrize(("asked", "meanwhile", "after"), [(15, 15, 15), (4, 10, 4)])
def test_amend_reserves_the_larger_quantity_until_it_is_answered(
    asked: int, meanwhile: int, after: int
) -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    blotter.request(order, Request.AMEND, asked)
    assert leg_of(order).reserved == meanwhile
    blotter.tell(OrderUnknown, order)
    assert leg_of(order).reserved == meanwhile
    blotter.tell(OrderReplaced, order, request=1, revision=1, quantity=float(asked))
    assert leg_of(order).reserved == after


def test_replace_that_makes_a_second_order_reserves_both_until_it_is_answered() -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    order.route.replace_adds = True
    blotter.tell(OrderFilled, order, quantity=2.0)
    blotter.request(order, Request.AMEND, 12)
    assert leg_of(order).reserved == 8 + 10
    blotter.tell(OrderFilled, order, quantity=3.0)
    assert leg_of(order).reserved == 5 + 10
    blotter.tell(OrderReplaced, order, request=1, revision=1, quantity=15.0)
    assert leg_of(order).reserved == 10


def test_refused_amend_gives_its_reservation_back() -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    blotter.request(order, Request.AMEND, 15)
    blotter.tell(OrderFilled, order, quantity=2.0)
    assert leg_of(order).reserved == 13
    blotter.tell(ReplaceRejected, order, request=1)
    assert leg_of(order).reserved == 8


def test_pending_cancel_reserves_as_before() -> None:
    blotter = Blotter()
    order = blotter.in_life(Life.WORKING)
    blotter.request(order, Request.CANCEL)
    assert leg_of(order).reserved == 10


def test_open_orders_count_each_order_once_through_all_of_its_lives() -> None:
    blotter = Blotter()
    exposure = blotter.account
    lost, canceled = blotter.send(), blotter.send(Side.SELL)
    assert exposure.open_orders == 2
    blotter.tell(OrderUnknown, lost)
    blotter.tell(OrderLost, lost)
    assert (exposure.open_orders, exposure.buys) == (1, 10)  # the claim outlives the order
    blotter.tell(OrderAccepted, lost)
    assert exposure.open_orders == 2
    for kind in (OrderCanceled, OrderCanceled, OrderRejected):
        blotter.tell(kind, canceled)
        blotter.tell(kind, lost)
    assert (exposure.open_orders, exposure.buys, exposure.sells) == (0, 0, 0)
    assert blotter.table.counts["reopened order"] == 1
