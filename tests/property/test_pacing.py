"""Limits through the whole kernel: whatever is asked, delayed or restarted, no window overflows.

The adversary of `test_rate_limits` counts what left the gate; exits are asked against entries.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config.rates import RatePolicyConfig, RatesConfig
from engine.gate.approved import Approved
from engine.gate.rates import (
    BudgetUsed,
    CommandKind,
    FixedWindow,
    RateLimited,
    RateRule,
    RateSetup,
    Scope,
    SlidingWindow,
    VenueRates,
)
from engine.model.commands import CancelOrder, Command, SubmitOrder
from engine.recovery.restore import restore, take_snapshot
from tests.property.test_rate_limits import worst
from tests.unit.rig import ABC, Rig

S = 1_000_000_000
COSTS = {
    CommandKind.SUBMIT: {"requests": 2},
    CommandKind.REPLACE: {"requests": 1},
    CommandKind.CANCEL: {"requests": 1},
}


@st.composite
def setups(draw: st.DrawFn) -> RateSetup:
    """Draw a limit with reserves, fixed or sliding, and a policy."""
    cancels, exits = draw(st.integers(1, 2)), draw(st.integers(2, 4))
    share = draw(st.integers(0, 2))
    limit = cancels + exits + share + draw(st.integers(2, 6))
    size = draw(st.integers(1, 4)) * S
    is_fixed = draw(st.booleans())
    rule = RateRule(
        name="all",
        window=FixedWindow(limit, size) if is_fixed else SlidingWindow(limit, size),
        cancel_reserve=cancels,
        exit_reserve=exits,
        automatic_share=share,
        jitter_ns=draw(st.sampled_from([0, 1, S // 3])),
        drift_ppm=draw(st.sampled_from([0, 200, 99_999])),
    )
    venue = VenueRates(venue="SIM", endpoints=("requests",), costs=COSTS, rules=(rule,))
    policy = RatePolicyConfig(on_limit=draw(st.sampled_from(["deny", "wait"])), wait_max="3s")
    return RateSetup({"SIM": venue}, {}, RatesConfig(policy=policy, assume_empty=True))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["buy", "buy", "buy", "list", "replace", "cancel", "close", "edge", "429", "restart"]
        ),
        st.sampled_from([0, 0, 0, 1, S // 7, S // 2, S, 3 * S]),
    ),
    min_size=10,
    max_size=40,
)


class Desk:
    """A kernel whose frames are noted with their times, over restarts."""

    def __init__(self, setup: RateSetup) -> None:
        self.setup = setup
        self.sent: list[tuple[int, int]] = []
        self.frames: list[Command] = []
        self.rig = self._fresh()
        held = self.rig.do(lambda probe: probe.buy(ABC.id, 50))
        self.rig.fill(held, 50, 100.0)

    def _fresh(self) -> Rig:
        rig = Rig(rates=self.setup)
        rig.contexts[0].host.route(ABC.id).port = self
        rig.trade(100.0, after=0)
        return rig

    def send(self, approved: Approved[Command]) -> None:
        command = approved.command
        units = 2 if isinstance(command, SubmitOrder) else 1
        self.sent.append((self.rig.now, units))
        self.frames.append(command)
        assert approved.leave_by == self.rig.now + self.rule.jitter_ns

    @property
    def rule(self) -> RateRule:
        return self.setup.venues["SIM"].rules[0]

    def do(self, what: str) -> None:
        rig = self.rig
        orders = rig.probe.orders()
        if what == "buy":
            rig.do(lambda probe: probe.buy(ABC.id, 1, 90.0))
        elif what == "list":
            rig.do(lambda probe: [probe.buy(ABC.id, 1, 90.0) for _ in range(5)])
        elif what == "close":
            rig.do(lambda probe: probe.sell(ABC.id, 1, reduce_only=True))
        elif what == "edge":
            if self.rule.automatic_share:
                rig.kernel.process(BudgetUsed(Scope("SIM"), 1, rig.now, rig.now))
        elif what == "429":
            rig.kernel.process(RateLimited(Scope("SIM"), rig.now, S // 2))
        elif what == "restart":
            self._restart()
        elif orders and orders[0].leg is not None:
            if what == "cancel":
                rig.do(lambda probe: probe.cancel(orders[0]))
            else:
                rig.accept(orders[0])
                rig.do(lambda probe: probe.replace(orders[0], price=91.0))

    def _restart(self) -> None:
        snapshot, now = take_snapshot(self.rig.kernel, {}), self.rig.now
        self.rig = self._fresh()
        self.rig.kernel.clock.now = now
        restore(self.rig.kernel, snapshot)


@settings(max_examples=120, deadline=None)
@given(setups(), STEPS)
def test_venue_never_counts_more_than_its_limit(
    setup: RateSetup, steps: list[tuple[str, int]]
) -> None:
    desk = Desk(setup)
    for what, wait in steps:
        desk.do(what)
        desk.rig.wait(wait)
    desk.rig.wait(20 * S)
    allowed = desk.rule.window.limit - desk.rule.automatic_share
    assert worst(desk.rule, desk.sent) <= allowed


@settings(max_examples=60, deadline=None)
@given(setups(), st.lists(st.sampled_from([0, 1, S // 5, S]), min_size=1, max_size=12))
def test_exit_is_never_starved_by_entries(setup: RateSetup, waits: list[int]) -> None:
    desk = Desk(setup)
    desk.rig.wait(20 * S)
    for wait in waits:
        desk.do("list")
        desk.rig.wait(wait)
    before = len(desk.frames)
    desk.do("close")
    sent = desk.frames[before:]
    assert [type(each) for each in sent] == [SubmitOrder]
    assert isinstance(sent[0], SubmitOrder)
    assert sent[0].reduce_only


@settings(max_examples=60, deadline=None)
@given(setups(), st.lists(st.sampled_from([0, 1, S // 5, S]), min_size=1, max_size=12))
def test_cancel_is_never_starved_by_orders(setup: RateSetup, waits: list[int]) -> None:
    desk = Desk(setup)
    desk.rig.wait(20 * S)
    desk.do("buy")
    order = desk.rig.probe.orders()[0]
    for wait in waits:
        desk.do("list")
        desk.do("close")
        desk.rig.wait(wait)
    before = len(desk.frames)
    desk.rig.do(lambda probe: probe.cancel(order))
    assert [type(each) for each in desk.frames[before:]] == [CancelOrder]
