"""Draw lines, areas and dots as inline SVG with axes that stay readable at every width.

Needs no script and no network; chooses neither colours (the style sheet does) nor data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from backtest.results.equity import Floats, Integers
from backtest.results.markup import Markup, element
from backtest.results.scales import time_ticks, value_label, value_ticks

WIDTH, HEIGHT = 1_000, 300
"""The drawing's own units; it is stretched to the place it gets, its lines keep their width."""

EDGE = 0.03

Kind = Literal["line", "area", "dots"]


@dataclass(frozen=True, slots=True)
class Series:
    """Hold points to draw: times in nanoseconds UTC, values, and the role that gives the colour."""

    name: str
    role: str
    kind: Kind
    ts: Integers
    values: Floats


@dataclass(frozen=True, slots=True)
class Panel:
    """Hold series that share an axis; `unit` is shown at the axis, `scale` multiplies its labels.

    An area is filled to zero.
    """

    title: str
    unit: str
    series: tuple[Series, ...]
    scale: float = 1.0
    tall: bool = True


def draw(panels: Sequence[Panel], start: int, end: int) -> Markup:
    """Return panels one above another over the same time, the times under the last."""
    shown = [_panel(panel, start, end, last=panel is panels[-1]) for panel in panels]
    return element("div", *shown, class_="drawing")


def _panel(panel: Panel, start: int, end: int, *, last: bool) -> Markup:
    low, high = _range(panel)
    span = max(end - start, 1)
    scaled = value_ticks(low * panel.scale, high * panel.scale, 5 if panel.tall else 4)
    ticks = [(value, _up(value / panel.scale, low, high)) for value in scaled]
    times = [(label, (ts - start) / span) for ts, label in time_ticks(start, end)]
    lines = [_grid(f"M0 {HEIGHT * (1 - up):.1f}H{WIDTH}") for _, up in ticks]
    lines += [_grid(f"M{WIDTH * share:.1f} 0V{HEIGHT}") for _, share in times]
    shapes = [_shape(series, start, span, low, high) for series in panel.series]
    svg = element(
        "svg",
        *lines,
        *shapes,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"{panel.title}: {', '.join(series.name for series in panel.series)}",
    )
    parts = [
        element("div", panel.title, element("span", panel.unit), class_="axis"),
        element("div", *(_y_label(value, up, scaled) for value, up in ticks), class_="y"),
        element("div", svg, class_="plane tall" if panel.tall else "plane"),
    ]
    if last:
        labels = [_x_label(label, at) for label, at in times]
        parts.append(element("div", *labels, class_="x"))
    return element("div", *parts, class_="panel")


def _range(panel: Panel) -> tuple[float, float]:
    """Return the lowest and highest value with a margin, and zero unless all are lines."""
    values = np.concatenate([series.values for series in panel.series] or [np.zeros(1)])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    if any(series.kind != "line" for series in panel.series):
        low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.04 * (high - low) or abs(high) * 0.01 or 0.01
    floor = low if low == 0 else low - margin
    return floor, high if high == 0 and low < 0 else high + margin


def _shape(series: Series, start: int, span: int, low: float, high: float) -> Markup:
    x = WIDTH * ((series.ts - start) / span)  # divided first: nanoseconds are near the end of int64
    y = HEIGHT * (1 - (series.values - low) / (high - low))
    good = np.isfinite(y)
    points = [f"{a:.1f} {b:.1f}" for a, b in zip(x[good].tolist(), y[good].tolist(), strict=True)]
    if not points:
        return Markup("")
    if series.kind == "dots":
        return element("path", d="".join(f"M{at}h0" for at in points), class_=f"dots {series.role}")
    line = "M" + "L".join(points)
    if len(points) == 1:
        line += f"H{WIDTH}"
    shapes = [element("path", d=line, class_=f"line {series.role}")]
    if series.kind == "area":
        zero = HEIGHT * _up(0.0, low, high, from_top=True)
        closed = f"{line}V{zero:.1f}H{points[0].split()[0]}Z"
        shapes.insert(0, element("path", d=closed, class_=f"area {series.role}"))
    return Markup.join_all(shapes)


def _up(value: float, low: float, high: float, *, from_top: bool = False) -> float:
    """Return how far up the plane a value is, from 0 to 1 (or down, from its top)."""
    share = (value - low) / (high - low)
    return 1 - share if from_top else share


def _grid(path: str) -> Markup:
    return element("path", d=path, class_="grid")


def _y_label(value: float, up: float, ticks: tuple[float, ...]) -> Markup:
    return element("span", value_label(value, ticks), style=f"top:{100 * (1 - up):.2f}%")


def _x_label(label: str, at: float) -> Markup:
    """Return a label below its line, but within the drawing where the line is at its edge."""
    inside = "first" if at < EDGE else "final" if at > 1 - EDGE else ""
    return element("span", label, style=f"left:{100 * at:.2f}%", class_=inside)
