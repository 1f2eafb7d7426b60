"""The page about the configuration holds every key, and its examples pass `config check`.

The page is written by hand; only its tables are compared with the sections themselves.
"""

import re
from pathlib import Path

import pytest

from engine.config import inspect, keys
from engine.config.schema import Key
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `[^`]+` \|.*\|$", re.MULTILINE)
SAME_AS = {
    "exchange.instruments.<name>.": "exchange.",
    "risk.account.<name>.": "risk.firm.",
    "risk.strategy.<name>.": "risk.firm.",
    "risk.instrument.<name>.": "risk.firm.",
    "rates.strategy.<name>.": "rates.policy.",
}
"""Tables that hold the keys of another, and are described there."""


def row(key: Key) -> str:
    """Return the line of the page that describes a key."""
    default = f"`{key.default}`" if re.match(r'["\[{\d]|true|false', key.default) else key.default
    cells = (f"`{key.path}`", key.takes, default, key.meaning)
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def twin(key: Key) -> str | None:
    for table, other in SAME_AS.items():
        if key.path.startswith(table):
            return other + key.path.removeprefix(table)
    return None


def test_every_key_is_on_the_page_in_order_and_as_it_is() -> None:
    assert ROW.findall(PAGE) == [row(key) for key in keys() if twin(key) is None]


def test_tables_left_out_hold_what_the_page_says() -> None:
    known = {key.path: key for key in keys()}
    for key in known.values():
        other = twin(key)
        if other is not None:
            assert row(key) == row(known[other]).replace(f"`{other}`", f"`{key.path}`")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "configs").glob("*.toml")), ids=lambda path: path.name
)
def test_example_can_be_loaded(path: Path) -> None:
    assert inspect(path, (), {})[1] == ()
