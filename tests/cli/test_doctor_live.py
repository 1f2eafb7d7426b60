"""`lockstep doctor` before a bot goes live: what it would meet there, and no secret shown."""

import asyncio
import json
from pathlib import Path

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


async def test_missing_secret_and_closed_port_fail_and_an_old_lock_does_not(tmp_path: Path) -> None:
    state = tmp_path / "state" / "early"
    state.mkdir(parents=True)
    (state / "lock").touch()
    code, found = await checked(tmp_path, 9)
    assert code == 1
    assert (found["secret demo.key"], found["network DEMO"]) == ("failed", "failed")
    assert found["state lock"] == "ok"  # nobody holds it
