"""Make the figures of a report from a result: equity with drawdown, and the scatter of trades.

Each figure is drawn in the page itself and also given as data, for a script that can zoom.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backtest.results.benchmark import growth
from backtest.results.drawing import Panel, Series, draw
from backtest.results.equity import Integers
from backtest.results.formats import count, percent
from backtest.results.markup import NOTHING, Markup, element
from backtest.results.metrics import Result
from backtest.results.scales import extremes, notable

MILLISECOND_NS = 10**6
FIGURES = 8
"""Figures of a value in a page's data; the tables beside the report have all."""
HELD_SPAN_MAX = 4.0
"""Buy and hold is left out where it would press the equity into less than a fourth of the chart."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Hold panels over one stretch of time (nanoseconds UTC); `note` says what was left out."""

    id: str
    title: str
    panels: tuple[Panel, ...]
    start: int
    end: int
    note: str = ""


def equity_figure(result: Result, id: str, limit: int) -> Figure | None:  # noqa: A002 - HTML's word
    """Return equity, buy and hold, and drawdown, drawn from at most `limit` samples each."""
    curve = result.curve
    if not len(curve.ts):
        return None
    rows = extremes(curve.equity, limit)
    notes = [_left_out(len(rows), len(curve.ts), "samples", "lowest and highest of each stretch")]
    series = [Series("equity", "equity", "line", curve.ts[rows], curve.equity[rows])]
    held = growth(result.marks, result.fills, curve.ts)
    if held is not None:
        level = held * curve.equity[0]
        shown = extremes(level, limit // 2)
        if np.ptp(level) <= HELD_SPAN_MAX * np.ptp(curve.equity):
            series.append(Series("buy and hold", "held", "line", curve.ts[shown], level[shown]))
        else:
            notes.append(
                f"Buy and hold ({percent(held[-1] - 1)}) moved too far to be in the picture."
            )
    panels = [Panel("Equity", result.currency, tuple(series))]
    if result.fall is not None:
        lost = -result.fall.fractions
        shown = extremes(lost, limit)
        under = Series("drawdown", "drawdown", "area", curve.ts[shown], lost[shown])
        panels.append(Panel("Drawdown", "%", (under,), scale=100.0, tall=False))
    start, end = int(curve.ts[0]), int(curve.ts[-1])
    return Figure(
        id, "Equity and drawdown", tuple(panels), start, end, " ".join(filter(None, notes))
    )


def trade_figure(result: Result, id: str, limit: int) -> Figure | None:  # noqa: A002 - HTML's word
    """Return closed trades as dots, at most `limit`: result against closing time."""
    closed = result.trips.take(result.trips.closed)
    change = closed.change
    sound = np.isfinite(change)
    trades, change = closed.take(sound), change[sound]
    if not len(change):
        return None
    rows = notable(change, limit)
    side, ts = trades.side[rows], trades.ts_close[rows]
    series = tuple(
        Series(name, name, "dots", ts[chosen], change[rows][chosen])
        for name, chosen in (("long", side > 0), ("short", side < 0))
        if chosen.any()
    )
    panel = Panel("Result of each trade", "%", series, scale=100.0)
    note = _left_out(len(rows), len(change), "trades", "the best, the worst, and others evenly")
    start = int(min(result.curve.ts[0], ts.min())) if len(result.curve.ts) else int(ts.min())
    end = int(max(result.curve.ts[-1], ts.max())) if len(result.curve.ts) else int(ts.max())
    return Figure(id, "Trades", (panel,), start, end, note)


def show(figure: Figure) -> Markup:
    """Return a figure as it stands in the page: legend, drawing, place for the script, note."""
    keys = [
        element("span", element("i", class_=f"key {series.role}"), series.name)
        for panel in figure.panels
        for series in panel.series
    ]
    return element(
        "figure",
        element("div", *keys, class_="keys"),
        draw(figure.panels, figure.start, figure.end),
        element("div", class_="plot", data_figure=figure.id),
        element("figcaption", figure.note) if figure.note else NOTHING,
        class_=f"chart panels{len(figure.panels)}",
    )


def data(figure: Figure) -> dict[str, object]:
    """Return a figure as JSON: times as whole milliseconds, each the distance to the one before."""
    return {
        "panels": [
            {
                "title": panel.title,
                "unit": panel.unit,
                "share": 1.0 if panel.tall else 0.4,
                "series": [_points(series, panel.scale) for series in panel.series],
            }
            for panel in figure.panels
        ]
    }


def _points(series: Series, scale: float) -> dict[str, object]:
    times: Integers = series.ts // MILLISECOND_NS
    return {
        "name": series.name,
        "role": series.role,
        "kind": series.kind,
        "t": np.diff(times, prepend=0).tolist(),
        "v": [_rounded(value * scale) for value in series.values.tolist()],
    }


def _rounded(value: float) -> float | None:
    if value != value:  # noqa: PLR0124 - NaN has no place in JSON
        return None
    short = float(f"{value:.{FIGURES}g}")
    return int(short) if short == int(short) and abs(short) < 1e15 else short


def _left_out(shown: int, size: int, what: str, rule: str) -> str:
    return "" if shown >= size else f"{count(shown)} of {count(size)} {what} drawn: {rule}."


def all_data(figures: Sequence[Figure]) -> dict[str, object]:
    """Return the data of several figures by their ids."""
    return {figure.id: data(figure) for figure in figures}
