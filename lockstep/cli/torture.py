"""The command `lockstep torture [CONFIG]`: a bot under faults in virtual time, seed after seed.

Plays nothing itself: `lockstep.torture` does.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockstep.cli.output import (
    Json,
    Overrides,
    Quiet,
    answer,
    answer_json,
    columns,
    note,
    progress,
)
from lockstep.cli.torture_mutants import print_score

if TYPE_CHECKING:
    from lockstep.torture.campaign import Campaign
    from lockstep.torture.plan import Swarm
    from lockstep.torture.scenario import Scenario
    from lockstep.torture.story import Story

File = Annotated[
    Path | None,
    typer.Argument(
        metavar="[CONFIG]", help="A configuration file (TOML); absent: a strategy of ours."
    ),
]
Seeds = Annotated[int, typer.Option(min=1, help="How many seeds to play.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Play this seed alone, as it was before.")]
Minutes = Annotated[float, typer.Option(min=0.1, help="Virtual minutes of each run.")]
Venue = Annotated[str, typer.Option(help="Only this venue; without CONFIG it is needed.")]
Faults = Annotated[
    str,
    typer.Option(metavar="LIST", help="Faults to draw from: delay,cut_after; or fixed: delay=0.1."),
]
Mutants = Annotated[
    bool, typer.Option("--mutants", help="Switch safeguards off one by one: all must be missed.")
]
MutantName = Annotated[
    str, typer.Option(metavar="NAMES", help="Only these mutants, separated by commas.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("torture")(torture)


def torture(  # noqa: PLR0913 - a campaign has this many options
    config: File = None,
    *,
    seeds: Seeds = 20,
    seed: Seed = None,
    minutes: Minutes = 1.0,
    venue: Venue = "",
    faults: Faults = "",
    mutants: Mutants = False,
    mutant: MutantName = "",
    overrides: Overrides = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a bot under faults in virtual time, and check what must hold whatever goes wrong.

    Exit code 1 if a seed breaks an invariant; the same seed breaks it again.
    """
    from lockstep.torture.campaign import run
    from lockstep.torture.story import shortest

    if mutants or mutant:
        print_score(mutant, seeds, as_json=as_json, quiet=quiet)
        return
    scenario, swarm = _scenarios(config, venue, faults, minutes * 60, overrides or [])
    chosen = range(seeds) if seed is None else (seed,)
    with progress("torture", quiet=quiet or as_json) as tell:
        campaign = run(chosen, scenario, expected=swarm.faults, tell=tell)
    stories = [
        story
        for each in campaign.broken[:1]
        if (story := shortest(scenario(each.seed), each.findings[0].invariant)) is not None
    ]
    if as_json:
        answer_json(_plain(campaign, stories))
    else:
        answer(_told(campaign, stories, quiet=quiet))
    if campaign.never and seed is None:
        note(f"never happened: {', '.join(campaign.never)}; play more seeds", quiet=quiet)
    if not campaign.is_green:
        raise typer.Exit(1)


def _scenarios(
    config: Path | None, venue: str, faults: str, seconds: float, overrides: list[str]
) -> "tuple[Callable[[int], Scenario], Swarm]":
    """Return what makes the scenario of a seed, and the faults that it draws from."""
    from engine.config import load
    from engine.errors import UsageError
    from lockstep.live import plan
    from lockstep.simulators import venue_package
    from lockstep.torture.plan import read_swarm, swarm_for
    from lockstep.torture.scenario import at_venue, of_config, only_at, packages_of

    if config is None:
        if not venue:
            raise UsageError("name a configuration, or a venue with --venue")
        swarm = read_swarm(faults, swarm_for([venue_package(venue)]))
        return lambda seed: at_venue(venue, seed, seconds=seconds, swarm=swarm), swarm
    loaded = load(config, overrides, os.environ)
    loaded = only_at(loaded, venue) if venue else loaded
    plan.check(loaded, "rehearsal")
    durability = loaded.config.live.journal.durability
    swarm = read_swarm(faults, swarm_for(packages_of(loaded.config), durability))
    return lambda seed: of_config(loaded, seed, seconds=seconds, swarm=swarm), swarm


def _told(campaign: "Campaign", stories: "list[Story]", *, quiet: bool) -> str:
    lines = [] if quiet else [columns(_rows(campaign))]
    lines += [f"seed {p.seed} breaks {p.findings[0].invariant}" for p in campaign.broken[1:]]
    lines += [line for story in stories for line in story.lines()]
    broken = len(campaign.broken)
    judged = f"{broken} of {len(campaign.played)} seeds broke an invariant" if broken else "passed"
    return "\n".join([*lines, f"torture: {judged}, {campaign.speed:.0f} times real time"])


def _rows(campaign: "Campaign") -> list[tuple[str, str]]:
    played = campaign.played
    sums = [
        ("seeds", len(played)),
        ("market events", sum(each.events for each in played)),
        ("commands sent", sum(each.sent for each in played)),
        *sorted(campaign.faults.items()),
    ]
    return [(name, f"{count:,}") for name, count in sums]


def _plain(campaign: "Campaign", stories: "list[Story]") -> dict[str, object]:
    import msgspec

    return {
        "passed": campaign.is_green,
        "seeds": [msgspec.to_builtins(each) for each in campaign.played],
        "faults": dict(sorted(campaign.faults.items())),
        "never": list(campaign.never),
        "broken": [each.seed for each in campaign.broken],
        "speed": round(campaign.speed, 1),
        "stories": [msgspec.to_builtins(each) for each in stories],
    }
