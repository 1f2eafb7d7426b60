"""The command `lockstep backtest CONFIG`.

Simulates nothing itself: `lockstep.running` does.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockstep.cli.output import (
    Json,
    Overrides,
    Quiet,
    answer,
    answer_json,
    answer_table,
    note,
    progress,
)

if TYPE_CHECKING:
    from backtest.results.folder import Run

File = Annotated[Path, typer.Argument(metavar="CONFIG", help="A configuration file (TOML).")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Make the run folder in DIR instead of run.out."),
]
NoReport = Annotated[bool, typer.Option("--no-report", help="Do not write report.html.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backtest")(backtest)


def backtest(
    config: File,
    *,
    overrides: Overrides = None,
    out: Out = None,
    no_report: NoReport = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run strategies on recorded data and show how they did.

    Makes a run folder. Exit code 1 if a strategy failed and was stopped.
    """
    from engine.config import load

    loaded = load(config, overrides or [], os.environ)
    from lockstep.running import backtest as run

    with progress(loaded.config.run.name, quiet=quiet or as_json) as tell:
        folder = run(loaded, tell, out=out, report=not no_report).folder
    show(folder, as_json=as_json, quiet=quiet)


def show(folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print what a finished run says of itself: summary, folder, or table and where the report is.

    Leaves with exit code 1 if a strategy was stopped because it failed.
    """
    from backtest.results.folder import read_run

    run = read_run(folder)
    if as_json:
        answer_json({**run.summary, "folder": folder})
    elif quiet:
        answer(str(folder))
    else:
        _show_table(run)
    stopped = run.summary.get("stopped")
    for fault in stopped if isinstance(stopped, list) else ():
        error = " ".join(fault["error"].split())
        note(f"warning: strategy {fault['strategy']} was stopped: {error}")
    if stopped:
        raise typer.Exit(1)


def _show_table(run: "Run") -> None:
    from backtest.results.folder import REPORT
    from backtest.results.terminal import run_table

    answer_table(run_table(run))
    report = run.path / REPORT
    answer(f"report: {report}" if report.exists() else f"run: {run.path}")
