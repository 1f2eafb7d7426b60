"""The page about metrics and the code name the same metrics, in the same order and units."""

import re
from pathlib import Path

from backtest.results.definitions import DEFINITIONS
from backtest.results.ratios import ANNUALISE_DAYS_MIN, RETURNS_MIN

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| \S", re.MULTILINE)


def test_every_metric_is_described_once_with_its_unit() -> None:
    described = ROW.findall(PAGE)
    assert described == [(definition.name, definition.unit) for definition in DEFINITIONS]


def test_every_group_has_its_section() -> None:
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    for section in sections:
        title = section.partition("\n")[0]
        names = [name for name, _ in ROW.findall(section)]
        assert names == [d.name for d in DEFINITIONS if d.group == title]


def test_limits_are_those_of_the_code() -> None:
    assert f"n/a under {ANNUALISE_DAYS_MIN} days" in PAGE
    assert "need ten daily returns" in PAGE
    assert RETURNS_MIN == 10


def test_every_source_is_referred_to() -> None:
    numbers = re.findall(r"^(\d)\. ", PAGE, re.MULTILINE)
    body = PAGE.partition("## Sources")[0]
    assert numbers
    assert [number for number in numbers if f"[{number}]" not in body] == []
