"""The compiled core and the plain one come to the same digest, in a process each."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.native.selection import in_use
from tests.house.sources import ROOT

SCRIPT = """
import sys
from pathlib import Path
from tests.runs import small, wakeful

folder = Path(sys.argv[1])
small.write_catalogue(folder / "small")
wakeful.write_ticks(folder / "ticks", 300, 0.3, 7)
wakeful.write_books(folder / "books", 300, 0.3, 7)
friction = (*small.FRICTION, *small.DELAYS)
print(small.run(folder / "small", settings=friction).digest)
chosen = [("DAX.SIM", "mid", True), ("SPY.SIM", "touch", False), ("EURUSD.SIM", "event", False)]
for lines in ((), wakeful.LIMITS, (*wakeful.LIMITS, *wakeful.LOSSES, *small.DELAYS)):
    print(small.run(folder / "ticks", wakeful.wakeful(chosen, 7), lines).digest)
chosen = [("DAX.SIM", "mid", True), ("SPY.SIM", "touch", False)]
for calm in (True, False):
    strategies = wakeful.wakeful_books(chosen, 7, calm=calm)
    print(small.run(folder / "books", strategies).digest, strategies[1][2].heard[-1])
"""


def digests(folder: Path, core: str) -> list[str]:
    folder.mkdir()
    environment = {**os.environ, "LOCKSTEP_CORE": core}
    command = [sys.executable, "-c", SCRIPT, str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.skipif(not in_use(), reason="the core is not compiled here, or plain was asked for")
def test_both_cores_decide_the_same(tmp_path: Path) -> None:
    compiled = digests(tmp_path / "one", "compiled")
    assert len(compiled) == 6
    assert digests(tmp_path / "two", "plain") == compiled
