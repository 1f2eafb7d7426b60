"""Put the parts of a report together into one HTML page.

Writes no file and computes no metric.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from backtest.results import sections
from backtest.results.charts import Figure, data, equity_figure, show, trade_figure
from backtest.results.definitions import BY_NAME
from backtest.results.folder import Run, flat
from backtest.results.formats import count, day, duration, figure
from backtest.results.markup import NOTHING, Markup, definitions, element, folded, table, text
from backtest.results.metrics import Result, RunResult

POINTS_MAX = 1_000
DOTS_MAX = 1_200
"""So many points and dots are drawn in all charts of a page together, but POINTS_MIN in each."""
POINTS_MIN = 200
FACTS_MAX = 400
"""So many settings are in the page; manifest.json has all."""

ACCOUNT_COLUMNS = (
    "start_equity",
    "end_equity",
    "pnl",
    "total_return",
    "sharpe",
    "max_drawdown",
    "trades",
    "fees",
)


@dataclass(frozen=True, slots=True)
class _View:
    """Hold one result in full with its charts: the whole run, or one account of several."""

    id: str
    result: Result
    equity: Figure | None
    trades: Figure | None


def page_of(run: Run, result: RunResult, plotly: Markup = NOTHING, *, alone: bool = False) -> str:
    """Return the report as HTML; `plotly` is the element that loads or holds its script.

    A page that stands `alone` links to no file of the run folder.
    """
    views = _views(result)
    figures = [shown for view in views for shown in (view.equity, view.trades) if shown]
    body = (
        element("header", *_header(run, result)),
        element("main", *_main(run, result, views, linked=not alone)),
        element("footer", *_footer(run)),
    )
    return Template(_part("page.html")).substitute(
        title=text(f"{run.name} - {run.id}"),
        style=_part("page.css"),
        body="\n".join(body),
        figures=script_json({shown.id: data(shown) for shown in figures}),
        plotly=plotly,
        script=_part("page.js"),
    )


def script_json(value: Mapping[str, object]) -> str:
    """Return JSON that cannot end the script element it stands in."""
    written = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _views(result: RunResult) -> tuple[_View, ...]:
    share = max(len(result.views), 1)
    points, dots = (max(limit // share, POINTS_MIN) for limit in (POINTS_MAX, DOTS_MAX))
    return tuple(
        _View(
            str(number),
            view,
            equity_figure(view, f"equity-{number}", points),
            trade_figure(view, f"trades-{number}", dots),
        )
        for number, view in enumerate(result.views)
    )


def _header(run: Run, result: RunResult) -> Iterator[Markup]:
    yield element("h1", run.name, element("span", run.mode or "run", class_="tag"))
    facts = [run.id, *_period(result)]
    for name in ("events", "orders", "fills"):
        value = run.number(name)
        if value is not None:
            facts.append(f"{value:,.0f} {name}")
    wall = run.number("wall_s")
    if wall is not None:
        facts.append(f"ran in {duration(wall)}")
    yield element("p", " · ".join(facts), class_="about")


def _period(result: RunResult) -> list[str]:
    curves = [account.curve for account in result.accounts if len(account.curve.ts)]
    if not curves:
        return []
    start = min(int(curve.ts[0]) for curve in curves)
    end = max(int(curve.ts[-1]) for curve in curves)
    return [f"{day(start)} to {day(end)} ({duration((end - start) / 1e9)})"]


def _main(run: Run, result: RunResult, views: Sequence[_View], *, linked: bool) -> Iterator[Markup]:
    for strategy, error in run.stopped:
        yield element("p", f"Strategy {strategy} failed and was stopped: {error}", class_="alarm")
    named = len(views) > 1
    for view in views:
        if named:
            title = f"Account {view.result.name} ({view.result.currency or 'no currency'})"
            yield element("h2", title, class_="account")
        yield from _view(view, linked=linked)
    if len(result.accounts) > 1:
        yield sections.section("accounts", "Accounts", _accounts(result))
    yield sections.section("gate", "What the gate did", *_gate(run))
    assumed = [element("li", sentence) for sentence in run.assumptions]
    yield sections.section(
        "assumptions", "Assumptions of the simulation", element("ul", *assumed) if assumed else ""
    )
    yield sections.section("manifest", "What was run", *_facts(run))


def _gate(run: Run) -> Iterator[Markup]:
    """Yield denied intents by reason, waits by limit, and what was held back at the end."""
    for title, key in (("Denied, by rule", "denials"), ("Waited, by limit", "waits")):
        rows = [(name, count(number)) for name, number in run.counts(key).items()]
        if rows:
            yield table((title, "Intents"), rows)
    if run.latched:
        yield table(("Held back at the end", "Cause", "Reason"), run.latched)


def _view(view: _View, *, linked: bool) -> Iterator[Markup]:
    result, number = view.result, view.id
    yield sections.headline(result)
    chart = show(view.equity) if view.equity else element("p", "No equity was sampled.")
    yield sections.section(f"equity{number}", "Equity and drawdown", chart)
    yield sections.section(f"months{number}", "Monthly returns, %", sections.month_table(result))
    yield sections.section(f"metrics{number}", "Metrics", sections.metric_tables(result))
    scatter = show(view.trades) if view.trades else element("p", "No trade was closed.")
    trades = sections.trade_tables(result.trips, result.currency, linked=linked)
    yield sections.section(f"trades{number}", "Trades", scatter, trades)
    yield sections.section(
        f"split{number}", "By strategy and instrument", sections.split_tables(result)
    )
    page = sections.execution_tables(result.execution, result.currency)
    yield sections.section(f"execution{number}", "Execution", page)


def _accounts(result: RunResult) -> Markup:
    rows = [
        (
            account.name,
            *(
                figure(BY_NAME[name], account.measures[name], account.currency)
                for name in ACCOUNT_COLUMNS
            ),
        )
        for account in result.accounts
    ]
    return table(("Account", *(BY_NAME[name].title for name in ACCOUNT_COLUMNS)), rows)


def _facts(run: Run) -> Iterator[Markup]:
    if run.fault:
        yield element("p", f"Of this run, {run.fault}.", class_="note")
    about = {key: value for key, value in run.manifest.items() if key != "config"}
    digest = run.text("digest")
    rows = [*flat(about).items()] if about else []
    if digest:
        rows.insert(0, ("digest of the decisions", digest))
    yield definitions(rows[:FACTS_MAX])
    settings = list(flat(run.manifest["config"]).items()) if "config" in run.manifest else []
    if settings:
        more = len(settings) - FACTS_MAX
        note = element("p", f"{more} more are in manifest.json.", class_="note") if more > 0 else ""
        yield folded(f"Configuration ({len(settings)})", definitions(settings[:FACTS_MAX]), note)


def _footer(run: Run) -> Iterator[Markup]:
    yield Markup("Times are UTC. n/a: the figure would be absurd, for the reason beside it. ")
    yield text(f"Made by lockstep from the folder {run.id}.")


def _part(name: str) -> str:
    return files("backtest.results").joinpath("template", name).read_text(encoding="utf-8")
