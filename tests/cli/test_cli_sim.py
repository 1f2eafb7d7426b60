"""`lockstep sim`: what it answers, and what it refuses."""

import json
from pathlib import Path

import pytest

from tests.cli.program import lockstep


def test_simulator_says_where_it_can_be_reached(tmp_path: Path) -> None:
    done = lockstep("sim", "demo", "--seconds", "0", "--json", folder=tmp_path)
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["venue"] == "DEMO"
    assert told["http"].startswith("http://127.0.0.1:")
    assert told["truth"] == told["http"] + "/_control/truth"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("nowhere",), "not installed"),
        (("demo", "--recording", "X.SIM"), "--catalog"),
        (("demo", "--faults", "bad weather"), "cannot be read"),
        (("demo", "--certificate", "gone.pem"), "gone.pem"),
        (("demo", "--quirk", "echo"), "NAME=VALUE"),
    ],
)
def test_what_cannot_be_served_is_a_usage_error(
    arguments: tuple[str, ...], word: str, tmp_path: Path
) -> None:
    done = lockstep("sim", *arguments, "--seconds", "0", folder=tmp_path)
    assert done.code == 2
    assert word in done.err
    assert len(done.err.strip().splitlines()) == 1
