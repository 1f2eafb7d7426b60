"""The page about controls names tests that exist, and every reason of risk."""

import ast
import re

import pytest

from engine.model.reports import DenialReason
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "risk.md").read_text(encoding="utf-8")
TESTS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| (\(\w\)|\d+\()", line)]
ORDINARY = {
    "warming_up",
    "strategy_stopped",
    "order_invalid",
    "open_orders",
    "order_closed",
    "request_in_flight",
    "nothing_to_reduce",
    "already_sent",
    "rate_deadline",
    "rate_queue_full",
    "superseded",
    "withdrawn",
    "not_supported",
    "storage",
}
"""Reasons that no paragraph of law asks for."""


@pytest.mark.parametrize(("path", "name"), sorted(set(TESTS)))
def test_named_test_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    defined = {
        each.name for each in tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef)
    } | {
        target.id
        for each in tree.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    assert name in defined


def test_every_requirement_names_a_test() -> None:
    assert len(ROWS) >= 20
    assert [row for row in ROWS if "`tests/" not in row.split("|")[3]] == []


def test_every_reason_of_risk_is_on_the_page() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE))
    assert {reason.value for reason in DenialReason} - named - ORDINARY == set()
