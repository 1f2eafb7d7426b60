"""What a strategy's ordering words come to: targets, closes, replaces, and absurd numbers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.errors import StrategyError
from engine.model.commands import Side, SubmitOrder, TimeInForce
from engine.orders.order import Order
from tests.unit.rig import ABC, NAN, START, XYZ, Probe, Rig

INF = float("inf")


def traded() -> Rig:
    rig = Rig()
    rig.trade(100.0)
    rig.trade(50.0, XYZ)
    return rig


def hold(rig: Rig, quantity: float) -> None:
    side = Side.BUY if quantity > 0 else Side.SELL
    order = rig.do(lambda probe: probe.submit(ABC.id, side, abs(quantity)))
    rig.fill(order, abs(quantity), 100.0)


def asked(rig: Rig) -> list[float]:
    """Return the signed quantities sent so far."""
    return [each.side * each.quantity for each in rig.wire.orders]


def last(rig: Rig) -> SubmitOrder:
    return rig.wire.orders[-1]


@pytest.mark.parametrize(
    ("held", "target", "sent"),
    [
        (0, 5, [5]),
        (0, -5, [-5]),
        (5, 5, []),
        (5, 2, [-3]),
        (5, -5, [-10]),
        (-5, 0, [5]),
        (5, 0, [-5]),
    ],
)
def test_target_trades_the_difference_to_the_position(
    held: float, target: float, sent: list[float]
) -> None:
    rig = traded()
    if held:
        hold(rig, held)
    before = len(rig.wire.sent)
    order = rig.do(lambda probe: probe.target_position(ABC.id, target))
    assert (order is not None) is bool(sent)
    assert asked(rig)[before:] == sent


def test_target_counts_working_orders_of_both_sides() -> None:
    rig = traded()
    hold(rig, 3)
    rig.do(lambda probe: (probe.buy(ABC.id, 4, 90.0), probe.sell(ABC.id, 1, 110.0)))
    assert rig.do(lambda probe: probe.target_position(ABC.id, 6)) is None
    rig.do(lambda probe: probe.target_position(ABC.id, 10))
    assert asked(rig)[-1] == 4.0


def test_target_counts_orders_that_were_only_just_asked_for() -> None:
    rig = traded()
    rig.do(lambda probe: (probe.target_position(ABC.id, 5), probe.target_position(ABC.id, 5)))
    assert asked(rig) == [5.0]
    rig.do(lambda p: (p.sell(ABC.id, 2), p.buy(XYZ.id, 1), p.target_position(ABC.id, 5)))
    assert asked(rig)[1:] == [-2.0, 1.0, 2.0]


def test_target_counts_only_the_strategys_own_position() -> None:
    rig = Rig(Probe(), Probe())
    rig.trade(100.0)
    for number in (0, 1):
        order = rig.do(lambda probe: probe.target_position(ABC.id, 5), number)
        assert order is not None
        rig.fill(order, 5, 100.0)
    assert rig.kernel.portfolio.accounts["main"].positions[ABC.id].size == 10.0


def test_target_is_free_of_float_noise() -> None:
    rig = traded()
    order = rig.do(lambda probe: probe.buy(XYZ.id, 0.7))
    rig.fill(order, 0.7, 50.0)
    rig.do(lambda probe: probe.target_position(XYZ.id, 0.4))
    assert asked(rig)[-1] == -0.3


def test_target_takes_a_limit() -> None:
    rig = traded()
    rig.do(lambda probe: probe.target_position(ABC.id, 5, 99.5))
    assert (last(rig).type, last(rig).price) == ("limit", 99.5)


@pytest.mark.parametrize("held", [5, -5])
def test_close_sends_a_reduce_only_market_order_against_the_position(held: float) -> None:
    rig = traded()
    hold(rig, held)
    order = rig.do(lambda probe: probe.close(ABC.id))
    assert order is not None
    assert (asked(rig)[-1], last(rig).type, last(rig).reduce_only) == (-held, "market", True)


def test_close_of_nothing_does_nothing() -> None:
    rig = traded()
    assert rig.do(lambda probe: probe.close(ABC.id)) is None
    assert rig.wire.sent == []


def test_close_does_not_close_twice_what_is_being_closed() -> None:
    rig = traded()
    hold(rig, 5)
    first, again = rig.do(lambda probe: (probe.close(ABC.id), probe.close(ABC.id)))
    assert first is not None
    assert again is None
    assert rig.do(lambda probe: probe.close(ABC.id)) is None
    rig.fill(first, 2, 100.0)
    assert rig.do(lambda probe: probe.close(ABC.id)) is None
    rig.cancel(first)
    rest = rig.do(lambda probe: probe.close(ABC.id))
    assert rest is not None
    assert rest.quantity == 3.0


def test_close_disregards_orders_that_may_never_fill() -> None:
    rig = traded()
    hold(rig, 5)
    rig.do(lambda probe: probe.sell(ABC.id, 5, 110.0))
    rig.do(lambda probe: probe.sell(ABC.id, 5, stop=90.0, reduce_only=True))
    rig.do(lambda probe: probe.close(ABC.id))
    assert asked(rig)[-1] == -5.0


ABSURD = [NAN, INF, -INF, 1e300, -1.0, "five", None]


@pytest.mark.parametrize("quantity", ABSURD)
def test_absurd_quantity_is_denied_and_never_raised(quantity: float) -> None:
    rig = traded()
    order = rig.do(lambda probe: probe.buy(ABC.id, quantity))
    assert (order.status, order.reason) == ("denied", "order_invalid")
    assert rig.stops == []


@pytest.mark.parametrize("price", [NAN, INF, -INF, 1e300, "par"])
@pytest.mark.parametrize("name", ["price", "stop", "trail"])
def test_absurd_price_is_denied_and_never_raised(name: str, price: float) -> None:
    rig = traded()
    order = rig.do(lambda probe: probe.buy(ABC.id, 1, **{name: price}))
    assert (order.status, order.reason) == ("denied", "price_invalid")
    assert rig.stops == []


@pytest.mark.parametrize("trail", [0.0, -1.0, 0.001])
def test_trail_that_is_no_distance_is_denied(trail: float) -> None:
    rig = traded()
    order = rig.do(lambda probe: probe.sell(ABC.id, 1, trail=trail))
    assert (order.status, order.reason) == ("denied", "price_invalid")


@pytest.mark.parametrize("target", [NAN, INF, 1e300])
def test_absurd_target_is_denied_and_never_raised(target: float) -> None:
    rig = traded()
    order = rig.do(lambda probe: probe.target_position(ABC.id, target))
    assert order is not None
    assert (order.status, order.reason) == ("denied", "order_invalid")
    assert rig.stops == []


@pytest.mark.parametrize(
    ("quantity", "price"), [(NAN, None), (INF, None), (None, NAN), (None, 1e300), ("x", None)]
)
def test_absurd_replace_is_denied_and_leaves_the_order(
    quantity: float | None, price: float | None
) -> None:
    rig = traded()
    order = rig.do(lambda probe: probe.buy(ABC.id, 1, 99.0))
    rig.accept(order)
    assert rig.do(lambda probe: probe.replace(order, quantity, price))
    assert rig.wire.replaces == []
    assert len(rig.denials) == 1
    assert (order.status, order.quantity, order.price) == ("new", 1.0, 99.0)


def test_replace_changes_only_what_is_given() -> None:
    rig = traded()
    order = rig.do(lambda probe: probe.buy(ABC.id, 5, 99.0))
    rig.accept(order)
    rig.do(lambda probe: probe.replace(order, price=98.503))
    assert (rig.wire.replaces[-1].quantity, rig.wire.replaces[-1].price) == (5.0, 98.5)
    rig.amend(order, 5, 98.5)
    rig.do(lambda probe: probe.replace(order, 7.9))
    assert (rig.wire.replaces[-1].quantity, rig.wire.replaces[-1].price) == (7.0, 98.5)
    assert order.price == 98.5


def test_cancel_all_takes_what_is_open_in_one_instrument_or_in_all() -> None:
    rig = traded()
    orders = rig.do(
        lambda p: (p.buy(ABC.id, 1, 90.0), p.buy(ABC.id, 2, 90.0), p.buy(XYZ.id, 1, 40.0))
    )
    assert rig.do(lambda probe: probe.cancel_all(ABC.id)) == 2
    assert rig.do(lambda probe: probe.cancel_all()) == 1
    assert [each.client_order_id for each in rig.wire.cancels] == [order.id for order in orders]
    assert rig.denials == []


def test_cancel_of_a_closed_order_says_so() -> None:
    rig = traded()
    order = rig.do(lambda probe: probe.buy(ABC.id, 1, 90.0))
    rig.cancel(order)
    assert rig.do(lambda probe: probe.cancel(order)) is False
    assert rig.do(lambda probe: probe.replace(order, 2)) is False


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("gtc", None)),
        ({"time_in_force": "ioc"}, ("ioc", None)),
        ({"time_in_force": "FOK"}, ("fok", None)),
        ({"time_in_force": TimeInForce.DAY}, ("day", None)),
        ({"expires": START + 5}, ("gtd", START + 5)),
        ({"expires": datetime(2024, 1, 2, tzinfo=UTC)}, ("gtd", START + 86_400 * 10**9)),
    ],
)
def test_time_in_force_follows_from_the_options(
    options: dict[str, Any], expected: tuple[str, int | None]
) -> None:
    rig = traded()
    rig.do(lambda probe: probe.buy(ABC.id, 1, **options))
    assert (last(rig).time_in_force, last(rig).expire_ts) == expected


def test_time_in_force_that_is_none_is_refused() -> None:
    rig = traded()
    with pytest.raises(StrategyError, match="time in force 'gtx' is none of gtc, day"):
        rig.probe.buy(ABC.id, 1, time_in_force="gtx")


@pytest.mark.parametrize(
    ("prices", "kind"),
    [
        ({}, "market"),
        ({"price": 99.0}, "limit"),
        ({"stop": 101.0}, "stop"),
        ({"price": 101.5, "stop": 101.0}, "stop_limit"),
        ({"trail": 2.0}, "trailing_stop"),
    ],
)
def test_type_follows_from_the_prices(prices: dict[str, float], kind: str) -> None:
    rig = traded()
    rig.do(lambda probe: probe.buy(ABC.id, 1, **prices))
    assert last(rig).type == kind


def test_views_show_position_account_and_what_works() -> None:
    rig = traded()
    hold(rig, 5)
    rig.do(lambda probe: (probe.buy(ABC.id, 3, 90.0), probe.sell(ABC.id, 1, 110.0)))
    rig.trade(104.0)
    position, account = rig.probe.position(ABC.id), rig.probe.account()
    assert (position.quantity, position.working, position.average_price) == (5.0, 2.0, 100.0)
    assert (position.unrealised_pnl, position.realised_pnl, bool(position)) == (20.0, 0.0, True)
    assert (account.balance, account.equity, account.currency) == (1e6, 1e6 + 20, "USD")


def test_order_shows_what_filled_at_which_average() -> None:
    rig = traded()
    order: Order = rig.do(lambda probe: probe.buy(ABC.id, 5, 101.0))
    assert (order.leaves, order.filled) == (5.0, 0.0)
    rig.fill(order, 2, 100.0)
    rig.fill(order, 2, 101.0)
    assert (order.leaves, order.filled, order.average_price) == (1.0, 4.0, 100.5)
    rig.cancel(order)
    assert (order.leaves, order.filled) == (0.0, 4.0)
    assert order.arrival_price == 100.0
