"""Show a finished run, a list of runs or two runs side by side as tables on a terminal.

Computes nothing: it shows what `summary.json` holds.
"""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Group as Rows
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from backtest.results.definitions import (
    BY_NAME,
    DEFINITIONS,
    Definition,
    Group,
    Measures,
    Metric,
    measures_from_json,
)
from backtest.results.folder import NOTHING, Run
from backtest.results.formats import ABSENT, duration, figure

LAYOUT: tuple[tuple[Group, ...], ...] = (
    ("Result", "Risk", "Activity"),
    ("Trades", "Long and short", "Execution"),
)
"""Which groups stand in which column of the table of one run."""

GOOD, BAD, FAINT = "green", "red", "dim"
TONES = {-1: BAD, 0: "", 1: GOOD}
DIGEST_SHOWN = 8


def run_table(run: Run) -> RenderableType:
    """Return the table of one run: its metrics in groups, why some are n/a, all assumptions."""
    parts: list[RenderableType] = [_heading(run)]
    for title, currency, measures in _scopes(run):
        if title:
            parts.append(Text(f"account {title}", style="bold"))
        parts += [_figures(measures, currency), *_reasons(measures)]
    stopped = [f"{strategy}: {error}" for strategy, error in run.stopped]
    parts += [
        *_notes("Stopped because they failed", stopped, BAD),
        *_notes("Denied by the gate", _counted(run, "denials")),
        *_notes("Waited for limits", _counted(run, "waits")),
        *_notes("Held back at the end", [": ".join(each) for each in run.latched], BAD),
        *_notes("Assumptions of the simulation", run.assumptions),
    ]
    return Padding(Rows(*parts), (1, 1, 0, 1))


def list_table(runs: Sequence[Run]) -> RenderableType:
    """Return one line a run, in the order given, and below what is wrong with the broken ones.

    The first column is the beginning of the run's id, by which every command finds it.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("run", "mode", "name"):
        table.add_column(title, overflow="fold")
    for title in ("P&L", "return", "Sharpe", "drawdown"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("digest", no_wrap=True)
    for run in runs:
        table.add_row(*_line(run))
    empty = [f"{run.id}: {run.fault}" for run in runs if run.fault == NOTHING]
    broken = [f"{run.id}: {run.fault}" for run in runs if run.fault not in ("", NOTHING)]
    notes = [*_notes("Nothing recorded", empty), *_notes("Broken", broken)]
    return Rows(table, *notes) if notes else table


def compare_table(one: Run, other: Run) -> RenderableType:
    """Return the metrics of two runs side by side, with the change from the first to the second."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("metric")
    for title in ("A", "B", "B - A"):
        table.add_column(title, justify="right", no_wrap=True)
    before, after = one.measures, other.measures
    for definition in DEFINITIONS:
        a = before.get(definition.name, Metric.absent("not recorded"))
        b = after.get(definition.name, Metric.absent("not recorded"))
        shown = (figure(definition, a), figure(definition, b))
        table.add_row(definition.title, *shown, _change(definition, a, b))
    return table


def _heading(run: Run) -> Text:
    facts = [
        f"{value:,.0f} {name}"
        for name in ("events", "orders", "fills")
        if (value := run.number(name)) is not None
    ]
    wall = run.number("wall_s")
    if wall is not None:
        facts.append(duration(wall))
    digest = run.text("digest")
    if digest:
        facts.append(f"digest {digest[:DIGEST_SHOWN]}")
    about = f"  {run.mode}  {run.id}\n"
    return Text.assemble((run.name, "bold"), (about, FAINT), "   ".join(facts), "\n")


def _scopes(run: Run) -> Iterable[tuple[str, str, Measures]]:
    """Return what is shown in full: the whole run, or each account where currencies differ."""
    accounts = run.summary.get("accounts")
    if run.text("currency") or not isinstance(accounts, Mapping):
        return [("", run.text("currency"), run.measures)]
    return [
        (f"{name} ({account.get('currency')})", str(account.get("currency") or ""), measures)
        for name, account in accounts.items()
        if isinstance(account, Mapping) and (measures := measures_from_json(account))
    ]


def _figures(measures: Measures, currency: str) -> RenderableType:
    columns = Table.grid(padding=(0, 4))
    for _ in LAYOUT:
        columns.add_column()
    columns.add_row(*(_column(groups, measures, currency) for groups in LAYOUT))
    return columns


def _column(groups: Iterable[Group], measures: Measures, currency: str) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for group in groups:
        table.add_row(Text(group, style="bold cyan"), "")
        for definition in DEFINITIONS:
            if definition.group == group and definition.name in measures:
                table.add_row(definition.title, _value(definition, measures, currency))
        table.add_row("", "")
    return table


def _value(definition: Definition, measures: Measures, currency: str) -> Text:
    metric = measures[definition.name]
    style = FAINT if metric.value is None else TONES[definition.tone(metric)]
    return Text(figure(definition, metric, currency), style=style)


def _reasons(measures: Measures) -> list[RenderableType]:
    """Return one line for each reason, naming the metrics that lack a value for it."""
    titles: dict[str, list[str]] = {}
    for name, metric in measures.items():
        if metric.value is None:
            titles.setdefault(metric.reason, []).append(BY_NAME[name].title)
    lines = [f"{', '.join(names)}: {reason}" for reason, names in titles.items()]
    return _notes("Not available", lines)


def _counted(run: Run, name: str) -> list[str]:
    return [f"{key}: {number}" for key, number in run.counts(name).items()]


def _notes(title: str, lines: Sequence[str], style: str = FAINT) -> list[RenderableType]:
    if not lines:
        return []
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        table.add_row("-", Text(line))
    return [Text(title, style="bold cyan"), Padding(table, (0, 0, 1, 0), style=style)]


def _line(run: Run) -> list[RenderableType]:
    stamp = run.id.partition("-")[0] if run.started else run.id
    named: list[RenderableType] = [Text(stamp), Text(run.mode), Text(run.name)]
    if not run.summary:
        return [*named, Text("empty" if run.fault == NOTHING else "broken", style=BAD)]
    measures = run.measures
    shown = [
        _value(BY_NAME[name], measures, run.text("currency")) if name in measures else Text(ABSENT)
        for name in ("pnl", "total_return", "sharpe", "max_drawdown")
    ]
    return [*named, *shown, Text(run.text("digest")[:DIGEST_SHOWN])]


def _change(definition: Definition, a: Metric, b: Metric) -> Text:
    """Return the difference, green where the second run is better and red where it is worse."""
    if a.value is None or b.value is None:
        return Text("")
    difference = b.value - a.value
    judged = difference * definition.good
    style = GOOD if judged > 0 else BAD if judged < 0 else ""
    text = figure(definition, Metric(difference)) if difference else "="
    return Text(f"+{text}" if difference > 0 else text, style=style)
