"""The page about operations holds every kind of alert, every figure and every steering command."""

import re

from engine.config.operation import ALERTS
from engine.control.desk import Action
from engine.telemetry.exposition import exposition
from engine.telemetry.meters import Meters
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_kind_of_alert_is_on_the_page() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (info|warning|critical) \| (.+) \|$", PAGE, re.MULTILINE)
    assert {kind: (level, text) for kind, level, text in rows} == ALERTS


def test_every_figure_is_on_the_page() -> None:
    text = exposition(Meters(), 0).decode()
    figures = set(re.findall(r"^# TYPE lockstep_(\w+)", text, re.MULTILINE))
    assert {name for name in figures if f"`{name}`" not in PAGE} == set()


def test_every_action_is_on_the_page() -> None:
    assert {action for action in Action if f"`lockstep {action}" not in PAGE} == set()
