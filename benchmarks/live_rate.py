"""Measure how many market events a second one engine takes, from the wire to the strategy.

Usage: `python benchmarks/live_rate.py [--events N] [--repeat R]`. A venue on loopback, a process of
its own, pours public trades into one socket, each in a frame of its own; none of them may be left
out. The strategy counts, and orders at the last. The bare client does the same without an engine.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine
from benchmarks.live_latency import CONFIG, measured
from benchmarks.live_peer import Peer

TARGET = 100_000
RATIO_MAX = 7.5
"""What the target is to a bare client's 750,000 events a second where it was measured first."""

STRATEGY = '''
from lockstep import Strategy, TradeTick


class Answer(Strategy):
    """Count trades and order at the last."""

    instrument: str = "ACME.DEMO"

    def on_start(self) -> None:
        self.seen = 0
        self.subscribe_trades(self.instrument)

    def on_trade(self, trade: TradeTick) -> None:
        self.seen += 1
        if self.seen == {events}:
            self.buy(self.instrument, 1, 50)
'''


async def compare(events: int, repeat: int) -> tuple[list[float], list[float]]:
    """Return events a second of the bare client and of the engine, measured in turn."""
    bare: list[float] = []
    engine: list[float] = []
    peer = Peer(0, 0, events)
    runner = await peer.start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "answer.py").write_text(STRATEGY.replace("{events}", str(events)))
        (folder / "run.toml").write_text(CONFIG.format(port=peer.port))
        plain = [sys.executable, "-m", "benchmarks.live_bare", f"http://127.0.0.1:{peer.port}"]
        live = [sys.executable, "-m", "lockstep", "run", "run.toml", "--live", "--yes"]
        for _ in range(repeat):
            taken = await measured(peer, [*plain, str(events)], folder)
            bare.append(events / taken * 1e6)
            taken = await measured(peer, live, folder)
            engine.append(events / taken * 1e6)
    await runner.cleanup()
    return bare, engine


def main() -> int:
    """Compare, print, and return 1 when the engine takes too long beside the bare client."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    bare, engine = asyncio.run(compare(given.events, given.repeat))
    ratio = statistics.median(bare) / statistics.median(engine)
    described = machine.describe()
    print(f"{described['cpu']}, {described['python']}, load {described['load_1m']}")
    print(f"bare aiohttp client  {statistics.median(bare):10,.0f} events/s")
    print(f"lockstep run --live  {statistics.median(engine):10,.0f} events/s, target {TARGET:,}")
    print(f"ratio                {ratio:10.2f}, at most {RATIO_MAX}")
    return int(ratio > RATIO_MAX)


if __name__ == "__main__":
    sys.exit(main())
