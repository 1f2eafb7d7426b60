"""Limits on how often venues may be asked, behind the gate: deny, wait, coalesce, learn."""

import pytest

from engine.config.rates import (
    RatePolicyConfig,
    RatesConfig,
)
from engine.errors import StrategyError
from engine.gate.limits import Limits
from engine.gate.pacing import IntentWaiting
from engine.gate.rates import (
    BudgetUsed,
    CommandKind,
    RateLimited,
    RateSetup,
    Scope,
)
from engine.model.reports import OrderDenied
from engine.model.risk import FIRM, Cause, LatchSet, RiskState
from engine.model.zones import SECOND_NS
from tests.unit.pacing_rig import WAIT, buy, rates, rig_of, sent
from tests.unit.rig import ABC, START, Probe, Rig


def test_command_over_the_limit_is_denied_with_the_rule_and_the_time() -> None:
    rig = rig_of(rates())
    buy(rig, 3)
    assert sent(rig) == ["submit 1", "submit 2"]
    denied = rig.kernel.decisions[-1]
    assert isinstance(denied, OrderDenied)
    assert (denied.reason, denied.message) == (
        "rate_limit",
        "SIM.all is used up, free in 1.000 s",
    )
    rig.wait(SECOND_NS)
    buy(rig)
    assert rig.denials == ["rate_limit", "rate_limit"]  # both edges of the window count
    rig.wait(1)
    buy(rig)
    assert sent(rig) == ["submit 1", "submit 2", "submit 5"]


def test_list_of_orders_counts_each_of_them() -> None:
    rig = rig_of(rates(5))
    rig.do(lambda probe: [probe.buy(ABC.id, 1, 99.0) for _ in range(9)])
    assert len(rig.wire.orders) == 5


def test_denied_intent_uses_no_budget() -> None:
    rig = rig_of(rates(1), limits=Limits(position=5))
    rig.do(lambda probe: probe.buy(ABC.id, 6, 99.0))
    buy(rig)
    assert rig.denials == ["position_limit"]
    assert sent(rig) == ["submit 2"]


def test_waiting_command_is_sent_in_its_turn() -> None:
    rig = rig_of(rates(policy=WAIT))
    buy(rig, 3)
    order = rig.probe.orders()[2]
    assert (sent(rig), order.status) == (["submit 1", "submit 2"], "pending_new")
    waiting = rig.kernel.decisions[-1]
    assert waiting == IntentWaiting(
        order.id, CommandKind.SUBMIT, "SIM.all", rig.now + 5 * SECOND_NS, rig.now
    )
    rig.wait(2 * SECOND_NS)
    assert sent(rig) == ["submit 1", "submit 2", "submit 3"]
    assert rig.wire.orders[-1].ts == START + SECOND_NS + 1


def test_waiting_command_is_dropped_rather_than_sent_late() -> None:
    policy = RatePolicyConfig(on_limit="wait", wait_max="1500ms")
    rig = rig_of(rates(1, policy=policy))
    buy(rig, 3)
    assert rig.denials == []
    rig.wait(3 * SECOND_NS)
    assert sent(rig) == ["submit 1", "submit 2"]
    assert rig.denials == ["rate_deadline"]
    assert rig.probe.orders()[-1].id == "t-0-2"


def test_waiting_command_is_judged_again_when_its_turn_comes() -> None:
    rig = rig_of(rates(1, policy=WAIT), limits=Limits(position=2))
    buy(rig, 2)
    rig.wait(SECOND_NS + 1)
    rig.do(lambda probe: probe.buy(ABC.id, 1, 99.0))
    assert rig.denials == ["position_limit"]
    rig2 = rig_of(rates(1, policy=WAIT), limits=Limits(position=2))
    buy(rig2, 3)  # nothing is reserved for what waits, so all three may
    rig2.wait(3 * SECOND_NS)
    assert (sent(rig2), rig2.denials) == (["submit 1", "submit 2"], ["position_limit"])


def test_reducing_withdraws_what_waits() -> None:
    rig = rig_of(rates(1, policy=WAIT))
    buy(rig, 2)
    rig.kernel.process(LatchSet(FIRM, Cause.PAUSED, RiskState.REDUCING, "anna", "odd", rig.now))
    rig.wait(10 * SECOND_NS)
    assert sent(rig) == ["submit 1", "cancel 1"]
    assert rig.denials == ["withdrawn"]


def test_replaces_of_an_order_coalesce_while_they_wait() -> None:
    rig = rig_of(rates(1, policy=WAIT))
    buy(rig)
    order = rig.probe.orders()[0]
    rig.accept(order)
    buy(rig)
    rig.do(lambda probe: [probe.replace(order, price=price) for price in (98.0, 97.0)])
    rig.do(lambda probe: probe.replace(order, price=96.0))
    rig.wait(5 * SECOND_NS)
    assert sent(rig) == ["submit 1", "submit 2", "replace 1"]
    assert rig.wire.replaces[0].price == 96.0
    assert rig.denials == ["superseded", "superseded"]


def test_cancel_of_a_waiting_order_sends_nothing() -> None:
    rig = rig_of(rates(1, policy=WAIT))
    buy(rig, 2)
    order = rig.probe.orders()[1]
    rig.do(lambda probe: probe.cancel(order))
    rig.wait(5 * SECOND_NS)
    assert sent(rig) == ["submit 1"]
    assert (order.reason, rig.denials) == ("withdrawn", ["withdrawn"])


