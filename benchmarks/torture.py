"""Measure how many times as fast as real time a bot is tortured, with the market at a given pace.

Usage: `python benchmarks/torture.py [--seeds 5] [--rate 50] [--venue DEMO]`. Processor seconds are
counted, all of one core: venue, wire, bot, journal, replay and checkers' record. The baseline is
real time.
"""

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec

from benchmarks import machine
from lockstep.torture.record import Record
from lockstep.torture.scenario import Scenario, at_venue
from lockstep.torture.stage import play


def paced(venue: str, seed: int, rate: float) -> Scenario:
    """Return a scenario without faults whose market brings about `rate` events a second."""
    calm = msgspec.structs.replace(at_venue(venue, seed), chances={})
    probe = play(msgspec.structs.replace(calm, seconds=5.0))
    speed = rate / (probe.market_events / 5.0)
    return msgspec.structs.replace(calm, speed=speed)


def main() -> None:
    """Print one row for each kind of run, medians of the seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--venue", default="DEMO")
    asked = parser.parse_args()
    print(*(f"{name}: {value}" for name, value in machine.describe().items()), sep="\n")
    calm = [play(paced(asked.venue, seed, asked.rate)) for seed in range(asked.seeds)]
    tell("without faults", calm)
    tell("with faults", [play(at_venue(asked.venue, seed)) for seed in range(asked.seeds)])


def tell(title: str, records: list[Record]) -> None:
    """Print the medians of some runs."""
    speeds = [each.scenario.lasts_seconds / each.cpu_s for each in records]
    rates = [each.market_events / each.scenario.lasts_seconds for each in records]
    print(
        f"{title:16} {statistics.median(speeds):6.0f} times real time, "
        f"{statistics.median(rates):6.1f} market events a second"
    )


if __name__ == "__main__":
    main()
