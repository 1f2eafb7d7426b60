"""A stop at a venue that does not answer: what is left there is listed, and no success."""

import asyncio
import json
import os
import signal
from contextlib import suppress
from pathlib import Path

from connectors.simulation.broker import SimulatedBroker
from engine.journal.disk import SystemDisk
from engine.journal.reader import read_run
from engine.model.commands import SubmitOrder
from engine.model.run_events import StrategiesStopped
from lockstep.live.replaying import replay_run
from tests.live.demo_bot import runs_of, start, until, venue


def is_resting(broker: SimulatedBroker) -> bool:
    return any(order.is_working for order in broker.orders("main"))


def stand_still(pid: int) -> None:
    """Wait for a program's end without the loop, and so without the venue that lives in it."""
    with suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


async def test_orders_left_after_the_wait_are_listed_and_the_exit_code_says_so(
    tmp_path: Path,
) -> None:
    async with venue(tmp_path, seed=8) as broker:
        bot = await start(tmp_path, "--live", "--yes", "--set", "live.stop_within=300ms")
        await until(lambda: is_resting(broker), bot)
        bot.send_signal(signal.SIGTERM)
        stand_still(bot.pid)
        assert await asyncio.wait_for(bot.wait(), 10) == 3
    (run,) = runs_of(tmp_path)
    summary = json.loads((run / "summary.json").read_text())
    left = summary["left_at_venue"]
    assert len(left) == summary["open_orders"] > 0
    output = (tmp_path / "output.log").read_text().splitlines()
    assert output[-1] == f"left at the venue: {', '.join(left)}"
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [line["level"] for line in log if line.get("alert") == "left_at_venue"] == ["error"]
    bodies = [entry.body for entry in read_run(SystemDisk(), run, market=False)]
    (end,) = [place for place, body in enumerate(bodies) if isinstance(body, StrategiesStopped)]
    assert not [body for body in bodies[end:] if isinstance(body, SubmitOrder)]


def stop_twice(bot: asyncio.subprocess.Process, run: Path) -> None:
    """Ask a bot to stop, and once it has begun to, ask again; the venue stands meanwhile."""
    bot.send_signal(signal.SIGTERM)
    while '"stopping: ' not in (run / "log.jsonl").read_text():
        assert Path(f"/proc/{bot.pid}").exists()
    bot.send_signal(signal.SIGTERM)
    stand_still(bot.pid)


async def test_a_second_signal_does_not_wait_for_the_venue(tmp_path: Path) -> None:
    async with venue(tmp_path, seed=9) as broker:
        bot = await start(tmp_path, "--live", "--yes", "--set", "live.stop_within=10m")
        await until(lambda: is_resting(broker), bot)
        (run,) = runs_of(tmp_path)
        stop_twice(bot, run)
        assert await asyncio.wait_for(bot.wait(), 10) == 3
    assert json.loads((run / "summary.json").read_text())["left_at_venue"]
    assert replay_run(run).difference is None