def test_cancel_takes_the_place_of_a_waiting_replace() -> None:
    rig = rig_of(rates(1, policy=WAIT))
    buy(rig)
    order = rig.probe.orders()[0]
    rig.accept(order)
    buy(rig)
    rig.do(lambda probe: probe.replace(order, price=98.0))
    rig.do(lambda probe: probe.cancel(order))
    rig.do(lambda probe: probe.replace(order, price=97.0))
    rig.wait(5 * SECOND_NS)
    assert sent(rig) == ["submit 1", "cancel 1", "submit 2"]
    assert rig.denials == ["superseded", "request_in_flight"]


def test_change_of_an_order_that_waits_to_be_sent_is_denied() -> None:
    rig = rig_of(rates(1, policy=WAIT))
    buy(rig, 2)
    rig.do(lambda probe: probe.replace(probe.orders()[1], price=98.0))
    assert rig.denials == ["request_in_flight"]


def test_cancels_have_a_reserve_and_wait_rather_than_being_denied() -> None:
    rig = rig_of(rates(3, cancel_reserve=1))
    buy(rig, 3)
    assert rig.denials == ["rate_limit"]
    for order in rig.probe.orders():
        rig.accept(order)
    rig.kernel.clock.now = START  # answers come in no time here
    rig.do(lambda probe: probe.cancel_all())
    assert sent(rig)[2:] == ["cancel 1"]
    rig.wait(2 * SECOND_NS)
    assert sent(rig)[2:] == ["cancel 1", "cancel 2"]
    assert rig.denials == ["rate_limit"]


def test_exits_have_a_reserve_that_entries_cannot_use() -> None:
    rig = rig_of(rates(4, exit_reserve=1))
    held = rig.do(lambda probe: probe.buy(ABC.id, 5))
    rig.fill(held, 5, 100.0)
    rig.wait(2 * SECOND_NS)
    buy(rig, 9)
    assert rig.denials == ["rate_limit"] * 6
    rig.do(lambda probe: probe.sell(ABC.id, 5, 101.0))
    assert len(rig.denials) == 6


def test_closing_waits_as_long_as_it_takes() -> None:
    rig = rig_of(rates(1))
    held = rig.do(lambda probe: probe.buy(ABC.id, 5))
    rig.fill(held, 5, 100.0)
    rig.wait(2 * SECOND_NS)
    buy(rig)
    rig.do(lambda probe: probe.close(ABC.id))
    rig.wait(2 * SECOND_NS)
    assert rig.denials == []
    assert rig.wire.orders[-1].reduce_only


def test_policy_is_that_of_the_strategy() -> None:
    setup = rates(1)
    config = RatesConfig(strategy={"two": WAIT}, assume_empty=True)
    rig = rig_of(RateSetup(setup.venues, {}, config), Probe(), Probe())
    buy(rig)
    buy(rig, number=0)
    buy(rig, number=1)
    rig.wait(3 * SECOND_NS)
    assert (sent(rig), rig.denials) == (["submit 1", "submit 3"], ["rate_limit"])


def test_order_may_say_how_long_it_waits() -> None:
    rig = rig_of(rates(1, policy=WAIT))
    rig.do(lambda probe: probe.buy(ABC.id, 1, 99.0))
    rig.do(lambda probe: probe.buy(ABC.id, 1, 99.0, wait=0))
    assert rig.denials == ["rate_limit"]
    rig = rig_of(rates(1))
    rig.do(lambda probe: probe.buy(ABC.id, 1, 99.0))
    rig.do(lambda probe: probe.buy(ABC.id, 1, 99.0, wait=1.5))
    rig.wait(2 * SECOND_NS)
    assert sent(rig) == ["submit 1", "submit 2"]


@pytest.mark.parametrize("wait", [-1.0, float("nan"), 1e9])
def test_wait_that_is_no_time_stops_the_strategy_with_its_value(wait: float) -> None:
    probe = Probe(lambda probe: probe.buy(ABC.id, 1, 99.0, wait=wait))
    with pytest.raises(StrategyError, match="is no number of seconds"):
        Rig(probe)


def test_what_the_edge_sent_draws_on_the_same_budget() -> None:
    rig = rig_of(rates(4, automatic_share=1))
    used = BudgetUsed(Scope("SIM", "main", "requests"), 1, rig.now, rig.now)
    rig.kernel.process(used)  # its own share
    rig.kernel.process(used)  # beyond it
    buy(rig, 4)
    assert (len(rig.wire.orders), rig.denials) == (2, ["rate_limit"] * 2)
    assert rig.kernel.decisions[0] == used


def test_retry_after_stops_everything_until_then_and_waiters_go_on_after_it() -> None:
    rig = rig_of(rates(5, policy=WAIT))
    rig.kernel.process(RateLimited(Scope("SIM"), rig.now, 2 * SECOND_NS))
    buy(rig)
    rig.wait(2 * SECOND_NS - 1)
    assert sent(rig) == []
    rig.wait(1)
    assert sent(rig) == ["submit 1"]


def test_refusal_without_a_time_halves_the_allowance() -> None:
    rig = rig_of(rates(4))
    rig.kernel.process(RateLimited(Scope("SIM"), rig.now))
    buy(rig, 4)
    assert len(rig.wire.orders) == 2


def test_approved_command_says_until_when_it_may_leave() -> None:
    class Port:
        def __init__(self) -> None:
            self.leave_by: list[int] = []

        def send(self, approved: object) -> None:
            self.leave_by.append(getattr(approved, "leave_by", 0))

    rig, port = rig_of(rates(5, jitter_ns=7)), Port()
    buy(rig)
    rig.contexts[0].host.route(ABC.id).port = port
    buy(rig)
    assert port.leave_by == [rig.now + 7]
