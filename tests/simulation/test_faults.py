"""The fault plan: what strikes when, and that it is counted."""

import pytest

from connectors.simulation.clock import VenueClock
from connectors.simulation.faults import AT_THE_BOT, Chance, Fault, FaultPlan, read_chances
from connectors.simulation.oversize import begun
from engine.errors import UsageError


def struck(plan: FaultPlan, fault: Fault, tries: int = 200) -> list[bool]:
    return [plan.strikes(fault) for _ in range(tries)]


def test_fault_that_is_off_never_strikes() -> None:
    plan = FaultPlan(1)
    assert not any(struck(plan, Fault.DELAY))
    assert plan.counts[Fault.DELAY] == 0


def test_same_seed_strikes_alike_and_another_does_not() -> None:
    chances = {Fault.DELAY: Chance(probability=0.3)}
    first, again, other = (struck(FaultPlan(seed, chances), Fault.DELAY) for seed in (1, 1, 2))
    assert first == again != other
    assert 30 < sum(first) < 90


def test_switching_one_fault_on_changes_no_other() -> None:
    alone = FaultPlan(1, {Fault.DELAY: Chance(probability=0.5)})
    both = FaultPlan(1, {Fault.DELAY: Chance(probability=0.5), Fault.GAP: Chance(probability=0.5)})
    drawn = []
    for _ in range(50):
        both.strikes(Fault.GAP)
        drawn.append(both.strikes(Fault.DELAY))
    assert drawn == struck(alone, Fault.DELAY, 50)


def test_fault_strikes_as_often_as_told_and_only_where_told() -> None:
    plan = FaultPlan()
    plan.set(Fault.FAIL_AFTER, Chance(times=2, only="/orders"))
    hits = [plan.strikes(Fault.FAIL_AFTER, path) for path in ("/time", *["POST /orders"] * 4)]
    assert hits == [False, True, True, False, False]
    assert plan.counts[Fault.FAIL_AFTER] == 2


def test_cleared_plan_strikes_nothing_and_keeps_its_counts() -> None:
    plan = FaultPlan(0, {Fault.MUTE: Chance()})
    assert plan.strikes(Fault.MUTE)
    plan.clear()
    assert not plan.strikes(Fault.MUTE)
    assert plan.counts[Fault.MUTE] == 1


def test_faults_are_read_as_a_command_line_gives_them() -> None:
    assert read_chances("delay, cut_after=0.1,fail_after=x2") == {
        Fault.DELAY: Chance(),
        Fault.CUT_AFTER: Chance(probability=0.1),
        Fault.FAIL_AFTER: Chance(times=2),
    }


@pytest.mark.parametrize("text", ["typo", "delay=often", "delay=x"])
def test_fault_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_chances(text)


@pytest.mark.parametrize("fault", AT_THE_BOT)
def test_fault_that_befalls_a_bot_is_refused_where_only_a_venue_is_simulated(fault: Fault) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_chances(fault.value)
    assert read_chances(fault.value, Fault) == {fault: Chance()}


class Standing:
    """Be a clock that stands where it was put."""

    def __init__(self, now: int = 10**18) -> None:
        self.moment = now

    def now(self) -> int:
        return self.moment


def test_venue_clock_is_ours_until_a_fault_sets_it() -> None:
    plan, clock = FaultPlan(3), Standing()
    venue = VenueClock(clock, plan)
    venue.begin()
    venue.pass_event()
    assert venue.now() == clock.now()
    plan.set(Fault.CLOCK_JUMP, Chance(span_ms=2_000.0))
    moved = []
    for _ in range(50):
        before = venue.now()
        venue.pass_event()
        moved.append(venue.now() - before)
    assert min(moved) < 0 < max(moved)
    assert max(map(abs, moved)) <= 2_000_000_000
    assert clock.now() == 10**18


def test_skewed_venue_clock_stays_as_wrong_as_it_began() -> None:
    venue = VenueClock(clock := Standing(), FaultPlan(1, {Fault.SKEW: Chance(span_ms=500.0)}))
    venue.begin()
    ahead = venue.now() - clock.now()
    clock.moment += 10**9
    venue.pass_event()
    assert venue.now() - clock.now() == ahead != 0


def test_half_a_frame_is_the_beginning_of_one_as_a_server_sends_it() -> None:
    assert begun("abcdef") == b"\x81\x06abc"
    assert begun(b"x" * 200) == b"\x82\x7e\x00\xc8" + b"x" * 100
    assert begun("x" * 70_000) == b"\x81\x7f" + (70_000).to_bytes(8) + b"x" * 35_000
