"""The gate against everything at once: lossy wires, states that change, limits that run out.

What is sent is judged at the port, one frame at a time, by rules that share no code with the gate.
"""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.config.rates import RatePolicyConfig, RatesConfig
from engine.gate.approved import Approved
from engine.gate.rates import CommandKind, RateRule, RateSetup, SlidingWindow, VenueRates
from engine.model.commands import CancelOrder, Command, ReplaceOrder, Side, SubmitOrder
from engine.model.reports import OrderDenied
from engine.model.risk import FIRM, Cause, LatchCleared, LatchSet, RiskState
from engine.model.zones import SECOND_NS
from engine.orders.exposure import Exposure
from tests.property.lossy_venue import LIMIT, World
from tests.unit.rig import ABC

PICK = st.integers(0, 30)
WAIT = RatesConfig(
    policy=RatePolicyConfig(on_limit="wait", wait_max="3s"), assume_empty=True, queue_max=20
)
KINDS = (CommandKind.SUBMIT, CommandKind.REPLACE, CommandKind.CANCEL)


def narrow() -> RateSetup:
    """Allow six commands in two seconds, so that much waits or is denied."""
    limit = RateRule(
        name="all", window=SlidingWindow(6, 2 * SECOND_NS), cancel_reserve=1, exit_reserve=1
    )
    costs = {kind: {"requests": 1} for kind in KINDS}
    venue = VenueRates(venue="SIM", endpoints=("requests",), costs=costs, rules=(limit,))
    return RateSetup({"SIM": venue}, {}, WAIT)


def worst_of(exposure: Exposure) -> int:
    """Return the largest size that orders can lead to; reduce-only ones reach zero at most."""
    held = exposure.position.quantity
    long = short = held
    if held < 0:
        long = min(0, held + exposure.reducing_buys)
    else:
        short = max(0, held - exposure.reducing_sells)
    return max(long + exposure.buys, -(short - exposure.sells), abs(held))


class Port:
    """Pass commands on to the wire, and hold each against the state at that very moment."""

    def __init__(self, world: "GuardedWorld") -> None:
        self.world = world
        self.seen: Counter[tuple[str, str, int]] = Counter()

    def send(self, approved: Approved[Command]) -> None:
        command = approved.command
        assert isinstance(command, SubmitOrder | ReplaceOrder | CancelOrder)
        state = self.world.state
        assert isinstance(command, CancelOrder) or state is not RiskState.HALTED
        exposure = self.world.exposure
        assert exposure.position.quantity + exposure.buys <= LIMIT
        assert exposure.position.quantity - exposure.sells >= -LIMIT
        number = getattr(command, "request", 0)
        self.seen[type(command).__name__, command.client_order_id, number] += 1
        self.world.rig.wire.sent.append(command)


class GuardedWorld(World):
    """A lossy world whose port is watched."""

    def __init__(self, rates: RateSetup) -> None:
        super().__init__(rates)
        self.state = RiskState.ACTIVE
        self.port = Port(self)
        self.rig.contexts[0].host.route(ABC.id).port = self.port
        self.exposure = self.rig.kernel.portfolio.exposure("main", ABC)

    def hold(self, state: RiskState) -> None:
        self.state = state  # what is sent while it is entered is judged by it already
        self.rig.kernel.process(LatchSet(FIRM, Cause.PAUSED, state, "anna", "odd", self.rig.now))
        self._send()

    def free(self) -> None:
        self.state = RiskState.ACTIVE
        self.rig.kernel.process(LatchCleared(FIRM, Cause.PAUSED, "anna", "fine", self.rig.now))
        self._send()

    def wait(self, nanoseconds: int) -> None:
        self.rig.wait(nanoseconds)
        self._send()


class Gate(RuleBasedStateMachine):
    """A strategy, a person, a clock and a lossy venue that each do what they like."""

    @initialize(limited=st.booleans(), held=st.sampled_from(Side))
    def begin(self, limited: bool, held: Side) -> None:
        self.world = world = GuardedWorld(narrow() if limited else RateSetup({}, {}))
        self.worst = 0
        world.submit(held, 10)
        world.arrive(0)
        world.trade(0, 10)
        world.drain()

    @rule(side=st.sampled_from(Side), quantity=st.sampled_from([1, 4, 6, 10, 11, 21]))
    def submit(self, side: Side, quantity: int) -> None:
        self.world.submit(side, quantity)

    @rule(pick=PICK, quantity=st.sampled_from([1, 5, 10, 11, 20]))
    def replace(self, pick: int, quantity: int) -> None:
        self.world.replace(pick, quantity)

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        self.world.cancel(pick)

    @rule()
    def close(self) -> None:
        self.world.rig.do(lambda probe: probe.close(ABC.id))
        self.world._send()

    @rule(pick=PICK)
    def serve(self, pick: int) -> None:
        self.world.arrive(pick)
        self.world.deliver(pick)

    @rule(state=st.sampled_from([RiskState.REDUCING, RiskState.HALTED]))
    def hold(self, state: RiskState) -> None:
        self.world.hold(state)
        self.worst = worst_of(self.world.exposure)

    @rule()
    def free(self) -> None:
        self.world.free()

    @rule(steps=st.integers(1, 30))
    def wait(self, steps: int) -> None:
        self.world.wait(steps * SECOND_NS // 10)

    @rule(pick=PICK, reply_lost=st.booleans())
    def arrive(self, pick: int, reply_lost: bool) -> None:
        self.world.arrive(pick, reply_lost=reply_lost)

    @rule(pick=PICK)
    def lose(self, pick: int) -> None:
        self.world.lose(pick)

    @rule(pick=PICK, doubled=st.booleans())
    def deliver(self, pick: int, doubled: bool) -> None:
        self.world.deliver(pick, doubled=doubled)

    @rule(pick=PICK)
    def time_out(self, pick: int) -> None:
        self.world.time_out(pick)

    @rule(pick=PICK, quantity=st.integers(1, 8))
    def trade(self, pick: int, quantity: int) -> None:
        self.world.trade(pick, quantity)

    @invariant()
    def worst_case_does_not_grow_while_reducing(self) -> None:
        if self.world.state is not RiskState.ACTIVE:
            worst = worst_of(self.world.exposure)
            assert worst <= self.worst
            self.worst = worst

    @invariant()
    def venue_never_holds_more_than_the_limit(self) -> None:
        assert -LIMIT <= self.world.position <= LIMIT

    @invariant()
    def every_frame_is_one_approved_intent(self) -> None:
        world = self.world
        decided = Counter(
            (type(each).__name__, each.client_order_id, getattr(each, "request", 0))
            for each in world.rig.kernel.decisions
            if isinstance(each, SubmitOrder | ReplaceOrder | CancelOrder)
        )
        assert decided == world.port.seen
        assert set(decided.values()) <= {1}

    @invariant()
    def denied_order_sends_nothing(self) -> None:
        sent = {name for kind, name, _ in self.world.port.seen if kind == "SubmitOrder"}
        for each in self.world.rig.kernel.decisions:
            if isinstance(each, OrderDenied) and each.client_order_id not in sent:
                assert not any(name == each.client_order_id for _, name, _ in self.world.port.seen)

    @invariant()
    def quantity_sent_is_what_was_asked(self) -> None:
        asked = self.world.rig.kernel.orders.orders
        for each in self.world.rig.wire.sent:
            if isinstance(each, SubmitOrder) and each.client_order_id in asked:
                assert each.quantity <= asked[each.client_order_id].asked_quantity


TestGate = Gate.TestCase
TestGate.settings = settings(max_examples=40, stateful_step_count=60, deadline=None)
