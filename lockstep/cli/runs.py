"""The commands `lockstep runs list | show | compare` and `lockstep report`.

Runs nothing: they read run folders, and only `report` writes into one.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockstep.cli.output import Json, Quiet, answer, answer_json, answer_table, note

if TYPE_CHECKING:
    from backtest.results.comparison import Comparison
    from backtest.results.folder import Run

Folder = Annotated[Path, typer.Option("--runs", help="The folder that holds the run folders.")]
RUNS = Path("runs")
RUN_HELP = "A run: its folder, its id, the beginning of one, or last."
Named = Annotated[str, typer.Argument(metavar="RUN", help=RUN_HELP)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="List, show and compare finished runs.")
    group.command("list")(list_)
    group.command("show")(show)
    group.command("compare")(compare)
    app.add_typer(group, name="runs")
    app.command("report")(report)


def list_(*, runs: Folder = RUNS, as_json: Json = False, quiet: Quiet = False) -> None:
    """List the runs of a folder, the newest first; a broken one is listed as broken."""
    from backtest.results.folder import list_runs

    found = list_runs(runs)
    if as_json:
        answer_json({"runs": [_line(run) for run in found]})
    elif not found:
        note(f"no runs in {runs}; make one with lockstep backtest")
    elif quiet:
        answer("\n".join(run.id for run in found))
    else:
        from backtest.results.terminal import list_table

        answer_table(list_table(found))


def show(
    run: Named = "last", *, runs: Folder = RUNS, as_json: Json = False, quiet: Quiet = False
) -> None:
    """Show the table of one run, by default of the last."""
    from backtest.results.folder import REPORT, find_run
    from backtest.results.terminal import run_table

    found = find_run(runs, run)
    if as_json:
        answer_json({**found.summary, "run_id": found.id, "folder": str(found.path)})
        return
    answer_table(run_table(found))
    if (found.path / REPORT).is_file():
        note(f"report: {found.path / REPORT}", quiet=quiet)


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help=RUN_HELP)],
    second: Annotated[str, typer.Argument(metavar="B", help=RUN_HELP)],
    *,
    runs: Folder = RUNS,
    expect_equal: Annotated[
        bool, typer.Option("--expect-equal", help="Leave with code 1 unless the digests are equal.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare two runs: metrics, settings, and the first decision that differs."""
    from backtest.results.comparison import compare_runs
    from backtest.results.folder import find_run
    from backtest.results.terminal import compare_table

    one, other = find_run(runs, first), find_run(runs, second)
    found = compare_runs(one, other)
    if as_json:
        answer_json(found.to_json())
    elif quiet:
        answer("equal" if found.equal else "different")
    else:
        answer(f"A  {one.id}\nB  {other.id}\n")
        answer_table(compare_table(one, other))
        answer("\n".join(_differences(found)))
    if expect_equal and not found.equal:
        raise typer.Exit(1)


def report(
    run: Named = "last",
    *,
    runs: Folder = RUNS,
    standalone: Annotated[
        bool, typer.Option("--standalone", help="Put plotly's script (5 MB) into the page itself.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write report.html of a run again, from its tables, and print where it is.

    The tables of a live run that crashed, or goes on, are made from its journal.
    """
    from backtest.results.folder import find_run
    from backtest.results.report import plotly_script, write_report
    from lockstep.live.results import needs_retelling, retell

    found = find_run(runs, run)
    if needs_retelling(found.path):
        retell(found.path)
    path = write_report(found.path, standalone=standalone)
    zoomable = plotly_script() is not None
    if not zoomable:
        note(
            "plotly is not installed: charts do not zoom; add it with lockstep[report]", quiet=quiet
        )
    if as_json:
        size = path.stat().st_size
        about = {"standalone": standalone, "zoomable": zoomable, "bytes": size}
        answer_json({"run_id": found.id, "report": str(path), **about})
    else:
        answer(str(path))


def _line(run: "Run") -> dict[str, object]:
    names = ("pnl", "max_drawdown", "sharpe", "events", "orders", "fills")
    change = run.measures.get("total_return")
    return {
        "run_id": run.id,
        "mode": run.mode,
        "name": run.name,
        "started": run.started or None,
        "currency": run.text("currency") or None,
        **{name: run.number(name) for name in names},
        "total_return": change.value if change else None,
        "digest": run.text("digest") or None,
        "fault": run.fault or None,
    }


def _differences(found: "Comparison") -> Iterator[str]:
    yield "\nSettings that differ" if found.config else "\nNo setting differs"
    for key, (a, b) in found.config.items():
        yield f"  {key}: {_shown(a)} -> {_shown(b)}"
    if found.equal:
        yield f"\nEvery decision is equal: digest {found.digests[0]}"
    elif found.decision is None:
        yield "\nNo decision differs, but a digest is missing or of another version"
    else:
        yield f"\nFirst decision that differs: line {found.decision.line} of decisions.log"
        yield f"  A  {_shown(found.decision.a)}\n  B  {_shown(found.decision.b)}"


def _shown(value: str | None) -> str:
    return value or "(none)"
