"""The page about rate limits shows every shipped limit, as it is shipped."""

import re

from connectors.limits import LIMITS
from engine.gate.rates import FixedWindow, RateRule
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "rate-limits.md").read_text(encoding="utf-8")
ROW = re.compile(rf"^\| (?:{'|'.join(LIMITS)}) \|.*\|$", re.MULTILINE)


def spelled(ns: int) -> str:
    return f"{ns // 1_000_000_000} s" if ns % 1_000_000_000 == 0 else f"{ns // 1_000_000} ms"


def row(venue: str, rule: RateRule) -> str:
    shape = "fixed" if isinstance(rule.window, FixedWindow) else "sliding"
    cells = (
        venue,
        rule.name,
        rule.window.limit,
        f"{spelled(rule.window.window_ns)}, {shape}",
        rule.per.value,
        rule.cancel_reserve,
        rule.exit_reserve,
        rule.automatic_share,
        spelled(rule.jitter_ns),
        f"{rule.mark.value}: {rule.source}",
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def costs(venue: str) -> list[str]:
    return [
        f"| {venue} | {kind} | "
        + ", ".join(f"{count} {endpoint}" for endpoint, count in requests.items())
        + " |"
        for kind, requests in LIMITS[venue].costs.items()
    ]


def test_every_limit_and_cost_is_on_the_page_as_it_is_shipped() -> None:
    rules = [row(venue, rule) for venue, rates in LIMITS.items() for rule in rates.rules]
    assert ROW.findall(PAGE) == rules + [line for venue in LIMITS for line in costs(venue)]
