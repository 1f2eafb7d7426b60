"""The command `lockstep backtest CONFIG`.

Simulates nothing itself: `lockstep.running` does.
"""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from lockstep.cli.output import Json, Overrides, Quiet, answer, answer_json, progress

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
    """Run the strategies of a configuration on recorded data and show how they did."""
    changes = list(overrides or [])
    if out is not None:
        changes.append(f"run.out={json.dumps(str(out))}")
    if no_report:
        changes.append("report.html=false")
    show(run(config, changes, quiet=quiet or as_json), as_json=as_json, quiet=quiet)


def run(config: Path, changes: list[str], *, quiet: bool) -> Path:
    """Run a backtest and return its folder."""
    from engine.config import load

    loaded = load(config, changes, os.environ)
    from lockstep.running import backtest as run_backtest

    with progress(loaded.config.run.name, quiet=quiet) as tell:
        return run_backtest(loaded, progress=tell).folder


def show(folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print what a run folder says of itself: summary, path alone, or table."""
    from backtest.results.folder import REPORT, read_run

    result = read_run(folder)
    if as_json:
        answer_json({**result.summary, "folder": str(folder)})
        return
    if quiet:
        answer(str(folder))
        return
    from rich.console import Console

    from backtest.results.terminal import run_table

    Console(soft_wrap=False, highlight=False).print(run_table(result))
    report = folder / REPORT
    answer(f"  {report if report.exists() else folder}")
