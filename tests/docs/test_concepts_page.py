"""The page of concepts names every status of an order and every column of a run's tables.

Its examples are run with those of all pages.
"""

import re

import pytest

from backtest.results.tables import SCHEMAS, Schema
from lockstep import Status
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "concepts.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def test_every_status_is_explained_once() -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \|", section("The life of an order"), re.MULTILINE)
    words = re.findall(r"`(\w+)`", " ".join(rows))
    assert sorted(words) == sorted(status.value for status in Status)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_columns_of_a_table_are_those_of_its_schema(schema: Schema) -> None:
    row = re.search(rf"^\| `{schema.name}` \| (.*) \|$", PAGE, re.MULTILINE)
    assert row, schema.name
    assert re.findall(r"`(\w+)`", row[1]) == [column.name for column in schema.columns]
