"""Exits that go with an order or are set at a position: for a venue to keep, or as a bracket."""

from collections.abc import Callable

import pytest

from engine.ledger.account import AccountSpec
from engine.model.commands import Protection, SetProtection, Side, SubmitOrder
from engine.model.reports import OrderRejected, OrderUnknown, ProtectionSet
from engine.model.risk import FIRM, Cause, LatchSet, RiskState
from engine.orders.order import Order
from tests.unit.rig import ABC, Probe, Rig, watching

Ask = Callable[[Probe], Order | None]


def desk(*, hedging: bool = True) -> Rig:
    account = AccountSpec(
        id="main", venue="SIM", currency="USD", balances={"USD": 100_000}, hedging=hedging
    )
    rig = Rig(watching(), accounts=[account])
    rig.trade(100.0)
    return rig


def held(size: float = 10) -> Rig:
    rig = desk()
    side = Side.BUY if size > 0 else Side.SELL
    rig.fill(rig.do(lambda probe: probe.submit(ABC.id, side, abs(size))), abs(size), 100.0,
             position_id="P1")  # fmt: skip
    return rig


def protect(rig: Rig, stop: float | None = None, profit: float | None = None) -> Order:
    order = rig.do(
        lambda probe: probe.protect(
            probe.position(ABC.id).legs[0], stop_loss=stop, take_profit=profit
        )
    )
    assert order is not None
    return order


def entry(rig: Rig, **asked: float | bool) -> Order:
    exits = Protection(**asked)  # type: ignore[arg-type] # by name
    return rig.do(lambda probe: probe.buy(ABC.id, 10, protection=exits))


def test_exits_are_set_by_the_position_s_name_and_shown_once_the_venue_keeps_them() -> None:
    rig = held()
    order = protect(rig, 95.004, 110.0)
    sent = rig.wire.sent[-1]
    assert sent == SetProtection(
        order.id, "one", "main", ABC.id, order.ts_submitted, "P1", 95.0, 110.0
    )
    [leg] = rig.probe.position(ABC.id).legs
    assert (leg.stop_loss, order.is_open) == (None, True)
    rig.tell(ProtectionSet, order, position_id="P1", stop_loss=95.0, take_profit=110.0)
    assert (leg.stop_loss, leg.take_profit, order.status) == (95.0, 110.0, "filled")
    assert rig.probe.position(ABC.id).quantity == 10.0


@pytest.mark.parametrize(
    ("kind", "status"), [(OrderRejected, "rejected"), (OrderUnknown, "unknown")]
)
def test_refused_or_unanswered_exits_leave_those_that_were(kind: type, status: str) -> None:
    rig = held()
    order = protect(rig, 95.0)
    rig.tell(kind, order, reason="no")
    assert order.status == status
    assert rig.probe.position(ABC.id).legs[0].stop_loss is None


def test_exits_that_the_venue_changed_by_itself_are_noted() -> None:
    rig = held()
    rig.tell(ProtectionSet, "", position_id="P1", stop_loss=97.0, take_profit=None)
    assert rig.probe.position(ABC.id).legs[0].stop_loss == 97.0


@pytest.mark.parametrize(
    ("size", "stop", "profit"),
    [(10, 101.0, None), (10, None, 99.0), (-10, 99.0, None), (-10, None, 101.0)],
)
def test_exit_that_the_market_has_reached_is_denied(
    size: float, stop: float | None, profit: float | None
) -> None:
    assert protect(held(size), stop, profit).reason == "order_invalid"


def test_exit_that_is_no_price_is_denied() -> None:
    assert protect(held(), float("nan")).reason == "price_invalid"


def test_exits_pass_while_only_reducing_and_not_when_halted() -> None:
    for state, reason in ((RiskState.REDUCING, ""), (RiskState.HALTED, "paused")):
        rig = held()
        rig.kernel.process(LatchSet(FIRM, Cause.PAUSED, state, "anna", "news", rig.now))
        assert protect(rig, 95.0).reason == reason


def test_account_that_nets_denies_exits_at_a_position_with_one_reason() -> None:
    rig = desk(hedging=False)
    order = rig.do(lambda probe: probe.protect(ABC.id, stop_loss=95.0))
    assert order is not None
    assert order.reason == "not_supported"
    assert rig.wire.sent == []


def test_pending_exits_are_not_canceled_with_the_orders() -> None:
    rig = held()
    order = protect(rig, 95.0)
    assert rig.do(lambda probe: probe.cancel(order)) is False


def test_venue_that_hedges_is_given_the_exits_with_the_entry() -> None:
    rig = desk()
    order = entry(rig, stop_distance=2.004, take_profit=105.0, trailing=True)
    sent = rig.wire.sent[-1]
    assert isinstance(sent, SubmitOrder)
    assert sent.protection == Protection(None, 105.0, 2.0, None, trailing=True)
    assert order.group is None


def test_elsewhere_the_exits_are_a_bracket_from_the_price_of_the_first_fill() -> None:
    rig = desk(hedging=False)
    order = entry(rig, stop_distance=2.0, profit_distance=3.0)
    sent = rig.wire.sent[-1]
    assert isinstance(sent, SubmitOrder)
    assert sent.protection is None
    rig.fill(order, 10, 100.5)
    exits = [
        (each.type.value, each.stop, each.price, each.quantity) for each in rig.wire.orders[1:]
    ]
    assert exits == [("stop", 98.5, None, 10.0), ("limit", None, 103.5, 10.0)]


@pytest.mark.parametrize("hedging", [True, False])
@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"stop_loss": 95.0, "stop_distance": 1.0}, "order_invalid"),
        ({}, "order_invalid"),
        ({"take_profit": 105.0, "trailing": True}, "order_invalid"),
        ({"take_profit": 105.0, "guaranteed": True}, "order_invalid"),
        ({"stop_distance": -1.0}, "price_invalid"),
        ({"stop_loss": float("inf")}, "price_invalid"),
        ({"stop_loss": 101.0}, "order_invalid"),
    ],
)
def test_exits_that_cannot_be_deny_the_entry(
    asked: dict[str, float], reason: str, *, hedging: bool
) -> None:
    rig = desk(hedging=hedging)
    assert entry(rig, **asked).reason == reason
    assert rig.wire.sent == []


def test_guaranteed_exit_reaches_the_venue_as_such() -> None:
    rig = desk()
    entry(rig, stop_distance=2.004, guaranteed=True)
    sent = rig.wire.sent[-1]
    assert isinstance(sent, SubmitOrder)
    assert sent.protection == Protection(stop_distance=2.0, guaranteed=True)


@pytest.mark.parametrize("flag", ["trailing", "guaranteed"])
def test_exit_that_only_a_venue_can_keep_needs_one_that_does(flag: str) -> None:
    asked = entry(desk(hedging=False), stop_distance=1.0, **{flag: True})
    assert asked.reason == "not_supported"
