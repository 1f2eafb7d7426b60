"""Compare Lockstep with the replay floor, and with other engines if they are there, in one run.

Usage: `python benchmarks/run.py [--peers DIR] [--repeat 3] [--quick] [--work 1] [--json FILE]`. It
loads no data and no library itself, so that its own memory does not show in what it measures.
"""

import argparse
import datetime as dt
import json
import re
import statistics
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine, table
from benchmarks.contract import Result
from benchmarks.limits import Verdict, judge, unmeasured
from benchmarks.runners import FLOORS, LOCKSTEP, PEERS, VARIANTS, Bench, Failure, Runner, make_data

HERE = Path(__file__).resolve().parent
QUICK_ROWS = 50_000


@dataclass(slots=True)
class Comparison:
    """Hold what the processes of one work reported."""

    work: int
    runners: list[Runner]
    samples: dict[str, list[Result]] = field(default_factory=dict)
    right: dict[str, Result] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def medians(self) -> dict[str, Result]:
        """Return the median figures of each engine that gave any, in the order of the runners."""
        named = {runner.name: self.samples.get(runner.name) for runner in self.runners}
        return {name: _median(samples) for name, samples in named.items() if samples}

    def verdicts(self) -> list[Verdict]:
        """Judge the medians of this work."""
        return judge(self.work, self.medians)

    def faults(self) -> list[str]:
        """Name what is wrong with Lockstep itself: no result, a wrong answer, no reference."""
        ours = ("lockstep", "floor", "reference")
        found = [f"{name}: {self.failures[name]}" for name in ours if name in self.failures]
        if right := self.right.get("lockstep"):
            for result in self.samples.get("lockstep", []):
                told = result.answer
                found += told.missing(right.answer) + told.differs_from(right.answer)
                found += [] if result.n == right.n else [f"{result.n} events instead of {right.n}"]
        return list(dict.fromkeys(found))


def _median(samples: list[Result]) -> Result:
    middle = {
        name: statistics.median(getattr(sample, name) for sample in samples)
        for name in ("load_s", "run_s", "proc_s", "rss_mb")
    }
    return replace(samples[0], **middle)


def compare(bench: Bench, work: int, *, repeat: int, quick: bool, peers: bool) -> Comparison:
    """Run every engine of a work `repeat` times in turn, the floor before and after each round."""
    others = (*VARIANTS, *(PEERS if peers else ()))
    listed = [FLOORS[work], LOCKSTEP[work], *(other for other in others if other.work == work)]
    runners = [replace(r, rows=min(r.rows, QUICK_ROWS)) if quick else r for r in listed]
    comparison = Comparison(work, runners)
    _find_right_answers(bench, comparison)
    for runner in runners[1:]:
        if runner.environment is None and (failure := bench.prepare(runner)):
            comparison.failures[runner.name] = failure.reason
    for round_number in range(repeat):
        _measure(bench, comparison, runners, f"round {round_number + 1} of {repeat}")
    _measure(bench, comparison, runners[:1], "last floor")
    return comparison


def _find_right_answers(bench: Bench, comparison: Comparison) -> None:
    by_rows: dict[int, Result | Failure] = {}
    for runner in comparison.runners:
        if runner.rows not in by_rows:
            by_rows[runner.rows] = bench.reference(comparison.work, runner.rows)
        told = by_rows[runner.rows]
        if isinstance(told, Failure):
            comparison.failures["reference"] = told.reason
        else:
            comparison.right[runner.name] = told


def _measure(bench: Bench, comparison: Comparison, runners: Iterable[Runner], label: str) -> None:
    for runner in runners:
        if runner.name in comparison.failures:
            continue  # what failed once is not waited for again
        print(f"work {runner.work}, {label}: {runner.name} ...", file=sys.stderr, flush=True)
        told = bench.measure(runner)
        if isinstance(told, Failure):
            comparison.failures[runner.name] = told.reason
        else:
            comparison.samples.setdefault(runner.name, []).append(told)


