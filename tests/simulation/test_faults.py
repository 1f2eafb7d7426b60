"""The fault plan: what strikes when, and that it is counted."""

import pytest

from connectors.simulation.faults import Chance, Fault, FaultPlan, read_chances
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
