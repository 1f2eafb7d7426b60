"""The page about the gate explains every reason of a denial, once and in the order of the code.

Its example is run with those of all pages.
"""

import re

from engine.config.sections import LimitsConfig
from lockstep import DenialReason
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| (\S.*) \| (\S.*) \|$", re.MULTILINE)


def test_every_reason_has_its_row_in_order() -> None:
    assert [reason for reason, _, _ in ROW.findall(PAGE)] == [each.value for each in DenialReason]


def test_every_limit_is_named() -> None:
    named = set(re.findall(r"`((?:max|min)_\w+)`", PAGE))
    assert named >= set(LimitsConfig.__struct_fields__)
