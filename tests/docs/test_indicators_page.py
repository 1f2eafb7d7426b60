"""The table on the page about indicators says what the code says, of every indicator.

The examples on the page are run with those of all pages.
"""

import inspect
import re
import typing
from math import isqrt
from typing import Any

import pytest

from lockstep import indicators
from lockstep.indicators import Indicator
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| `(?P<name>\w+)(?P<parameters>\(.*?\))` \| (?P<input>[^|]+) \| (?P<output>[^|]+)"
    r" \| `(?P<warmup>[^|]+)` \| (?P<source>[^|]+) \|$",
    re.MULTILINE,
)
ROWS = {row["name"]: row for row in ROW.finditer(PAGE)}
INPUTS = {("value",): "value", ("bar",): "bar", ("first", "second"): "two values"}


def kind(name: str) -> Any:  # noqa: ANN401 - a class of any of the kinds
    return getattr(indicators, name)


def offered() -> set[str]:
    """Return the names of our own indicators, without the adapters of others."""
    names = {name for name in indicators.__all__ if issubclass(kind(name), Indicator)}
    return {name for name in names if kind(name).__module__ != "lockstep.indicators.adapters"}


def test_every_indicator_has_one_row() -> None:
    assert len(ROW.findall(PAGE)) == len(ROWS)
    assert set(ROWS) == offered() - {"Indicator"}


@pytest.mark.parametrize("name", ROWS)
def test_parameters_are_those_of_the_class(name: str) -> None:
    signature = inspect.signature(kind(name))
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    assert ROWS[name]["parameters"] == str(inspect.Signature(bare))


@pytest.mark.parametrize("name", ROWS)
def test_input_and_output_are_those_of_update(name: str) -> None:
    update = inspect.signature(kind(name).update)
    assert ROWS[name]["input"] == INPUTS[tuple(update.parameters)[1:]]
    output = (typing.get_args(update.return_annotation) or (update.return_annotation,))[0]
    lines = getattr(output, "_fields", ())
    shown = f"`{output.__name__}`: {', '.join(lines)}" if lines else "number"
    assert ROWS[name]["output"] == shown


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("period", [7, 16])
def test_warmup_is_that_of_the_class(name: str, period: int) -> None:
    takes_period = "period" in inspect.signature(kind(name)).parameters  # then it comes first
    made = kind(name)(period) if takes_period else kind(name)()
    words = {part: getattr(made, part) for part in dir(made) if not part.startswith("_")}
    assert eval(ROWS[name]["warmup"], {"isqrt": isqrt}, words) == made.warmup


@pytest.mark.parametrize("name", ROWS)
def test_source_is_named_in_the_docstring(name: str) -> None:
    source = (inspect.getdoc(kind(name)) or "").partition("Source: ")[2]
    assert [word for word in re.findall(r"\w+", ROWS[name]["source"]) if word not in source] == []
