"""No window of a venue's clock ever holds more than its limit, whatever was asked and delayed.

The judge is an adversary who may delay every request within the jitter, choose the venue's clock
within the drift and place the window anywhere; it shares no code with the counts.
"""

from fractions import Fraction
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from engine.gate.rates import (
    NEVER,
    BudgetUsed,
    CommandKind,
    FixedWindow,
    Level,
    RateLimited,
    RateLimits,
    RateRule,
    RateSnapshot,
    Scope,
    SlidingWindow,
    Traffic,
    VenueRates,
)

Sent = list[tuple[int, int]]
"""When requests were decided, and how many units each drew."""

KINDS = (CommandKind.SUBMIT, CommandKind.REPLACE, CommandKind.CANCEL)
ACCOUNTS = ("one", "two")
COSTS = {
    CommandKind.SUBMIT: {"orders": 2},
    CommandKind.REPLACE: {"orders": 1, "reads": 1},
    CommandKind.CANCEL: {"orders": 1},
}


def worst(rule: RateRule, sent: Sent) -> int:
    """Return the most that one closed window of the venue's clock can hold of what was sent."""
    length = Fraction(rule.window.window_ns * 1_000_000, 1_000_000 - rule.drift_ppm)
    return max(
        (
            sum(n for ts, n in sent if ts <= start + length and ts + rule.jitter_ns >= start)
            for start in {ts + rule.jitter_ns for ts, _ in sent}
        ),
        default=0,
    )


