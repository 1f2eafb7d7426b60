"""Lay out the figures of a comparison as plain text.

It measures and judges nothing.
"""

from collections.abc import Mapping, Sequence

from benchmarks.contract import Answer, Result
from benchmarks.limits import Limit, Verdict

HEADINGS = (
    "engine",
    "events",
    "run s",
    "events/s",
    "process s",
    "peak MB",
    "x floor",
    "x Lockstep",
    "answer",
)


def comparison(
    medians: Mapping[str, Result], right: Mapping[str, Answer], python: Mapping[str, bool]
) -> str:
    """Return the table of one work: a row for each engine, in the order given.

    `x floor` and `x Lockstep` are the time for each event divided by that of the replay floor and
    of Lockstep. A star marks engines whose strategy is not Python code called on each event.
    """
    rows = [
        _row(name, result, medians, right.get(name), starred=not python[name])
        for name, result in medians.items()
    ]
    return aligned([HEADINGS, *rows])


def _row(
    name: str, result: Result, medians: Mapping[str, Result], right: Answer | None, *, starred: bool
) -> tuple[str, ...]:
    return (
        result.engine + (" *" if starred else ""),
        f"{result.n:,}",
        f"{result.run_s:.3f}",
        f"{result.n / result.run_s:,.0f}",
        f"{result.proc_s:.2f}",
        f"{result.rss_mb:.0f}",
        _times(result, medians.get("floor")),
        _times(result, medians.get("lockstep")),
        "-" if name == "floor" or right is None else _agreement(result.answer, right),
    )


def _agreement(answer: Answer, right: Answer) -> str:
    return "; ".join(answer.differs_from(right)) or "right"


def _times(result: Result, other: Result | None) -> str:
    return "-" if other is None else f"{result.ns_per_event / other.ns_per_event:.2f}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines, the first and the last column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    last = len(widths) - 1
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place in (0, last) else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def verdict_line(verdict: Verdict) -> str:
    """Return one judged ratio as a line."""
    word = "holds" if verdict.holds else "BROKEN"
    limit = verdict.limit
    return f"{word}: {limit_words(limit)} = {verdict.ratio:.3f}, limit {limit.at_most:.3f}"


def limit_words(limit: Limit) -> str:
    """Return what a limit compares, in words."""
    return f"work {limit.work}, {limit.measure} time, Lockstep / {limit.against}"
