"""Measure the memory of a live engine over millions of market events, wire to strategy.

Usage: `python benchmarks/live_memory.py [--events N]`. A venue on loopback pours public trades into
one socket; the strategy counts them and orders at the last; gate and journal are on. Resident
memory is read from the system while they come. It must be flat from the first tenth on.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine, table
from benchmarks.live_latency import CONFIG, measured
from benchmarks.live_peer import Peer
from benchmarks.live_rate import STRATEGY

GROWTH_MAX = 1.05
_EVERY_S = 0.2

Sample = tuple[int, float]
"""Events written to the engine so far, and its resident memory in MB."""


async def watch(peer: Peer, started: "asyncio.Future[int]", samples: list[Sample]) -> None:
    """Read the memory of the engine while events come."""
    process = await started
    while not peer.finished.done():
        samples.append((peer.poured, resident_mb(process)))
        await asyncio.sleep(_EVERY_S)


def resident_mb(process: int) -> float:
    """Return the resident memory of a process in MB; 0 when it is gone."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    (line,) = [line for line in text.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


async def measure(events: int) -> list[Sample]:
    """Return samples over a run of so many events."""
    samples: list[Sample] = []
    peer = Peer(0, 0, events)
    runner = await peer.start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "answer.py").write_text(STRATEGY.replace("{events}", str(events)))
        (folder / "run.toml").write_text(CONFIG.format(port=peer.port))
        live = [sys.executable, "-m", "lockstep", "run", "run.toml", "--live", "--yes"]
        started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        watching = asyncio.create_task(watch(peer, started, samples))
        await measured(peer, live, folder, started)
        await watching
    await runner.cleanup()
    return samples


def main() -> int:
    """Measure, print, and return 1 when memory grows after the first tenth of the events."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=10_000_000)
    given = parser.parse_args()
    samples = asyncio.run(measure(given.events))
    tenths = [
        max((mb for poured, mb in samples if poured <= given.events * part / 10), default=0.0)
        for part in range(1, 11)
    ]
    growth = tenths[-1] / tenths[0]
    described = machine.describe()
    print(f"{described['cpu']}, {described['python']}, load {described['load_1m']}")
    rows = [(f"{given.events * n // 10:,}", f"{mb:.1f}", "") for n, mb in enumerate(tenths, 1)]
    print(table.aligned([("events", "peak MB", ""), *rows]))
    print(f"growth after the first tenth: {growth:.3f}, at most {GROWTH_MAX}")
    return int(growth > GROWTH_MAX)


if __name__ == "__main__":
    sys.exit(main())
