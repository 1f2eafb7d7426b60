"""`lockstep doctor` before a bot goes live: what it would meet there, and no secret shown."""

import asyncio
import json
import os
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from lockstep.cli.checks import FAILED, PASSED, WARNED
from lockstep.cli.clock_checks import judged, since_last_run
from tests.cli.program import lockstep

CONFIG = """
[run]
name = "early"
[[accounts]]
id = "main"
venue = "DEMO"
balance = 1_000
[[strategies]]
class = "strategies.quote_maker:QuoteMaker"
[strategies.parameters]
instrument = "ACME.DEMO"
[connectors.demo]
http = "http://127.0.0.1:{port}"
websocket = "ws://127.0.0.1:{port}"
key = {{ env = "LOCKSTEP_DEMO_KEY" }}
"""


async def checked(folder: Path, port: int, **environ: str) -> tuple[int, dict[str, str]]:
    """Return the exit code and the state of each check by its name; no secret is printed."""
    (folder / "bot.toml").write_text(CONFIG.format(port=port))
    loop = asyncio.get_running_loop()
    done = await loop.run_in_executor(
        None, lambda: lockstep("doctor", "bot.toml", "--json", folder=folder, **environ)
    )
    assert "canary" not in done.out + done.err
    return done.code, {check["name"]: check["state"] for check in json.loads(done.out)["checks"]}


async def test_what_a_bot_would_meet_is_looked_at(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    code, found = await checked(tmp_path, port, LOCKSTEP_DEMO_KEY="canary")
    server.close()
    assert code == 0
    assert (found["secret demo.key"], found["network DEMO"], found["state lock"]) == ("ok",) * 3
    assert found["limits main"] == "warning"
    assert "disk" in found
    assert "catalogue" not in found


async def dated(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, shift_s: int) -> None:
    """Answer a request with nothing but a date."""
    if await reader.readline():
        date = formatdate(time.time() + shift_s, usegmt=True)
        writer.write(f"HTTP/1.1 404 Not Found\r\nDate: {date}\r\n\r\n".encode())
    writer.close()


@pytest.mark.parametrize(("shift_s", "state"), [(0, "ok"), (-5, "warning"), (5, "warning")])
async def test_the_clock_is_held_against_that_of_the_venues_server(
    tmp_path: Path, shift_s: int, state: str
) -> None:
    server = await asyncio.start_server(lambda r, w: dated(r, w, shift_s), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    _, found = await checked(tmp_path, port, LOCKSTEP_DEMO_KEY="canary")
    server.close()
    assert found["clock DEMO"] == state
    assert found["clock sync"] in ("ok", "warning")


@pytest.mark.parametrize(("shift_s", "state"), [(-60, PASSED), (60, FAILED)])
def test_a_clock_behind_the_last_run_was_set_back(tmp_path: Path, shift_s: int, state: str) -> None:
    assert since_last_run(tmp_path).state == PASSED
    segment = tmp_path / "run" / "journal" / "000001.segment"
    segment.parent.mkdir(parents=True)
    segment.touch()
    os.utime(segment, (time.time(), time.time() + shift_s))
    (tmp_path / "identity.json").write_text(
        json.dumps({"bot": "abcd", "epoch": 1, "run": str(tmp_path / "run")})
    )
    assert since_last_run(tmp_path).state == state


def test_a_kernel_says_whether_its_clock_is_kept_right() -> None:
    assert judged(0x2001, 12_000).state == PASSED
    assert judged(0x0041, 16_000_000).state == WARNED


async def test_missing_secret_and_closed_port_fail_and_an_old_lock_does_not(tmp_path: Path) -> None:
    state = tmp_path / "state" / "early"
    state.mkdir(parents=True)
    (state / "lock").touch()
    code, found = await checked(tmp_path, 9)
    assert code == 1
    assert (found["secret demo.key"], found["network DEMO"]) == ("failed", "failed")
    assert found["state lock"] == "ok"  # nobody holds it
