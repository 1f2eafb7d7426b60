"""Play many seeds, judge each, and count what happened in all of them.

Draws no scenario and prints nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext

import msgspec

from lockstep.torture.checkers import Finding, judge
from lockstep.torture.scenario import Scenario
from lockstep.torture.stage import play

Mutation = Callable[[], AbstractContextManager[object]]
"""Switches one safeguard off for as long as its context is open."""


class Played(msgspec.Struct, frozen=True):
    """Hold what one seed came to: its findings, the first broken invariant first, and its hash."""

    seed: int
    digest: str
    findings: tuple[Finding, ...]
    faults: dict[str, int]
    sent: int
    events: int
    virtual_s: float
    cpu_s: float


class Campaign(msgspec.Struct, frozen=True):
    """Hold what many seeds came to."""

    played: tuple[Played, ...]

    @property
    def broken(self) -> tuple[Played, ...]:
        """Return the seeds that broke an invariant."""
        return tuple(each for each in self.played if each.findings)

    @property
    def faults(self) -> Counter[str]:
        """Return how often each fault has struck in all."""
        total: Counter[str] = Counter()
        for each in self.played:
            total.update(each.faults)
        return total


def run(
    seeds: Iterable[int], scenario: Callable[[int], Scenario], mutation: Mutation | None = None
) -> Campaign:
    """Play the scenario of each seed, with a safeguard switched off where a mutation is given."""
    return Campaign(tuple(play_seed(scenario(seed), mutation) for seed in seeds))


def play_seed(scenario: Scenario, mutation: Mutation | None = None) -> Played:
    """Play one scenario and judge it."""
    with nullcontext() if mutation is None else mutation():
        record = play(scenario)
    return Played(
        seed=scenario.seed,
        digest=record.digest,
        findings=tuple(judge(record)),
        faults=record.faults,
        sent=len(record.sent),
        events=record.market_events,
        virtual_s=scenario.seconds,
        cpu_s=record.cpu_s,
    )
