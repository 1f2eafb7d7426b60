"""Failures that other engines are known for, each as a scenario that this gate must pass."""

from engine.config.rates import RatePolicyConfig, RatesConfig
from engine.gate.rates import CommandKind, RateRule, RateSetup, SlidingWindow, VenueRates
from engine.model.commands import CancelOrder, SubmitOrder
from engine.model.reports import OrderUnknown
from engine.model.risk import FIRM, Cause, LatchSet, RiskState
from engine.model.zones import SECOND_NS
from tests.unit.rig import ABC, Rig
from tests.unit.rule_desk import RuleDesk

KINDS = (CommandKind.SUBMIT, CommandKind.REPLACE, CommandKind.CANCEL)


def limited(limit: int) -> Rig:
    rule = RateRule(name="all", window=SlidingWindow(limit, SECOND_NS))
    costs = {kind: {"requests": 1} for kind in KINDS}
    venue = VenueRates(venue="SIM", endpoints=("requests",), costs=costs, rules=(rule,))
    policy = RatePolicyConfig(on_limit="wait", wait_max="30s")
    rig = Rig(rates=RateSetup({"SIM": venue}, {}, RatesConfig(policy=policy, assume_empty=True)))
    rig.trade(100.0, after=0)
    return rig


def test_five_a_second_lets_no_nine_through_a_rolling_second() -> None:
    rig = limited(5)
    rig.wait(10 * SECOND_NS)  # a token bucket would be full, and refill while it is emptied
    for _ in range(20):
        rig.do(lambda probe: probe.buy(ABC.id, 1, 99.0))
        rig.wait(SECOND_NS // 10)
    rig.wait(10 * SECOND_NS)
    times = [each.ts for each in rig.wire.orders]
    assert len(times) == 20
    assert max(sum(start <= ts <= start + SECOND_NS for ts in times) for start in times) == 5


def test_list_of_orders_is_not_counted_as_one() -> None:
    rig = limited(5)
    rig.do(lambda probe: [probe.buy(ABC.id, 1, 99.0) for _ in range(12)])
    assert len(rig.wire.orders) == 5


def test_cancels_are_inside_the_limit() -> None:
    rig = limited(4)
    rig.do(lambda probe: [probe.buy(ABC.id, 1, 99.0) for _ in range(4)])
    rig.do(lambda probe: probe.cancel_all())
    assert not rig.wire.cancels
    rig.wait(2 * SECOND_NS)
    assert len(rig.wire.cancels) == 4
    gaps = [each.ts for each in rig.wire.sent if isinstance(each, SubmitOrder | CancelOrder)]
    assert gaps[4] > gaps[0] + SECOND_NS


def test_reducing_denies_when_flat_and_does_not_flip() -> None:
    desk = RuleDesk("")
    desk.rig.kernel.process(
        LatchSet(FIRM, Cause.PAUSED, RiskState.REDUCING, "anna", "odd", desk.rig.now)
    )
    assert desk.do("trade 100, buy 1") == "paused"
    desk = RuleDesk("")
    desk.do("trade 100, buy 5, fill")
    desk.rig.kernel.process(
        LatchSet(FIRM, Cause.PAUSED, RiskState.REDUCING, "anna", "odd", desk.rig.now)
    )
    assert desk.do("sell 6") == "paused"
    assert desk.do("sell 5") == "ok"


def test_position_limit_counts_orders_that_work_and_those_whose_fate_is_unknown() -> None:
    desk = RuleDesk("max_position=10")
    desk.do("trade 100, buy 6 @ 99")
    desk.rig.tell(OrderUnknown, desk.orders[0])
    assert desk.do("buy 5 @ 99") == "position_limit"


def test_market_order_without_a_price_does_not_pass_the_value_limit() -> None:
    assert RuleDesk("max_order_value=1000").do("buy 1000000") == "no_reference"


def test_nan_passes_no_limit() -> None:
    desk = RuleDesk("max_order_value=1000 collar=1 net=1000 daily=1000")
    desk.rig.quote(float("nan"), float("nan"))
    assert desk.do("buy 1") == "no_reference"
