"""The command `lockstep parity RUN`: a live or paper run beside a backtest of what it saw.

Compares nothing itself: `lockstep.parity` does.
"""

from pathlib import Path
from typing import Annotated

import typer

from lockstep.cli.output import Json, Quiet, answer, answer_json, columns

Run = Annotated[str, typer.Argument(metavar="RUN", help="A run: its folder, its id, or last.")]
Runs = Annotated[Path, typer.Option("--runs", help="The folder that holds the run folders.")]
RUNS = Path("runs")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("parity")(parity)


def parity(
    run: Run = "last", *, runs: Runs = RUNS, as_json: Json = False, quiet: Quiet = False
) -> None:
    """Backtest the market data of a run with the latencies measured in it, and compare.

    Writes parity.html and parity.json into the run's folder. Exit code 1 when orders or fills
    differ.
    """
    from lockstep.folders import journaled_run
    from lockstep.parity.report import page, plain, summary
    from lockstep.parity.run import parity as compare
    from lockstep.running import write_json

    folder = journaled_run(runs, run)
    found = compare(folder)
    report = folder / "parity.html"
    report.write_text(page(found), encoding="utf-8")
    write_json(folder / "parity.json", plain(found))
    if as_json:
        answer_json({**plain(found), "report": report})
    elif quiet:
        answer("equal" if found.comparison.is_equal else "different")
    else:
        answer(columns(summary(found)))
        answer(f"report: {report}")
    if not found.comparison.is_equal:
        raise typer.Exit(1)
