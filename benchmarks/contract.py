"""Fix what a benchmark process prints: one line `RESULT {json}`, read back by `run.py`.

It runs nothing and compares nothing.
"""

import argparse
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PREFIX = "RESULT "


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what a workload must come out at; None is a figure that an engine does not give.

    `changes` counts how often the touch of a book changed, in work 3.
    """

    fills: int | None = None
    orders: int | None = None
    pnl: float | None = None
    position: float | None = None
    changes: int | None = None

    def missing(self, right: "Answer") -> list[str]:
        """Name the figures that are in the right answer and not given here."""
        told = asdict(self)
        return [
            f"{name} is missing"
            for name, value in asdict(right).items()
            if value is not None and told[name] is None
        ]

    def differs_from(self, right: "Answer") -> list[str]:
        """Name each figure given here that is not the right one; PnL may be half a cent off."""
        told = asdict(self)
        return [
            f"{name} {told[name]} instead of {value}"
            for name, value in asdict(right).items()
            if value is not None and told[name] is not None and abs(told[name] - value) > 0.005
        ]


@dataclass(frozen=True, slots=True)
class Result:
    """Hold one process's figures.

    `n` counts events (bars; quotes and trades together). Seconds: `load_s` from data on disk to
    ready to run, `run_s` the run itself, `proc_s` from the start of the process to the report.
    `rss_mb` is the peak of resident memory in MiB.
    """

    engine: str
    work: int
    n: int
    load_s: float
    run_s: float
    proc_s: float
    rss_mb: float
    answer: Answer

    @property
    def ns_per_event(self) -> float:
        """Return the time of the run for each event in nanoseconds."""
        return self.run_s * 1e9 / self.n


def report(engine: str, work: int, n: int, load_s: float, run_s: float, answer: Answer) -> None:
    """Print this process's result: call it right after the run, before anything else is loaded."""
    figures: dict[str, Any] = {
        "engine": engine,
        "work": work,
        "n": n,
        "load_s": round(load_s, 6),
        "run_s": round(run_s, 6),
        "proc_s": round(process_age_s(), 3),
        "rss_mb": round(peak_memory_mb(), 1),
        "python": platform.python_version(),
    }
    print(PREFIX + json.dumps(figures | asdict(answer)), flush=True)


def results_in(output: str) -> Iterator[Result]:
    """Yield the results in a process's standard output; other lines are passed over.

    Scripts for other engines write `pos` for the position and `tob_changes` for the changes of the
    touch, and leave out what they do not know.
    """
    for line in output.replace("\r", "\n").splitlines():
        if not line.startswith(PREFIX):
            continue
        told = json.loads(line.removeprefix(PREFIX))
        answer = Answer(
            told.get("fills"),
            told.get("orders"),
            told.get("pnl"),
            told.get("position", told.get("pos")),
            told.get("changes", told.get("tob_changes")),
        )
        names = ("engine", "work", "n", "load_s", "run_s", "proc_s", "rss_mb")
        yield Result(**{name: told[name] for name in names}, answer=answer)


def process_age_s() -> float:
    """Return the seconds since this process started, interpreter and imports included.

    Where there is no /proc it is the processor time used, which for these workloads is close.
    """
    try:
        after_name = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        uptime_s = float(Path("/proc/uptime").read_text().split()[0])
    except OSError:
        return time.process_time()
    return uptime_s - int(after_name[19]) / os.sysconf("SC_CLK_TCK")


def peak_memory_mb() -> float:
    """Return the peak resident memory of this process in MiB.

    Linux's `ru_maxrss` may be the parent's, carried over by exec, so /proc comes first.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@dataclass(frozen=True, slots=True)
class WorkloadArguments:
    """Hold what a workload script is told: rows to take, the dataset, prepare only or run."""

    rows: int
    data: Path
    prepare: bool


def workload_arguments(description: str | None) -> WorkloadArguments:
    """Read the command line that every workload script has: `ROWS --data FOLDER [--prepare]`.

    ROWS counts bars in work 1 and quotes in work 2. With `--prepare` a script makes what the run
    reads (a catalogue under FOLDER), if it is not there yet, and prints nothing.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("rows", type=int)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--prepare", action="store_true")
    chosen = parser.parse_args()
    return WorkloadArguments(chosen.rows, chosen.data, chosen.prepare)
