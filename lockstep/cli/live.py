"""The commands `lockstep run` and `lockstep replay`: a bot on live data, and the same run again.

Trades nothing itself: `lockstep.live` does.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lockstep.cli.output import Json, Overrides, Quiet, answer, answer_json, note

if TYPE_CHECKING:
    from lockstep.live.replaying import ReplayReport

File = Annotated[Path, typer.Argument(metavar="CONFIG", help="A configuration file (TOML).")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run: its folder, its id, or last.")]
Runs = Annotated[Path, typer.Option("--runs", help="The folder that holds the run folders.")]
Paper = Annotated[bool, typer.Option("--paper", help="Trade on the simulated exchange.")]
Live = Annotated[bool, typer.Option("--live", help="Trade at the venue, with money.")]
Yes = Annotated[bool, typer.Option("--yes", help="Say that --live is meant.")]
RUNS = Path("runs")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run")(run)
    app.command("replay")(replay)


def run(
    config: File,
    *,
    paper: Paper = False,
    live: Live = False,
    yes: Yes = False,
    overrides: Overrides = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run strategies on live market data until stopped (SIGTERM or Ctrl-C; twice stops at once).

    Exit code 0 after a stop that was asked for, 1 if a strategy failed, 3 if a venue refused or
    what should be gone is left there, 4 if risk has halted the run, 5 for a defect of ours.
    """
    mode = _mode(paper=paper, live=live, yes=yes)
    from engine.config import load
    from lockstep.live.session import run_bot

    result = run_bot(load(config, overrides or [], os.environ), mode, os.environ)
    if as_json:
        answer_json({**result.summary, "folder": result.folder, "exit_code": result.exit_code})
    elif quiet:
        answer(str(result.folder))
    else:
        told = ("reason", "events", "orders", "fills", "denied", "open_orders")
        answer("\n".join(f"{key.replace('_', ' '):<12} {result.summary[key]}" for key in told))
        answer(f"run: {result.folder}")
        left = result.summary["left_at_venue"]
        if isinstance(left, tuple) and left:
            answer(f"left at the venue: {', '.join(left)}")
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def replay(
    run: Run = "last", *, runs: Runs = RUNS, as_json: Json = False, quiet: Quiet = False
) -> None:
    """Run the strategies of a live or paper run again on its journal, and compare every decision.

    Exit code 1 at the first decision that differs, which is printed.
    """
    from lockstep.folders import journaled_run
    from lockstep.live.replaying import replay_run

    report = replay_run(journaled_run(runs, run))
    if as_json:
        answer_json(_plain(report))
    else:
        for name in report.changed:
            note(f"the source of strategy {name} has changed since the run", quiet=quiet)
        answer(_told(report))
    if report.difference is not None:
        raise typer.Exit(1)


def _mode(*, paper: bool, live: bool, yes: bool) -> Literal["paper", "live"]:
    from engine.errors import UsageError

    if paper == live:
        raise UsageError("give --paper or --live; --paper trades on a simulated exchange")
    if live and not yes:
        raise UsageError("--live trades with money; add --yes if that is meant")
    return "live" if live else "paper"


def _plain(report: "ReplayReport") -> dict[str, object]:
    found = report.difference
    return {
        "run_id": report.run,
        "inputs": report.inputs,
        "decisions": report.decisions,
        "complete": report.complete,
        "changed": report.changed,
        "equal": found is None,
        "difference": None
        if found is None
        else {
            "sequence": found.sequence,
            "cause": repr(found.cause),
            "recorded": repr(found.recorded),
            "replayed": repr(found.replayed),
        },
    }


def _told(report: "ReplayReport") -> str:
    counted = f"{report.decisions} decisions from {report.inputs} inputs"
    found = report.difference
    if found is None:
        end = "" if report.complete else "; the journal ends without an end of the run"
        return f"{report.run}: {counted}, all the same{end}"
    return "\n".join(
        (
            f"{report.run}: the first decision that differs is number {found.sequence}",
            f"  after     {found.cause!r}",
            f"  recorded  {found.recorded!r}",
            f"  replayed  {found.replayed!r}",
        )
    )