def worst_aligned(rule: RateRule, sent: Sent) -> int:
    """Return the most that one of the venue's own windows can hold, both of its edges included."""
    window = rule.window
    assert isinstance(window, FixedWindow)
    assert window.phase_ns is not None
    error, size = window.clock_error_ns, window.window_ns
    held: dict[int, int] = {}
    for ts, units in sent:
        early, late = ts - error - window.phase_ns, ts + rule.jitter_ns + error - window.phase_ns
        for index in range(-(-early // size) - 1, late // size + 1):
            held[index] = held.get(index, 0) + units
    return max(held.values(), default=0)


@st.composite
def rules(draw: st.DrawFn, name: str, per: Level) -> RateRule:
    limit = draw(st.integers(4, 9))
    cancel = draw(st.integers(0, (limit - 2) // 2))
    exits = draw(st.integers(0, (limit - 2 - cancel) // 2))
    share = draw(st.integers(0, limit - 2 - cancel - exits))
    size = draw(st.integers(1, 40))
    is_fixed = draw(st.booleans())
    return RateRule(
        name=name,
        per=per,
        window=FixedWindow(limit, size) if is_fixed else SlidingWindow(limit, size),
        weights=draw(st.sampled_from([{}, {"orders": 1}])),
        cancel_reserve=cancel,
        exit_reserve=exits,
        automatic_share=share,
        jitter_ns=draw(st.integers(0, 15)),
        drift_ppm=draw(st.sampled_from([0, 1, 99_999])),
    )


@st.composite
def venues(draw: st.DrawFn) -> VenueRates:
    shared = draw(rules("shared", Level.VENUE))
    each = draw(rules("each", Level.ACCOUNT))
    costs = dict(COSTS)
    return VenueRates(venue="V", endpoints=("orders", "reads"), costs=costs, rules=(shared, each))


AT_ONCE = -1
"""Instead of a time that passes: let pass what makes the command fit, and not one ns more."""

COMMAND = st.tuples(
    st.just("command"),
    st.sampled_from([0, 0, 1, 5, 14, AT_ONCE, AT_ONCE, AT_ONCE]),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(KINDS),
    st.sampled_from([Traffic.ENTRY, Traffic.EXIT, Traffic.CANCEL]),
    st.sampled_from([1, 1, 1, 2]),
)
AUTOMATIC = st.tuples(st.just("automatic"), st.integers(0, 12), st.sampled_from(ACCOUNTS))
LIMITED = st.tuples(st.just("limited"), st.integers(0, 12), st.sampled_from([None, 0, 30]))
RESTART = st.tuples(st.just("restart"), st.integers(0, 12), st.sampled_from([True, True, False]))
KIND_OF_STEP = st.integers(0, 19)
STEPS = st.lists(
    KIND_OF_STEP.flatmap(
        lambda n: COMMAND if n < 14 else AUTOMATIC if n < 17 else RESTART if n < 19 else LIMITED
    ),
    min_size=10,
    max_size=60,
)
"""What happens, mostly commands: time that passes, then who asks for what."""


class World:
    """A kernel's limits and the edge's, and what the venue may have got to see of either."""

    def __init__(self, rates: VenueRates) -> None:
        self.rates = rates
        self.now = 0
        self.kernel = RateLimits([rates], 0, assume_empty=True)
        self.edge = RateLimits([rates], 0, assume_empty=True)
        self.sent: dict[tuple[str, str], Sent] = {}
        self.verdicts: list[Any] = []
        for account in ACCOUNTS:  # as at a start, so that a snapshot knows all of them
            self.kernel.path("V", account, "s", CommandKind.SUBMIT)
            self.edge.path("V", account, "s", CommandKind.SUBMIT)

    def run(self, steps: list[tuple[Any, ...]]) -> None:
        for name, wait, *rest in steps:
            self.now += self.until_ready(*rest) if wait == AT_ONCE else wait
            getattr(self, name)(*rest)

    def until_ready(self, account: str, kind: CommandKind, traffic: Traffic, orders: int) -> int:
        ready = self.kernel.path("V", account, "s", kind).ready(traffic, self.now, orders)
        return 0 if ready == NEVER else ready - self.now

    def note(self, account: str, units: dict[str, int]) -> None:
        for rule in self.rates.rules:
            if units[rule.name]:
                owner = account if rule.per == Level.ACCOUNT else ""
                self.sent.setdefault((rule.name, owner), []).append((self.now, units[rule.name]))

    def command(self, account: str, kind: CommandKind, traffic: Traffic, orders: int) -> None:
        path = self.kernel.path("V", account, "s", kind)
        admitted = path.admit(traffic, self.now, orders)
        self.verdicts.append(admitted)
        if admitted:
            units = {rule.name: self.rates.units(rule, kind) * orders for rule in self.rates.rules}
            self.note(account, units)

    def automatic(self, account: str) -> None:
        if any(rule.automatic_share == 0 for rule in self.rates.rules):
            return
        if self.edge.automatic("V", account, "orders").admit(Traffic.AUTOMATIC, self.now):
            self.note(account, {rule.name: 1 for rule in self.rates.rules})
            scope = Scope("V", account, "orders")
            self.kernel.apply(BudgetUsed(scope, 1, self.now, self.now + 3))

    def limited(self, after: int | None) -> None:
        event = RateLimited(Scope("V"), self.now, after, slow_ns=25)
        self.kernel.apply(event)
        self.edge.apply(event)

    def restart(self, remembers: bool) -> None:
        self.kernel = self.restarted(self.kernel, remembers=remembers)
        self.edge = self.restarted(self.edge, remembers=remembers)

    def restarted(self, limits: RateLimits, *, remembers: bool) -> RateLimits:
        fresh = RateLimits([self.rates], self.now)
        if remembers:
            kept = msgspec.json.encode(limits.snapshot())
            fresh.restore(msgspec.json.decode(kept, type=RateSnapshot), self.now)
        return fresh


@given(venues(), STEPS)
def test_no_window_holds_more_than_its_limit(
    rates: VenueRates, steps: list[tuple[Any, ...]]
) -> None:
    world = World(rates)
    world.run(steps)
    for rule in rates.rules:
        for owner in ("", *ACCOUNTS):
            assert worst(rule, world.sent.get((rule.name, owner), [])) <= rule.window.limit


@given(venues(), STEPS, st.data())
def test_no_drawn_delay_or_clock_breaks_a_window(
    rates: VenueRates, steps: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    world = World(rates)
    world.run(steps)
    for rule in rates.rules:
        size, drift = rule.window.window_ns, data.draw(st.integers(-rule.drift_ppm, rule.drift_ppm))
        delays = st.integers(0, rule.jitter_ns)
        seen = [
            (ts + data.draw(delays)) * Fraction(1_000_000 - drift, 1_000_000)
            for ts, units in world.sent.get((rule.name, ""), [])
            for _ in range(units)
        ]
        for start in range(int(max(seen, default=0)) + 1):
            held = sum(1 for ts in seen if start <= ts <= start + size)
            assert held <= rule.window.limit


@given(st.integers(2, 6), st.integers(1, 30), st.integers(0, 10), st.data())
def test_known_windows_hold_no_more_than_their_limit(
    limit: int, margin: int, phase: int, data: st.DataObject
) -> None:
    jitter, error = data.draw(st.integers(0, 8)), data.draw(st.integers(0, 4))
    window = FixedWindow(limit, jitter + 2 * error + 2 + margin, phase, error)
    rule = RateRule(name="r", window=window, jitter_ns=jitter)
    rates = VenueRates(venue="V", endpoints=("orders", "reads"), costs=COSTS, rules=(rule,))
    world = World(rates)
    world.run(data.draw(STEPS))
    assert worst_aligned(rule, world.sent.get(("r", ""), [])) <= limit


@given(venues(), STEPS, st.sampled_from(KINDS), st.integers(1, 2))
def test_the_wait_is_exact(
    rates: VenueRates, steps: list[tuple[Any, ...]], kind: CommandKind, orders: int
) -> None:
    world = World(rates)
    world.run(steps)
    path = world.kernel.path("V", "one", "s", kind)
    ts = path.ready(Traffic.ENTRY, world.now, orders)
    if ts == NEVER:
        assert all(not path.admit(Traffic.ENTRY, world.now + n, orders) for n in range(0, 500, 7))
        return
    assert ts == world.now or not path.admit(Traffic.ENTRY, ts - 1, orders)
    assert path.admit(Traffic.ENTRY, ts, orders)


@given(venues(), STEPS)
def test_a_restart_changes_no_verdict(rates: VenueRates, steps: list[tuple[Any, ...]]) -> None:
    steady, restarted = World(rates), World(rates)
    steady.run([step for step in steps if step[0] != "restart"])
    restarted.run([(step[0], 0, True) if step[0] == "restart" else step for step in steps])
    assert steady.verdicts == restarted.verdicts


@given(
    rules("r", Level.VENUE),
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(Traffic)), min_size=20, max_size=80),
)
def test_a_class_is_refused_only_for_its_own_traffic_and_that_above_it(
    rule: RateRule, steps: list[tuple[int, Traffic]]
) -> None:
    costs = {CommandKind.SUBMIT: {"orders": 1}}
    rates = VenueRates(venue="V", endpoints=("orders",), costs=costs, rules=(rule,))
    path = RateLimits([rates], 0, assume_empty=True).path("V", "a", "s", CommandKind.SUBMIT)
    sent: list[tuple[int, Traffic]] = []
    now = 0
    for wait, drawn in steps:
        now += wait
        traffic = Traffic.ENTRY if drawn == Traffic.AUTOMATIC else drawn
        recent = [before for ts, before in sent if ts >= now - rule.guarded_ns]
        admitted = path.admit(traffic, now)
        assert admitted is (len(recent) < rule.allowances[traffic])
        if admitted:
            sent.append((now, traffic))
        elif traffic == Traffic.CANCEL:
            assert recent.count(Traffic.CANCEL) >= rule.cancel_reserve
        elif traffic == Traffic.EXIT:
            assert len(recent) - recent.count(Traffic.ENTRY) >= rule.exit_reserve
