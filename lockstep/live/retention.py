"""Remove journals of runs that nobody needs any more; summaries and logs of those runs stay.

Never touches the run that goes on or the one it was recovered from.
"""

from pathlib import Path

from engine.journal.disk import Disk
from engine.journal.segments import segment_paths
from engine.journal.writer import JOURNAL, MARKET_DATA


def prune(disk: Disk, folder: Path, keep_runs: int) -> list[Path]:
    """Keep the journals of a run and the `keep_runs` before it; return the runs that lost theirs.

    Runs of one bot stand in one folder and have names that end alike.
    """
    _, _, ending = folder.name.partition("-")
    runs = sorted(path for path in folder.parent.glob(f"*-{ending}") if path != folder)
    pruned = []
    for run in runs[: max(0, len(runs) - max(1, keep_runs))]:
        segments = [
            path for part in (JOURNAL, MARKET_DATA) for path in segment_paths(disk, run / part)
        ]
        for path in segments:
            disk.remove(path)
        if segments:
            pruned.append(run)
    return pruned
