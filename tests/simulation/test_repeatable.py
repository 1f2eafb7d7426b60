"""One seed gives the same bytes at the same virtual times, whatever salts a process has."""

import os
import subprocess
import sys

from tests.house.sources import ROOT

PROGRAM = """
from connectors.demo.package import PACKAGE
from lockstep.conformance import cards_for, play
cards = {str(card): card for card in cards_for(PACKAGE)}
print(play(PACKAGE, cards["storm_of_faults_ends_in_agreement"], seed=5))
"""


def started(salt: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONHASHSEED": salt, "TZ": f"UTC{salt}"}
    command = [sys.executable, "-c", PROGRAM]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def test_storm_sends_the_same_bytes_in_every_process() -> None:
    running = [started(salt) for salt in ("1", "2")]
    first, second = (process.communicate(timeout=60)[0].split()[-1] for process in running)
    assert len(first) == 16
    assert first == second
