"""A kernel whose venue has rate limits, for the tests of pacing.

It judges nothing.
"""

from engine.config.rates import (
    RatePolicyConfig,
    RatesConfig,
)
from engine.gate.limits import Limits
from engine.gate.rates import (
    CommandKind,
    RateRule,
    RateSetup,
    SlidingWindow,
    VenueRates,
)
from engine.model.commands import CancelOrder, ReplaceOrder, SubmitOrder
from engine.model.zones import SECOND_NS
from tests.unit.rig import ABC, Probe, Rig

WAIT = RatePolicyConfig(on_limit="wait", wait_max="5s")
DENY = RatePolicyConfig()
KINDS = (CommandKind.SUBMIT, CommandKind.REPLACE, CommandKind.CANCEL)


def rates(
    limit: int = 2,
    *,
    policy: RatePolicyConfig = DENY,
    cancel_reserve: int = 0,
    exit_reserve: int = 0,
    automatic_share: int = 0,
    jitter_ns: int = 0,
) -> RateSetup:
    """Allow `limit` commands a second at the venue."""
    rule = RateRule(
        name="all",
        window=SlidingWindow(limit, SECOND_NS),
        cancel_reserve=cancel_reserve,
        exit_reserve=exit_reserve,
        automatic_share=automatic_share,
        jitter_ns=jitter_ns,
    )
    costs = {kind: {"requests": 1} for kind in KINDS}
    venue = VenueRates(venue="SIM", endpoints=("requests",), costs=costs, rules=(rule,))
    config = RatesConfig(policy=policy, assume_empty=True)
    return RateSetup({"SIM": venue}, {}, config)


def rig_of(setup: RateSetup, *probes: Probe, limits: Limits = Limits()) -> Rig:  # noqa: B008
    rig = Rig(*probes, rates=setup, limits=limits)
    rig.trade(100.0, after=0)
    return rig


def sent(rig: Rig) -> list[str]:
    found = []
    for each in rig.wire.sent:
        assert isinstance(each, SubmitOrder | ReplaceOrder | CancelOrder)
        word = type(each).__name__.removesuffix("Order").lower()
        found.append(f"{word} {each.client_order_id.removeprefix('t-0-')}")
    return found


def buy(rig: Rig, count: int = 1, number: int = 0) -> None:
    for _ in range(count):
        rig.do(lambda probe: probe.buy(ABC.id, 1, 99.0), number)
