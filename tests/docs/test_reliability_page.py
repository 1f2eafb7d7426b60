"""The page about reliability lists every fault and every invariant, as the code has them."""

import ast
import re
from itertools import pairwise

from connectors.simulation.faults import Fault
from lockstep.torture.checkers import CHECKS
from lockstep.torture.mutants import MUTANTS
from tests.house.sources import ROOT

PAGE = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")


def told() -> dict[str, str]:
    """Return what the source says below each fault."""
    tree = ast.parse((ROOT / "connectors/simulation/faults.py").read_text(encoding="utf-8"))
    body = next(
        each.body for each in tree.body if isinstance(each, ast.ClassDef) and each.name == "Fault"
    )
    found = {}
    for member, words in pairwise(body[1:]):
        if isinstance(member, ast.Assign) and isinstance(words, ast.Expr):
            found[ast.literal_eval(member.value)] = ast.literal_eval(words.value)
    return found


def test_table_of_faults_is_made_of_the_code() -> None:
    about = told()
    rows = "".join(f"| `{fault.value}` | {about[fault.value]} |\n" for fault in Fault)
    assert "| fault | what happens |\n|---|---|\n" + rows in PAGE


def test_every_invariant_is_listed() -> None:
    table = PAGE.split("## What must hold")[1].split("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \| ", table, re.MULTILINE)
    assert listed == [check.__name__ for check in CHECKS]


def test_every_mutant_is_listed_with_its_safeguard() -> None:
    table = PAGE.split("## Mutation score")[1]
    listed = re.findall(r"^\| `(\w+)` \| (.+?) \| (\w+) \|", table, re.MULTILINE)
    assert listed == [(each.name, each.safeguard, each.venue) for each in MUTANTS]
