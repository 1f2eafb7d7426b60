"""The demo venue in this process, and the program as another that trades there.

Checks nothing.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from connectors.demo.package import INSTRUMENTS, PACKAGE
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.market import GeneratedMarket
from connectors.simulation.server import SimulatorServer
from lockstep.simulators import make_broker, make_simulator
from tests.house.sources import ROOT

ACME = next(each for each in INSTRUMENTS if each.id == "ACME.DEMO")
CONFIG = """
[run]
name = "tireless"
[[accounts]]
id = "main"
venue = "DEMO"
balance = 1_000_000
[[strategies]]
class = "kill_bot.py:Tireless"
[risk.firm]
max_order_value = 1_000_000
max_position = 1_000_000
max_daily_loss = 1_000_000
[rates]
assume_empty = true
[log]
console = "off"
[live]
on_stop = "cancel"
journal = {{ keep_runs = 100 }}
reconcile = {{ every = "50ms", settle = "100ms", polls = 2 }}
[connectors.demo]
http = "{http}"
websocket = "{websocket}"
key = {{ env = "LOCKSTEP_DEMO_KEY" }}
"""


STARTED: list[asyncio.subprocess.Process] = []
"""Programs of the test that runs, so that none outlives it."""


class WallClock:
    def now(self) -> int:
        return time.time_ns()


@asynccontextmanager
async def venue(folder: Path, seed: int) -> AsyncIterator[SimulatedBroker]:
    """Serve the demo venue with a lively market, and write a configuration that leads to it."""
    broker = make_broker(PACKAGE)
    market = GeneratedMarket(instrument=ACME, price=100.0, seed=seed, interval_ns=8_000_000)
    rows = market.rows(time.time_ns())
    server = SimulatorServer(make_simulator(PACKAGE, broker), WallClock(), rows=rows)
    async with server as served:
        (folder / "bot.toml").write_text(
            CONFIG.format(http=served.http, websocket=served.websocket)
        )
        bot = (ROOT / "tests/live/kill_bot.py").read_text(encoding="utf-8")
        (folder / "kill_bot.py").write_text(bot)
        try:
            yield broker
        finally:
            await end_all()


async def start(folder: Path, *mode: str) -> asyncio.subprocess.Process:
    """Start the program; what it prints goes to output.log."""
    with (folder / "output.log").open("ab") as log:
        bot = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "lockstep",
            *("run", "bot.toml", *mode),
            cwd=folder,
            env={**os.environ, "LOCKSTEP_DEMO_KEY": "simulated", "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
        )
    STARTED.append(bot)
    return bot


def runs_of(folder: Path) -> list[Path]:
    """Return the run folders, oldest first; scripts of reports may stand beside them."""
    return sorted(path for path in folder.glob("runs/*") if path.is_dir())


async def end_all() -> None:
    """Kill what a failed test has left running."""
    while STARTED:
        bot = STARTED.pop()
        if bot.returncode is None:
            bot.kill()
            await bot.wait()


async def trading(broker: SimulatedBroker, more: int, bot: asyncio.subprocess.Process) -> None:
    """Wait until the venue has taken so many more orders."""
    count = len(broker.orders("main")) + more
    await until(lambda: len(broker.orders("main")) > count, bot)


async def until(happened: Callable[[], bool], bot: asyncio.subprocess.Process) -> None:
    """Wait until something has happened, but not for ever."""
    loop = asyncio.get_running_loop()
    end = loop.time() + 30
    while not happened():
        assert bot.returncode is None, "the bot ended by itself"
        assert loop.time() < end, "the bot does not trade"
        await pause(0.01)


async def pause(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    waiting = loop.create_future()
    loop.call_later(seconds, waiting.set_result, None)
    await waiting
