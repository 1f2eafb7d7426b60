"""The commands `lockstep runs list | show | compare` and `lockstep report`.

Runs nothing: they read run folders, and only `report` writes into one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockstep.cli.output import Json, Quiet, answer, answer_json, note

if TYPE_CHECKING:
    from rich.console import RenderableType

    from backtest.results.folder import Run

Folder = Annotated[Path, typer.Option("--runs", help="The folder that holds the run folders.")]
RUNS = Path("runs")
RUN_HELP = "A run: its folder, its id, the beginning of one, or last."
Named = Annotated[str, typer.Argument(metavar="RUN", help=RUN_HELP)]
LINE_SHOWN = 400
PIPE_WIDTH = 120
"""Columns to print where there is no terminal to ask."""


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

        _print(list_table(found))


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
    _print(run_table(found))
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
    from backtest.results.folder import find_run

    one, other = find_run(runs, first), find_run(runs, second)
    found = _comparison(one, other)
    if as_json:
        answer_json(found)
    elif not quiet:
        _show_comparison(one, other, found)
    else:
        answer("equal" if found["equal"] else "different")
    if expect_equal and not found["equal"]:
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
    """Write report.html of a run again, from its tables, and print where it is."""
    from backtest.results.folder import find_run
    from backtest.results.report import plotly_script, write_report

    found = find_run(runs, run)
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


def _comparison(one: "Run", other: "Run") -> dict[str, object]:
    """Return what differs; `equal` is that of the digests, null counting as different."""
    from backtest.results.folder import first_difference

    digests = one.text("digest"), other.text("digest")
    equal = digests[0] == digests[1] != ""
    difference = None if equal else first_difference(one, other)
    decision = None
    if difference is not None:
        number, a, b = difference
        decision = {"line": number, "a": a[:LINE_SHOWN], "b": b[:LINE_SHOWN]}
    return {
        "a": one.id,
        "b": other.id,
        "equal": equal,
        "digest": {"a": digests[0] or None, "b": digests[1] or None},
        "metrics": _pairs(_values(one), _values(other)),
        "config": _changed(_settings(one), _settings(other)),
        "first_difference": decision,
    }


def _values(run: "Run") -> dict[str, float | None]:
    return {name: metric.value for name, metric in run.measures.items()}


def _settings(run: "Run") -> dict[str, str]:
    from backtest.results.folder import flat

    return flat(run.manifest["config"]) if "config" in run.manifest else {}


def _pairs(
    one: Mapping[str, object], other: Mapping[str, object]
) -> dict[str, dict[str, object | None]]:
    names = dict.fromkeys((*one, *other))
    return {name: {"a": one.get(name), "b": other.get(name)} for name in names}


def _changed(
    one: Mapping[str, object], other: Mapping[str, object]
) -> dict[str, dict[str, object | None]]:
    return {key: pair for key, pair in _pairs(one, other).items() if pair["a"] != pair["b"]}


def _show_comparison(one: "Run", other: "Run", found: Mapping[str, object]) -> None:
    from backtest.results.terminal import compare_table

    answer(f"A  {one.id}\nB  {other.id}\n")
    _print(compare_table(one, other))
    changes = _changed(_settings(one), _settings(other))
    answer("\nSettings that differ" if changes else "\nNo setting differs")
    for key, pair in changes.items():
        answer(f"  {key}: {_shown(pair['a'])} -> {_shown(pair['b'])}")
    if found["equal"]:
        answer(f"\nEvery decision is equal: digest {one.text('digest')}")
        return
    decision = found["first_difference"]
    if isinstance(decision, Mapping):
        answer(f"\nFirst decision that differs: line {decision['line']} of decisions.log")
        answer(f"  A  {_shown(decision['a'])}\n  B  {_shown(decision['b'])}")
    else:
        answer("\nNo decision differs, but a digest is missing or of another version")


def _shown(value: object) -> str:
    return "(none)" if value in (None, "") else str(value)


def _print(table: "RenderableType") -> None:
    """Print a table on standard output, as wide as the terminal, in colour only where it has any."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPE_WIDTH)
    console.print(table)
