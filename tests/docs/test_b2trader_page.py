"""The page of B2TRADER names every choice that its documentation does not settle."""

import re

from connectors.b2trader.names import TABLE, Mark
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "venues" / "b2trader.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| (inferred|third party)", PAGE, re.MULTILINE)


def test_every_uncertain_name_is_listed_with_its_value_and_source() -> None:
    uncertain = {
        (key, name.value, name.mark.value)
        for key, name in TABLE.items()
        if name.mark is not Mark.SEEN
    }
    assert set(ROWS) == uncertain
