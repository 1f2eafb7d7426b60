"""Whole bots under faults, in virtual time: nothing is broken, and one seed is one run."""

from lockstep.torture.campaign import run
from lockstep.torture.scenario import Scenario, at_venue


def at_demo(seed: int) -> Scenario:
    return at_venue("DEMO", seed, seconds=20)


def test_one_seed_is_one_run_and_another_another() -> None:
    first, again, other = (run([seed], at_demo).played[0].digest for seed in (2, 2, 4))
    assert first == again
    assert first != other
