"""List the processes that a comparison starts, and start them one at a time.

It judges nothing: it gives back what a process reported, or why it did not.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contract import Result, results_in

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT_S = 1_800  # the slowest engine takes 73 s; a process that hangs must not hold the rest


@dataclass(frozen=True, slots=True)
class Runner:
    """Name one process: what to start, on how many rows (bars, quotes, or changes of a book).

    `environment` is a folder of the peers' directory, None for this interpreter; `script` is then a
    module of this package. `python_strategy` is False where the strategy is compiled or vectorised.
    """

    name: str
    work: int
    rows: int
    script: str
    flags: tuple[str, ...] = ()
    environment: str | None = None
    python_strategy: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """Say why a process gave no result."""

    reason: str


FLOORS = {
    1: Runner("floor", 1, 1_000_000, "work1_floor"),
    2: Runner("floor", 2, 2_000_000, "work2_floor"),
    3: Runner("floor", 3, 2_000_000, "work3_floor"),
}
LOCKSTEP = {
    1: Runner("lockstep", 1, 1_000_000, "work1_lockstep"),
    2: Runner("lockstep", 2, 2_000_000, "work2_lockstep"),
    3: Runner("lockstep", 3, 2_000_000, "work3_lockstep"),
}
VARIANTS = (
    Runner("lockstep-wakes", 2, 2_000_000, "work2_wakes_lockstep"),
    Runner("lockstep-each", 3, 2_000_000, "work3_each_lockstep"),
)
# the slower ones get fewer rows; times are compared for each event, processes only at equal rows
PEERS = (
    Runner("vnpy", 1, 1_000_000, "w1_vnpy.py", environment="p_vn"),
    Runner("vnpy-talib", 1, 1_000_000, "w1_vnpy.py", ("talib",), "p_vn"),
    Runner("backtesting.py", 1, 1_000_000, "w1_backtestingpy.py", environment="p_bt"),
    Runner("basana", 1, 1_000_000, "w1_basana.py", environment="p_bt"),
    Runner("nautilus", 1, 300_000, "w1_nautilus.py", environment="v3.11"),
    Runner("backtrader", 1, 300_000, "w1_backtrader.py", ("once",), "p_bt"),
    Runner("vectorbt", 1, 1_000_000, "w1_vectorbt.py", (), "p_bt", python_strategy=False),
    Runner("nautilus", 2, 400_000, "w2_nautilus.py", environment="v3.11"),
    Runner("vnpy", 2, 500_000, "w2_vnpy.py", environment="p_vn"),
    Runner("hftbacktest-python", 2, 400_000, "w2_hftbacktest.py", ("python", "roi"), "v3.11"),
    Runner(
        "hftbacktest-numba",
        2,
        2_000_000,
        "w2_hftbacktest.py",
        ("numba", "roi"),
        "v3.11",
        python_strategy=False,
    ),
    Runner("nautilus", 3, 300_000, "w3_nautilus.py", environment="v3.11"),
    Runner("hftbacktest-python", 3, 400_000, "w3_hftbacktest.py", ("python", "roi"), "v3.11"),
    Runner(
        "hftbacktest-numba",
        3,
        2_000_000,
        "w3_hftbacktest.py",
        ("numba", "roi"),
        "v3.11",
        python_strategy=False,
    ),
)


class Bench:
    """Start the processes of a comparison on one dataset, one at a time.

    `peers` is the folder of the peers' environments, or None. Their scripts are looked for in its
    `scripts`, then beside this repository in `../shared/peers`.
    """

    def __init__(self, data: Path, peers: Path | None) -> None:
        self._data = data
        self._peers = peers

    def prepare(self, runner: Runner) -> Failure | None:
        """Let a workload of ours make what its run reads, so that the run is not charged for it."""
        done = _start([*self._command(runner), "--prepare"], self._surroundings(runner), ROOT)
        return done if isinstance(done, Failure) else None

    def measure(self, runner: Runner) -> Result | Failure:
        """Run one process and return its result."""
        folder = ROOT if runner.environment is None else self._scripts()
        return _result(_start(self._command(runner), self._surroundings(runner), folder))

    def reference(self, work: int, rows: int) -> Result | Failure:
        """Return the engine-free answer of a work on its first rows."""
        command = [sys.executable, "-m", "benchmarks.reference", str(work), str(rows)]
        return _result(_start([*command, "--data", str(self._data)], _ours(), ROOT))

    def _command(self, runner: Runner) -> list[str]:
        if runner.environment is None:
            module = f"benchmarks.{runner.script}"
            return [sys.executable, "-m", module, str(runner.rows), "--data", str(self._data)]
        python = self._folder() / runner.environment / "bin" / "python"
        return [str(python), str(self._scripts() / runner.script), str(runner.rows), *runner.flags]

    def _surroundings(self, runner: Runner) -> dict[str, str]:
        if runner.environment is None:
            return _ours()
        # what they write into a home folder stays with them
        home = {"HOME": str(self._folder()), "PEERS_DATA": str(self._data)}
        return {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | home

    def _folder(self) -> Path:
        if self._peers is None:
            raise ValueError("peers: this comparison was started without --peers DIR")
        return self._peers

    def _scripts(self) -> Path:
        own = self._folder() / "scripts"
        return own if own.is_dir() else ROOT.parent / "shared" / "peers"


def make_data(cache: Path, seed: int, **sizes: int) -> dict[str, Any]:
    """Make the dataset in a process of its own and return its folder, seed, sizes and digest."""
    command = [sys.executable, "-m", "benchmarks.data", "--cache", str(cache), "--seed", str(seed)]
    for kind, count in sizes.items():
        command += [f"--{kind}", str(count)]
    done = _start(command, _ours(), ROOT)
    if isinstance(done, Failure):
        raise SystemExit(f"data: {done.reason}")
    facts: dict[str, Any] = json.loads(done.partition("DATA ")[2])
    return facts


def _ours() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _result(output: str | Failure) -> Result | Failure:
    if isinstance(output, Failure):
        return output
    return next(results_in(output), Failure("printed no RESULT line"))


def _start(command: list[str], surroundings: dict[str, str], folder: Path) -> str | Failure:
    try:
        done = subprocess.run(
            command,
            env=surroundings,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Failure(f"took more than {TIMEOUT_S} s")
    except OSError as error:
        return Failure(f"did not start: {error}")
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        return Failure(f"exit code {done.returncode}: {lines[-1]}")
    return done.stdout
