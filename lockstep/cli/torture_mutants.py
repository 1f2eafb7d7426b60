"""The mutation score, as `lockstep torture --mutants` prints it.

Plays nothing itself: `lockstep.torture.mutants` does.
"""

from typing import TYPE_CHECKING

import typer

from lockstep.cli.output import answer, answer_json, columns, progress

if TYPE_CHECKING:
    from lockstep.torture.mutants.score import Caught


def print_score(names: str, seeds: int, *, as_json: bool, quiet: bool) -> None:
    """Hunt the mutants of these names, or all, and print what found each.

    Raises typer.Exit with code 1 when one survives.
    """
    from lockstep.torture.mutants.score import hunt, named

    chosen = named(names)
    caught: list[Caught] = []
    with progress("mutants", quiet=quiet or as_json) as tell:
        for found in hunt(chosen, seeds):
            caught.append(found)
            tell(len(caught) / len(chosen))
    survived = [each for each in caught if not each.checker]
    if as_json:
        answer_json({"mutants": [_plain(each) for each in caught], "survived": len(survived)})
    else:
        score = f"{len(caught) - len(survived)} of {len(caught)} mutants were found"
        answer("\n".join([columns(_rows(caught)), score]))
    if survived:
        raise typer.Exit(1)


def _rows(caught: "list[Caught]") -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("mutant", "safeguard", "venue", "found by", "at seed", "of seeds")
    ]
    rows += [
        (
            each.mutant.name,
            each.mutant.safeguard,
            each.mutant.venue,
            each.checker or "nothing",
            str(each.seed) if each.checker else "-",
            str(each.seeds),
        )
        for each in caught
    ]
    return rows


def _plain(each: "Caught") -> dict[str, object]:
    return {
        "mutant": each.mutant.name,
        "safeguard": each.mutant.safeguard,
        "venue": each.mutant.venue,
        "checker": each.checker or None,
        "seed": each.seed if each.checker else None,
        "seeds": each.seeds,
        "what": each.what,
    }
