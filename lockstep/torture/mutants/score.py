"""Play mutants until a checker finds each, and say which one did, and at which seed.

A finding counts only where the same seed breaks nothing without the mutation.
"""

from collections.abc import Iterator, Sequence

import msgspec

from engine.errors import UsageError
from engine.native.selection import CHOICE, in_use
from lockstep.torture.campaign import play_seed
from lockstep.torture.mutants import MUTANTS
from lockstep.torture.mutants.mutant import Mutant
from lockstep.torture.plan import Swarm
from lockstep.torture.scenario import Scenario, at_venue

SEEDS_MAX = 12
"""How many seeds a mutant is given to be found."""


class Caught(msgspec.Struct, frozen=True):
    """Hold what became of a mutant: the checker that found it, at which seed, after how many.

    `checker` is empty for one that survived.
    """

    mutant: Mutant
    checker: str
    seed: int
    seeds: int
    what: str


def named(names: str) -> tuple[Mutant, ...]:
    """Return the mutants of some names, separated by commas, or all. Raises UsageError."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    known = {mutant.name: mutant for mutant in MUTANTS}
    for name in wanted:
        if name not in known:
            raise UsageError(f"there is no mutant {name!r}; it is one of {', '.join(known)}")
    return tuple(known[name] for name in wanted) or MUTANTS


def hunt(mutants: Sequence[Mutant], seeds: int = SEEDS_MAX) -> Iterator[Caught]:
    """Yield what becomes of each mutant, in their order.

    Raises UsageError while the compiled core runs, out of which nothing can be taken.
    """
    if in_use():
        raise UsageError(f"mutants need the plain core; set {CHOICE}=plain")
    for mutant in mutants:
        yield _hunted(mutant, seeds)


def _hunted(mutant: Mutant, seeds: int) -> Caught:
    for seed in range(seeds):
        scenario = scenario_of(mutant, seed)
        found = play_seed(scenario, mutant.mutation).findings
        if found and not play_seed(scenario).findings:
            return Caught(mutant, found[0].invariant, seed, seed + 1, found[0].what)
    return Caught(mutant, "", -1, seeds, "")


def scenario_of(mutant: Mutant, seed: int) -> Scenario:
    """Return the scenario in which a mutant is hunted: its faults, and no others."""
    scenario = at_venue(mutant.venue, seed, swarm=Swarm(drawn=(), always=mutant.faults))
    config = scenario.loaded.config
    limits = {
        name: msgspec.structs.replace(each, max_position=each.max_position / mutant.tightness)
        for name, each in config.risk.instrument.items()
        if each.max_position is not None
    }
    risk = msgspec.structs.replace(config.risk, instrument=limits)
    loaded = msgspec.structs.replace(
        scenario.loaded, config=msgspec.structs.replace(config, risk=risk)
    )
    return msgspec.structs.replace(scenario, loaded=loaded)
