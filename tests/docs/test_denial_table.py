"""The page about the gate explains every reason of a denial and names every limit.

Its example is run with those of all pages.
"""

import re

from engine.config.risk import LimitsConfig
from engine.model.denials import EXPLAINED
from lockstep import DenialReason
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")


def test_every_reason_is_explained_in_the_order_of_the_code() -> None:
    assert list(EXPLAINED) == list(DenialReason)


def test_table_of_reasons_is_made_of_the_code() -> None:
    head = "| reason | what was wrong | what to do |\n|---|---|---|\n"
    rows = [f"| `{reason}` | {what} | {mend} |\n" for reason, (what, mend) in EXPLAINED.items()]
    assert head + "".join(rows) in PAGE


def test_every_limit_is_named() -> None:
    assert set(LimitsConfig.__struct_fields__) <= set(re.findall(r"`(\w+)`", PAGE))
