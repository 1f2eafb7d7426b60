"""An operator looks at a running bot and steers it, over its socket and with the real commands."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from engine.gate.latch_file import LatchFile
from engine.journal.disk import SystemDisk
from engine.journal.reader import read_run
from engine.model.risk import CancelAll, LatchCleared, LatchSet
from lockstep.live.replaying import replay_run
from tests.house.sources import ROOT
from tests.live.demo_bot import runs_of, start, trading, venue


async def ask(folder: Path, *arguments: str) -> tuple[int, Any]:
    """Run a command with --json; return its exit code and its answer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "lockstep",
        *(*arguments, "--json"),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await process.communicate()
    code = process.returncode
    assert code is not None
    return code, json.loads(out)


async def test_a_running_bot_is_seen_and_steered(tmp_path: Path) -> None:
    async with venue(tmp_path, seed=5) as broker:
        bot = await start(tmp_path, "--live", "--yes")
        await trading(broker, 5, bot)
        code, status = await ask(tmp_path, "status")
        assert (code, status["state"], status["mode"]) == (0, "running", "live")
        assert {link["state"] for link in status["links"]} == {"ready"}
        assert (await ask(tmp_path, "positions"))[0] == 0
        assert (await ask(tmp_path, "pause", "--reason", "lunch"))[0] == 0
        code, status = await ask(tmp_path, "status")
        assert (code, status["risk"][0]["state"]) == (1, "reducing")
        assert (await ask(tmp_path, "cancel-all"))[0] == 0
        assert (await ask(tmp_path, "resume"))[0] == 0
        assert (await ask(tmp_path, "kill", "--strategy", "nobody"))[0] == 2
        assert (await ask(tmp_path, "kill", "--reason", "enough"))[0] == 0
        assert (await ask(tmp_path, "orders"))[1]["orders"] == []
        assert (await ask(tmp_path, "stop"))[0] == 0
        assert await asyncio.wait_for(bot.wait(), 20) == 4  # halted by risk
    check(tmp_path)


def check(folder: Path) -> None:
    """Find what operators did in the journal and in its replay; a kill outlives the run."""
    (run,) = runs_of(folder)
    bodies = [entry.body for entry in read_run(SystemDisk(), run, market=False)]
    asked = [each for each in bodies if isinstance(each, LatchSet | LatchCleared | CancelAll)]
    told = [each.reason for each in asked]
    assert told[:4] == ["lunch", "canceled by an operator", "resumed", "enough"]
    assert replay_run(run).difference is None
    kept = LatchFile(SystemDisk(), folder / "state/tireless/latches.json").load()
    assert [each.reason for each in kept if isinstance(each, LatchSet)] == ["enough"]