def show(comparison: Comparison, *, judged: bool) -> None:
    """Print a work's table, its failures and its judged ratios."""
    python = {runner.name: runner.python_strategy for runner in comparison.runners}
    print(f"\nWork {comparison.work}")
    right = {name: result.answer for name, result in comparison.right.items()}
    print(table.comparison(comparison.medians, right, python))
    for name, reason in comparison.failures.items():
        print(f"no result: {name}: {reason}")
    if not judged:
        return
    for verdict in comparison.verdicts():
        print(table.verdict_line(verdict))
    for limit in unmeasured(comparison.work, comparison.medians):
        print(f"not measured: {table.limit_words(limit)}")


def as_record(
    comparisons: list[Comparison], facts: dict[str, Any], data: dict[str, Any]
) -> dict[str, Any]:
    """Return everything that was measured, ready for a results file."""
    return facts | {
        "data": {key: value for key, value in data.items() if key != "folder"},
        "works": {
            str(comparison.work): {
                "right": {name: asdict(told.answer) for name, told in comparison.right.items()},
                "medians": {name: asdict(result) for name, result in comparison.medians.items()},
                "samples": {
                    name: [asdict(result) for result in results]
                    for name, results in comparison.samples.items()
                },
                "failures": comparison.failures,
                "verdicts": [
                    asdict(verdict) | {"holds": verdict.holds} for verdict in comparison.verdicts()
                ],
            }
            for comparison in comparisons
        },
    }


def _default_file(facts: dict[str, Any]) -> Path:
    parts = f"{facts['date']}-{facts['machine']['cpu']}-{facts['machine']['python']}"
    return HERE / "results" / (re.sub(r"[^a-z0-9.]+", "-", parts.lower()).strip("-") + ".json")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare Lockstep with its floor and its peers.")
    parser.add_argument("--peers", type=Path, metavar="DIR", help="environments of other engines")
    parser.add_argument("--repeat", type=int, default=3, help="rounds; medians are over them")
    parser.add_argument("--quick", action="store_true", help="few rows: answers only are judged")
    parser.add_argument("--work", type=int, choices=(1, 2, 3), help="one work instead of all")
    parser.add_argument("--cache", type=Path, default=HERE / ".cache", help="where data is kept")
    parser.add_argument("--seed", type=int, default=7, help="seed of the data")
    parser.add_argument("--json", type=Path, metavar="FILE", help="results file")
    chosen = parser.parse_args()
    if chosen.repeat < 1:
        parser.error("--repeat: give at least 1")
    if chosen.peers is not None and not chosen.peers.is_dir():
        parser.error(
            f"--peers: {chosen.peers} is no folder; benchmarks/README.md says how to make it"
        )
    return chosen


def main() -> int:
    """Compare, print, write the results file; return 1 if a ratio or an answer is wrong, else 0."""
    chosen = _arguments()
    today = dt.datetime.now(dt.UTC).date().isoformat()
    facts: dict[str, Any] = {"date": today, "machine": machine.describe()}
    facts |= {"repeat": chosen.repeat, "quick": chosen.quick}
    print(json.dumps(facts["machine"]))
    data = make_data(chosen.cache, chosen.seed)
    print(f"data: seed {data['seed']}, sha256 {data['sha256']}")
    peers = None if chosen.peers is None else chosen.peers.resolve()
    bench = Bench(Path(data["folder"]), peers)
    comparisons = [
        compare(bench, work, repeat=chosen.repeat, quick=chosen.quick, peers=peers is not None)
        for work in ((chosen.work,) if chosen.work else (1, 2, 3))
    ]
    for comparison in comparisons:
        show(comparison, judged=not chosen.quick)
    faults = [f"work {c.work}: {fault}" for c in comparisons for fault in c.faults()]
    if not chosen.quick:
        broken = [v for c in comparisons for v in c.verdicts() if not v.holds]
        faults += [table.verdict_line(verdict) for verdict in broken]
    file = chosen.json or (None if chosen.quick else _default_file(facts))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        record = as_record(comparisons, facts, data) | {"faults": faults}
        file.write_text(json.dumps(record, indent=1) + "\n")
        print(f"\nwritten: {file}")
    print(
        "\n" + ("\n".join(["FAILED", *faults]) if faults else "all answers and judged ratios hold")
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
