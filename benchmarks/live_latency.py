"""Measure a quote's frame in the socket to an order's frame out, beside a bare client.

Usage: `python benchmarks/live_latency.py [--rounds N] [--repeat R] [--busy]`. Client and venue are
processes of their own on loopback. The bare client is aiohttp on uvloop: it decodes the same frame
with the same library and answers with an order of the same size. The engine is `lockstep run
--live` with gate and journal (durability `process`) on. With `--busy` both spin instead of
sleeping.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine
from benchmarks.live_peer import Peer

ROOT = Path(__file__).resolve().parents[1]
RATIO_MAX = 1.6
WARM_UP = 300

STRATEGY = '''
from lockstep import QuoteTick, Strategy, TimeInForce


class Answer(Strategy):
    """Answer each quote with an order."""

    instrument: str = "ACME.DEMO"

    def on_start(self) -> None:
        self.subscribe_quotes(self.instrument)

    def on_quote(self, quote: QuoteTick) -> None:
        self.buy(self.instrument, 1, quote.bid - 5, time_in_force=TimeInForce.IOC)
'''

CONFIG = """
[run]
name = "latency"

[[accounts]]
id = "main"
venue = "DEMO"

[[strategies]]
class = "answer.py:Answer"
account = "main"

[connectors.demo]
http = "http://127.0.0.1:{port}"
websocket = "ws://127.0.0.1:{port}"
key = {{ env = "LATENCY_KEY" }}

[log]
console = "off"

[rates]
assume_empty = true

[rates.venue.DEMO.rules.orders]
limit = 1_000_000
cancel_reserve = 0
exit_reserve = 0

[risk.firm]
max_order_value = 1_000
max_daily_loss = 1_000
max_position = 100
max_open_orders = 100
"""


async def measured(
    peer: Peer,
    command: list[str],
    folder: Path,
    started: "asyncio.Future[int] | None" = None,
) -> float:
    """Return the median round, in microseconds, of one client that is started and ended here.

    `started` is told the client's process id.
    """
    peer.again()
    client = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, "LATENCY_KEY": "key", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if started is not None:
        started.set_result(client.pid)
    ended = asyncio.create_task(client.wait())
    both: list[asyncio.Future[Any]] = [peer.finished, ended]
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if not peer.finished.done():
        assert client.stderr is not None
        raise SystemExit(f"{command} ended: {(await client.stderr.read()).decode()}")
    client.terminate()
    await ended
    return statistics.median(peer.finished.result()) / 1_000


async def compare(
    rounds: int, repeat: int, *, busy: bool = False
) -> tuple[list[float], list[float]]:
    """Return the medians of the bare client and of the engine, measured in turn."""
    bare: list[float] = []
    engine: list[float] = []
    peer = Peer(rounds, WARM_UP)
    runner = await peer.start()
    address = f"http://127.0.0.1:{peer.port}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "answer.py").write_text(STRATEGY)
        (folder / "run.toml").write_text(CONFIG.format(port=peer.port))
        for _ in range(repeat):
            plain = [sys.executable, "-m", "benchmarks.live_bare", address]
            bare.append(await measured(peer, plain + ["--busy"] * busy, folder))
            live = [sys.executable, "-m", "lockstep", "run", "run.toml", "--live", "--yes"]
            live += ["--set", "live.busy_poll=1m"] * busy
            engine.append(await measured(peer, live, folder))
    await runner.cleanup()
    return bare, engine


def main() -> int:
    """Compare, print, and return 1 when the engine takes too long beside the bare client."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--busy", action="store_true", help="spin instead of sleeping")
    given = parser.parse_args()
    bare, engine = asyncio.run(compare(given.rounds, given.repeat, busy=given.busy))
    ratios = [ours / theirs for ours, theirs in zip(engine, bare, strict=True)]
    ratio = statistics.median(ratios)
    described = machine.describe()
    print(f"{described['cpu']}, {described['python']}, load {described['load_1m']}")
    print(f"bare aiohttp client  {statistics.median(bare):8.1f} us, median of {bare}")
    print(f"lockstep run --live  {statistics.median(engine):8.1f} us, median of {engine}")
    print(f"ratio                {ratio:8.2f}, at most {RATIO_MAX}")
    return int(ratio > RATIO_MAX)


if __name__ == "__main__":
    sys.exit(main())
