"""The vendor's own Python client against the simulator, over TLS.

It has an environment of its own, for it needs a protobuf of its time; `make interop` makes it.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from connectors.ctrader.simulator.listing import account_number

pytestmark = pytest.mark.interop

ROOT = Path(__file__).resolve().parents[2]
CLIENT = Path(sys.prefix) / "ctrader-client/bin/python"
STEPS = [
    "token",
    "application",
    "accounts",
    "account",
    "symbols",
    "spots",
    "market order",
    "limit order",
    "cancel",
    "reconcile",
]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Serve the simulator in a process of its own and return its addresses."""
    command = [sys.executable, "-m", "lockstep", "sim", "ctrader", "--json", "--speed", "5"]
    command += ["--state", str(tmp_path), "--seconds", "100"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.terminate()


def test_vendors_client_completes_a_session(served: dict[str, str]) -> None:
    if not CLIENT.is_file():
        pytest.skip("the vendor's client is not installed; make interop does that")
    place = urlsplit(served["tcp"])
    assert place.scheme == "tls"
    command = [CLIENT, Path(__file__).with_name("ctrader_client.py")]
    words = [place.hostname, place.port, f"{served['http']}/apps/token", account_number("hedged")]
    done = subprocess.run(
        [*map(str, command), *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.stdout.splitlines() == STEPS, done.stdout + done.stderr
