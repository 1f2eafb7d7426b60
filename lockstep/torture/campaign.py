"""Play many seeds, judge each, and count what happened in all of them.

Draws no scenario and prints nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext

import msgspec

from connectors.simulation.faults import Fault
from lockstep.torture.checkers import Finding, judge
from lockstep.torture.scenario import Scenario
from lockstep.torture.stage import play

MANY = 50
"""From how many seeds on every fault has to have struck."""

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
    """Hold what many seeds came to; `expected` are the faults that some of them should have met."""

    played: tuple[Played, ...]
    expected: tuple[Fault, ...] = ()

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

    @property
    def never(self) -> tuple[Fault, ...]:
        """Return the faults that never struck: about them the campaign has shown nothing."""
        return tuple(fault for fault in self.expected if not self.faults[fault.value])

    @property
    def speed(self) -> float:
        """Return how many times as fast as real time it went, on one core."""
        return sum(each.virtual_s for each in self.played) / sum(each.cpu_s for each in self.played)

    @property
    def is_green(self) -> bool:
        """Say whether nothing was broken and, where seeds were many, every fault has struck."""
        return not self.broken and not (self.never and len(self.played) >= MANY)


def run(
    seeds: Sequence[int],
    scenario: Callable[[int], Scenario],
    mutation: Mutation | None = None,
    *,
    expected: Iterable[Fault] = (),
    tell: Callable[[float], object] = bool,
) -> Campaign:
    """Play the scenario of each seed, with a safeguard switched off where a mutation is given.

    `tell` is told how much is done, from 0 to 1.
    """
    played = []
    for number, seed in enumerate(seeds, start=1):
        played.append(play_seed(scenario(seed), mutation))
        tell(number / len(seeds))
    return Campaign(tuple(played), tuple(expected))


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
        virtual_s=scenario.lasts_seconds,
        cpu_s=record.cpu_s,
    )
