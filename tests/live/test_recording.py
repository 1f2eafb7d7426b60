"""Recording a venue's market: into the catalogue at the end, or later where it was killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
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


def streamed(folder: Path, run: Path) -> Counter[str]:
    """Count the messages by type in the raw frames that the command exports."""
    command = [sys.executable, "-m", "lockstep", "journal", "export", run.name, "--raw"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    out = subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=True).stdout
    lines = [json.loads(line) for line in out.splitlines()]
    assert sorted(line["ts_recv"] for line in lines) == [line["ts_recv"] for line in lines]
    return Counter(json.loads(line["text"])["type"] for line in lines if line["link"] == "market")


async def test_books_and_bars_are_recorded_and_every_frame_on_request(tmp_path: Path) -> None:
    async with venue(tmp_path, seed=7):
        process = await start(tmp_path, "--seconds", "1", "--raw")
        assert await asyncio.wait_for(process.wait(), 30) == 0
    (run,) = runs(tmp_path)
    kinds = Counter(type(entry.body).__name__ for entry in read_run(SystemDisk(), run))
    raw = streamed(tmp_path, run)
    assert raw["quote"] == kinds["QuoteTick"] > 20
    catalogue = Catalogue(tmp_path / "data/catalog")
    rows = {
        kind: sum(map(len, catalogue.read("ACME.DEMO", kind, spec)))
        for kind, spec in catalogue.streams("ACME.DEMO")
    }
    assert rows["book"] >= kinds["BookDelta"] + kinds["BookSnapshot"] > 20
    assert rows["quotes"] == kinds["QuoteTick"]
    assert rows.get("bars", 0) == kinds["Bar"]


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
