"""The page about connectors names every fault that a simulator can play."""

import re

from connectors.simulation.faults import AT_VENUES
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")


def test_table_of_faults_is_that_of_the_code() -> None:
    table = PAGE[PAGE.index("| fault | what happens |") :]
    first = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    named = [name for cell in first for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(named) == sorted(AT_VENUES)
