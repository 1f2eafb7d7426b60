"""cTrader's simulator as a process of its own, and `lockstep data download` over its TLS."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from connectors.ctrader.simulator.listing import account_number
from tests.cli.program import PROGRAM, lockstep

CONFIG = """
[connectors.ctrader]
client_id = "simulated"
client_secret = {{ env = "LOCKSTEP_SIMULATED" }}
refresh_token = {{ file = "token" }}
demo_url = "{demo_url}"
token_url = "{http}/apps/token"
authority = "{authority}"

[connectors.ctrader.accounts.netting]
id = {number}
"""


@contextmanager
def simulator(folder: Path, *arguments: str) -> Iterator[dict[str, str]]:
    """Serve the simulator until the end of the block; give what it says of itself."""
    command = [*PROGRAM, "sim", "ctrader", "--json", "--seconds", "50", *arguments]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def configure(folder: Path, served: dict[str, str], demo_url: str) -> None:
    token = folder / "token"
    token.write_text("simulated\n")
    token.chmod(0o600)
    (folder / "bot.toml").write_text(
        CONFIG.format(
            demo_url=demo_url,
            http=served["http"],
            authority=served["authority"],
            number=account_number("netting"),
        )
    )


def download(folder: Path) -> tuple[int, str]:
    day = ["--start", "2026-03-02", "--end", "2026-03-02"]
    arguments = ["--instrument", "EURUSD.CTRADER", "--bar", "1m@bid", *day]
    done = lockstep(
        *("data", "download", "ctrader", *arguments, "--config", "bot.toml", "--catalog", "data"),
        folder=folder,
        LOCKSTEP_SIMULATED="simulated",
    )
    return done.code, done.out + done.err


@pytest.mark.parametrize("scheme", ["tls", "wss"])
def test_history_comes_over_tls_from_a_simulator_that_is_trusted(
    tmp_path: Path, scheme: str
) -> None:
    with simulator(tmp_path) as served:
        assert served["tcp"].startswith("tls://localhost:")
        assert Path(served["authority"]).parent == tmp_path / "state/simulators/tls"
        configure(tmp_path, served, served["tcp"].replace("tls:", f"{scheme}:"))
        code, said = download(tmp_path)
    assert code == 0, said
    assert "1,440 rows, 1,440 new" in said
    assert (tmp_path / "token").read_text() == "refresh-1\n"


def test_plain_simulator_makes_no_certificate(tmp_path: Path) -> None:
    with simulator(tmp_path, "--plain") as served:
        assert served["tcp"].startswith("tcp://127.0.0.1:")
        assert "authority" not in served
    assert not (tmp_path / "state").exists()


def test_quirk_of_the_command_line_reaches_the_venue(tmp_path: Path) -> None:
    with simulator(tmp_path, "--quirk", "scope=view") as served:
        configure(tmp_path, served, served["tcp"])
        code, said = download(tmp_path)
    assert code != 0
    assert "the token only views" in said


def test_money_is_paid_in_by_hand(tmp_path: Path) -> None:
    with simulator(tmp_path, "--plain") as served:
        body = json.dumps({"account": "netting", "amount": 50.5}).encode()
        paid = Request(f"{served['http']}/_control/cash", data=body, method="POST")
        with urlopen(paid, timeout=10) as answer:
            assert answer.status == 200
        with urlopen(served["truth"], timeout=10) as answer:
            truth = json.loads(answer.read())
    assert truth["netting"]["balance"]["total"] == 100_050.5
