"""The command `lockstep why`: the whole story of one order of a finished run.

Runs nothing and changes nothing.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from lockstep.cli.output import Json, Quiet, answer, answer_json, columns
from lockstep.cli.runs import RUN_HELP, RUNS, Folder

if TYPE_CHECKING:
    from backtest.results.story import Stage, Story
    from backtest.results.verdicts import Verdict

Order = Annotated[
    str, typer.Argument(metavar="ORDER", help="An order: its client order id, or its counter.")
]
Named = Annotated[str, typer.Argument(metavar="RUN", help=RUN_HELP)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("why")(why)


def why(
    order: Order,
    run: Named = "last",
    *,
    runs: Folder = RUNS,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell the story of an order: what led to it, what each rule said, what became of it."""
    from backtest.results.causes import cause_of
    from backtest.results.folder import find_run
    from backtest.results.story import read_story, stages
    from backtest.results.verdicts import is_exit, verdicts

    found = find_run(runs, run)
    story = read_story(found, order)
    told = [cause_of(found, story), story.intent, *stages(story)]
    said = list(verdicts(found, story))
    kind = "exit" if is_exit(story) else "entry"
    if as_json:
        answer_json(_document(found.id, story, kind, told, said))
        return
    if not quiet:
        answer(f"order {story.order} of run {found.id}, judged as an {kind}\n")
    answer(_table(told))
    answer("\n" + columns([(each.rule, each.said) for each in said], "  "))


def _document(
    run: str, story: "Story", kind: str, told: "list[Stage]", said: "list[Verdict]"
) -> dict[str, object]:
    return {
        "run_id": run,
        "order": story.order,
        "judged_as": kind,
        "stages": [
            {
                "ts": each.ts,
                "ts_venue": each.ts_venue or None,
                "stage": each.name,
                "what": each.text,
            }
            for each in told
        ],
        "rules": [{"rule": each.rule, "said": each.said} for each in said],
    }


def _table(told: "list[Stage]") -> str:
    """Return one line a stage: time, time since the intent, the venue's own time, what it was."""
    from engine.clock import to_datetime

    start = told[0].ts
    rows = [("time (UTC)", "after", "at the venue", "stage", "what")]
    for each in told:
        venue = _after(each.ts_venue - start) if each.ts_venue else ""
        moment = to_datetime(each.ts).strftime("%Y-%m-%d %H:%M:%S.%f")
        rows.append((moment, _after(each.ts - start), venue, each.name, each.text))
    return columns(rows)


def _after(ns: int) -> str:
    """Return a span in the unit that suits it."""
    for size, unit in ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")):
        if abs(ns) >= size:
            return f"{ns / size:,.3f} {unit}"
    return f"{ns} ns"
