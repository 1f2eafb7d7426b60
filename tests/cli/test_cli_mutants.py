"""`lockstep torture --mutants`: safeguards switched off one by one, and who finds each."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import PROGRAM, lockstep


def test_mutants_are_found_and_told_with_checker_and_seed(tmp_path: Path) -> None:
    names = "sent_before_written,silence_not_noticed"
    done = lockstep(
        "torture",
        *("--mutant", names, "--seeds", "2", "--json"),
        folder=tmp_path,
        LOCKSTEP_CORE="plain",
    )
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["survived"] == 0
    assert [each["checker"] for each in found["mutants"]] == ["durable_first", "hears_the_market"]


def test_mutant_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    done = lockstep("torture", "--mutant", "typo", folder=tmp_path, LOCKSTEP_CORE="plain")
    assert done.code == 2
    assert "there is no mutant 'typo'" in done.err


@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_every_mutant_is_found(tmp_path: Path) -> None:
    command = [*PROGRAM, "torture", "--mutants", "--quiet"]
    environ = {**os.environ, "LOCKSTEP_CORE": "plain"}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()
