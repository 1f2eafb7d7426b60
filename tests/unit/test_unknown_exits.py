"""Exits whose fate nobody knows: they block the next exit until a person looks past them."""

import pytest

from engine.gate.limits import Limits
from engine.model.commands import Side
from engine.model.reports import DenialReason, OrderUnknown
from engine.model.risk import (
    FIRM,
    Cause,
    Flatten,
    LatchSet,
    OverrideEnded,
    OverrideGranted,
    RiskScope,
    RiskState,
    ScopeLevel,
)
from engine.model.zones import SECOND_NS
from engine.orders.order import Order
from tests.unit.rig import ABC, Rig

ONE = RiskScope(ScopeLevel.STRATEGY, "one")
EXIT_UNKNOWN = DenialReason.EXIT_UNKNOWN


@pytest.fixture
def rig() -> Rig:
    """Hold ten, with an exit of seven under way of which nobody knows what became."""
    rig = Rig(limits=Limits())
    rig.trade(100.0)
    rig.fill(rig.do(lambda probe: probe.buy(ABC.id, 10)), 10, 100.0)
    lost = rig.do(lambda probe: probe.sell(ABC.id, 7, 99.0))
    rig.tell(OrderUnknown, lost, reason="no answer")
    return rig


def reduce(rig: Rig) -> None:
    rig.kernel.process(LatchSet(FIRM, Cause.PAUSED, RiskState.REDUCING, "anna", "news", rig.now))


def override(rig: Rig, seconds: int = 60) -> None:
    until = rig.now + seconds * SECOND_NS
    rig.kernel.process(OverrideGranted(ONE, EXIT_UNKNOWN, until, "anna", "it is gone", rig.now))


def sell(rig: Rig, size: float = 10) -> Order:
    return rig.do(lambda probe: probe.submit(ABC.id, Side.SELL, size))


def test_unknown_exit_blocks_the_next_one_and_is_named(rig: Rig) -> None:
    reduce(rig)
    assert sell(rig).reason == "exit_unknown"
    assert sell(rig, 3).is_open


def test_order_that_is_no_exit_even_without_the_unknown_one_is_denied_for_the_state(
    rig: Rig,
) -> None:
    reduce(rig)
    assert sell(rig, 11).reason == "paused"


def test_override_lets_the_next_exit_pass_until_its_time_is_over(rig: Rig) -> None:
    reduce(rig)
    override(rig)
    assert sell(rig, 11).reason == "paused"
    blocked = sell(rig)
    assert blocked.is_open
    rig.cancel(blocked)
    rig.wait(61 * SECOND_NS)
    assert sell(rig).reason == "exit_unknown"
    kinds = [type(each) for each in rig.kernel.decisions]
    assert kinds.count(OverrideGranted) == kinds.count(OverrideEnded) == 1


def test_override_of_another_strategy_changes_nothing(rig: Rig) -> None:
    reduce(rig)
    scope = RiskScope(ScopeLevel.STRATEGY, "two")
    until = rig.now + 60 * SECOND_NS
    rig.kernel.process(OverrideGranted(scope, EXIT_UNKNOWN, until, "anna", "gone", rig.now))
    assert sell(rig).reason == "exit_unknown"


@pytest.mark.parametrize("granted_first", [True, False])
def test_flatten_waits_for_an_unknown_exit_until_it_is_overridden(
    rig: Rig, *, granted_first: bool
) -> None:
    if granted_first:
        override(rig)
    rig.kernel.process(Flatten(FIRM, "anna", "news", rig.now))
    sent = len(rig.wire.orders)
    if not granted_first:
        assert rig.wire.orders[-1].quantity == 7.0
        override(rig)
        assert len(rig.wire.orders) == sent + 1
    closing = rig.wire.orders[-1]
    assert (closing.side, closing.quantity) == (Side.SELL, 10.0)


def test_probe_cannot_pass_a_kill_by_an_override(rig: Rig) -> None:
    rig.kernel.process(LatchSet(FIRM, Cause.KILL_SWITCH, RiskState.HALTED, "anna", "news", rig.now))
    override(rig)
    assert sell(rig).reason == "kill_switch"
