"""A secret with a face of its own turns up nowhere: no log, journal, error, dump or argument."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from connectors.demo.simulator import rest
from connectors.simulation.tokens import TokenStore
from tests.house.sources import ROOT
from tests.live.demo_bot import runs_of, trading, venue

CANARY = "c4nary-7f3a9e51d2"


async def lockstep(folder: Path, key: str, *arguments: str) -> asyncio.subprocess.Process:
    """Start a command whose every word goes to output.log, at the level that says most."""
    with (folder / "output.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-X",
            "faulthandler",
            "-m",
            "lockstep",
            *arguments,
            cwd=folder,
            env={**os.environ, "LOCKSTEP_DEMO_KEY": key, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
        )


def leaks(folder: Path) -> list[Path]:
    """Return the files that hold the canary; segments must be among those looked at."""
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".segment" for path in written)
    return [path for path in written if CANARY.encode() in path.read_bytes()]


def arguments_of(process: asyncio.subprocess.Process) -> str:
    return Path(f"/proc/{process.pid}/cmdline").read_text()


async def ended(folder: Path, key: str, *arguments: str) -> int:
    return await (await lockstep(folder, key, *arguments)).wait()


async def test_a_secret_turns_up_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "SIMULATED_SECRET", CANARY)
    monkeypatch.setattr(TokenStore.__init__, "__defaults__", (f"{CANARY}-token",))
    debug = "--live", "--yes", "--set", "log.level=debug", "--set", "log.console=json"
    async with venue(tmp_path, seed=12) as broker:
        bot = await lockstep(tmp_path, CANARY, "run", "bot.toml", *debug)
        try:
            await trading(broker, 5, bot)
            assert CANARY not in arguments_of(bot)
        finally:
            bot.send_signal(signal.SIGABRT)  # faulthandler dumps where it stood
            await bot.wait()
        raw = "record", "bot.toml", "--seconds", "0.5", "--raw"
        assert await ended(tmp_path, CANARY, *raw) == 0
        assert await ended(tmp_path, CANARY + "-wrong", "run", "bot.toml", *debug) == 3
    crashed = runs_of(tmp_path)[0].name
    for command in (("config", "show", "bot.toml"), ("journal", "export", crashed)):
        assert await ended(tmp_path, CANARY, *command) == 0
    output = (tmp_path / "output.log").read_text()
    assert "Fatal Python error: Aborted" in output
    assert "the venue refused the key" in output
    assert leaks(tmp_path) == []
