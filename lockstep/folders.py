"""Make the folders that runs write into, and find those that hold a journal.

Writes nothing into them; takes away what a run that did not begin has left.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from engine.errors import ConfigError, UsageError
from engine.journal.disk import SystemDisk
from engine.journal.segments import segment_paths
from engine.journal.writer import JOURNAL

LAST = "last"


def new_run_folder(runs: Path, mode: str, name: str) -> Path:
    """Make a run folder that no other run has, named by the time of day in UTC."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    for attempt in range(1, 1000):
        suffix = "" if attempt == 1 else f"-{attempt}"
        folder = runs / f"{stamp}-{mode}-{name}{suffix}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            msg = f"cannot make run folder {folder}: {error.strerror}; choose another with --out"
            raise ConfigError(msg) from None
        return folder
    msg = f"{runs} already has a thousand runs of {name} from this second; choose another --out"
    raise ConfigError(msg)


@contextmanager
def journaled_folder(runs: Path, mode: str, name: str) -> Iterator[Path]:
    """Make a run folder that is taken away again if its run never came to write a journal."""
    folder = new_run_folder(runs, mode, name)
    try:
        yield folder
    finally:
        if not _has_journal(folder):
            shutil.rmtree(folder, ignore_errors=True)


def journaled_run(runs: Path, run: str) -> Path:
    """Return the folder of a live or paper run, by its id, its path, or `last` for the newest.

    A run that ended in a crash is found as well. Raises UsageError where there is no journal.
    """
    if run == LAST:
        found = sorted(path for path in runs.glob("*") if _has_journal(path))
        if found:
            return found[-1]
        raise UsageError(f"no live or paper run in {runs}; make one with lockstep run")
    for path in (runs / run, Path(run)):
        if _has_journal(path):
            return path
    raise UsageError(f"no run {run!r} with a journal in {runs}; lockstep runs list shows runs")


def _has_journal(folder: Path) -> bool:
    return bool(segment_paths(SystemDisk(), folder / JOURNAL))
