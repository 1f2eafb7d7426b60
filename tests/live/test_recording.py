"""Recording a venue's market: into the catalogue at the end, or later where it was killed."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from backtest.catalogue.catalogue import Catalogue
from engine.journal.disk import SystemDisk
from engine.journal.reader import read_run
from engine.model.market import QuoteTick
from lockstep.live.recording import store
from tests.house.sources import ROOT
from tests.live.demo_bot import STARTED, until, venue


async def start(folder: Path, *options: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "lockstep",
        *("record", "bot.toml", *options),
        cwd=folder,
        env={**os.environ, "LOCKSTEP_DEMO_KEY": "simulated", "PYTHONPATH": str(ROOT)},
    )
    STARTED.append(process)
    return process


def quotes(catalog: Path) -> int:
    found = Catalogue(catalog).read("ACME.DEMO", "quotes", None, None, None)
    return sum(len(rows) for rows in found)


async def test_a_recording_is_stored_when_it_ends_and_after_a_kill(tmp_path: Path) -> None:
    async with venue(tmp_path, seed=6):
        process = await start(tmp_path, "--seconds", "1")
        assert await asyncio.wait_for(process.wait(), 30) == 0
        process = await start(tmp_path, "--instrument", "ACME.DEMO")
        await until(lambda: grown(tmp_path), process)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    first, second = runs(tmp_path)
    catalog = tmp_path / "data/catalog"
    counts = [count(run) for run in (first, second)]
    assert quotes(catalog) == counts[0] > 20
    store(second, catalog)
    assert quotes(catalog) == sum(counts)
    assert store(second, catalog)["ACME.DEMO quotes"] == 0


def runs(folder: Path) -> list[Path]:
    return sorted(folder.glob("runs/*"))


def grown(folder: Path) -> bool:
    """Say whether the second recording has written some quotes."""
    found = runs(folder)
    return len(found) > 1 and bool(list(found[1].glob("journal/*"))) and count(found[1]) > 5


def count(run: Path) -> int:
    return sum(isinstance(entry.body, QuoteTick) for entry in read_run(SystemDisk(), run))
