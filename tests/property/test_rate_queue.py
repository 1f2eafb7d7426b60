"""Whatever is offered, each command ends once, in its turn, within its limits and its deadline."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.gate.rates import (
    NEVER,
    Admitted,
    Annulled,
    CommandKind,
    Dropped,
    Level,
    Offer,
    Outcome,
    RateLimits,
    RateRule,
    SlidingWindow,
    Traffic,
    VenueRates,
    WaitQueue,
    Waits,
)

SHARED = RateRule(
    name="shared", window=SlidingWindow(5, 20), cancel_reserve=1, exit_reserve=1, jitter_ns=3
)
EACH = RateRule(name="each", window=SlidingWindow(3, 15), per=Level.STRATEGY, cancel_reserve=1)
COSTS = {
    CommandKind.SUBMIT: {"orders": 2},
    CommandKind.REPLACE: {"orders": 1},
    CommandKind.CANCEL: {"orders": 1},
}
RATES = VenueRates(venue="V", endpoints=("orders",), costs=COSTS, rules=(SHARED, EACH))
KIND = st.sampled_from([CommandKind.SUBMIT, CommandKind.REPLACE, CommandKind.CANCEL])
OFFER = st.tuples(
    st.just("offer"),
    st.sampled_from([0, 0, 0, 1, 4]),
    st.sampled_from(["x", "y"]),
    st.integers(0, 4),
    KIND,
    st.sampled_from([Traffic.ENTRY, Traffic.EXIT]),
    st.sampled_from([0, 10, 60, NEVER]),
)
TAKE = st.tuples(st.just("take"), st.sampled_from([0, 3, 12, 40]))
WAKE = st.tuples(st.just("wake"), st.just(0))
STEPS = st.lists(
    st.integers(0, 9).flatmap(lambda n: OFFER if n < 7 else TAKE if n < 8 else WAKE),
    min_size=15,
    max_size=60,
)


class Desk:
    """A queue, what was offered to it, and what became of each."""

    def __init__(self) -> None:
        self.now = 0
        self.limits = RateLimits([RATES], 0, assume_empty=True)
        self.queue: WaitQueue[int] = WaitQueue(capacity=6)
        self.waiting: dict[int, Offer[int]] = {}
        self.ended: dict[int, str] = {}
        self.sent: list[tuple[int, Offer[int]]] = []
        self.submitted: set[tuple[str, int]] = set()
        self.count = 0

    def run(self, steps: list[tuple[Any, ...]]) -> None:
        for name, wait, *rest in steps:
            self.now += wait
            getattr(self, name)(*rest)
            assert len(self.queue) == len(self.waiting)

    def offer(
        self, strategy: str, order: int, kind: CommandKind, traffic: Traffic, patience: int
    ) -> None:
        if kind == CommandKind.SUBMIT:  # an order is submitted once
            if (strategy, order) in self.submitted:
                return
            self.submitted.add((strategy, order))
        if kind == CommandKind.CANCEL:
            traffic = Traffic.CANCEL
        self.count += 1
        path = self.limits.path("V", "a", strategy, kind)
        deadline = min(NEVER, self.now + patience)
        offer = Offer(f"{strategy}{order}", kind, traffic, path, deadline, self.count)
        lanes = {(o.traffic, o.path.lane) for o in self.waiting.values()}
        outcome = self.queue.offer(offer, self.now)
        self.settle(outcome)
        if isinstance(outcome, Admitted) and not outcome.superseded:
            assert (traffic, path.lane) not in lanes

    def settle(self, outcome: Outcome[int]) -> None:
        for older in outcome.superseded:
            assert older.order == outcome.offer.order
            self.end(older, "superseded")
        match outcome:
            case Waits(offer, ts):
                assert self.now <= ts <= offer.deadline
                self.waiting[offer.payload] = offer
            case Admitted(offer, leave_by):
                assert leave_by == self.now
                assert self.now <= offer.deadline
                self.sent.append((self.now, offer))
                self.end(offer, "sent")
            case Dropped(offer):
                self.end(offer, "dropped")
            case Annulled(offer):
                self.end(offer, "annulled")

    def end(self, offer: Offer[int], how: str) -> None:
        self.waiting.pop(offer.payload, None)
        assert offer.payload not in self.ended
        self.ended[offer.payload] = how

    def take(self) -> None:
        for outcome in self.queue.take_due(self.now):
            assert outcome.offer.payload in self.waiting
            if isinstance(outcome, Dropped):
                assert outcome.offer.deadline < self.now
            else:
                assert self.now <= outcome.offer.deadline
            self.settle(outcome)
        assert self.queue.due > self.now
        assert all(offer.deadline >= self.now for offer in self.waiting.values())

    def wake(self) -> None:
        """Pass to the moment that the queue names, after seeing that nothing is due before."""
        due = self.queue.due
        if due == NEVER or due <= self.now:
            self.take()
            return
        if due - 1 > self.now:
            assert self.queue.take_due(due - 1) == []
        self.now = due
        self.take()


def held(rule: RateRule, sent: list[tuple[int, Offer[int]]]) -> int:
    units = [(ts, RATES.units(rule, offer.kind)) for ts, offer in sent]
    return max(
        (sum(n for ts, n in units if 0 <= t - ts <= rule.guarded_ns) for t, _ in units), default=0
    )


@given(STEPS)
def test_every_command_ends_once_and_within_the_limits(steps: list[tuple[Any, ...]]) -> None:
    desk = Desk()
    desk.run(steps)
    for _ in range(400):
        desk.wake()
    assert not desk.queue
    assert desk.queue.due == NEVER
    assert len(desk.ended) == desk.count
    assert held(SHARED, desk.sent) <= SHARED.window.limit
    for strategy in ("x", "y"):
        own = [(ts, offer) for ts, offer in desk.sent if offer.order[0] == strategy]
        assert held(EACH, own) <= EACH.window.limit


@given(STEPS)
def test_commands_of_a_lane_and_class_leave_in_order_of_arrival(
    steps: list[tuple[Any, ...]],
) -> None:
    desk = Desk()
    desk.run([step for step in steps if step[0] != "offer" or step[4] != CommandKind.REPLACE])
    for _ in range(400):
        desk.wake()
    for strategy in ("x", "y"):
        for traffic in (Traffic.CANCEL, Traffic.EXIT, Traffic.ENTRY):
            left = [
                offer.payload
                for _, offer in desk.sent
                if offer.traffic == traffic and offer.order[0] == strategy
            ]
            if traffic != Traffic.CANCEL:  # a second cancel takes the place of the first
                assert left == sorted(left)


@given(STEPS)
def test_nothing_is_sent_while_more_urgent_traffic_of_the_same_limits_waits(
    steps: list[tuple[Any, ...]],
) -> None:
    desk = Desk()
    for step in steps:
        before = len(desk.sent)
        desk.run([step])
        for _, offer in desk.sent[before:]:
            assert not any(
                other.path is offer.path and other.traffic < offer.traffic
                for other in desk.waiting.values()
            )
