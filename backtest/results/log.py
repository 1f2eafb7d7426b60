"""The records of a run, in order: lines of its decision log, or entries of its journal.

Judges nothing; records are plain tables by the names of their fields.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from backtest.decision_log import DECISIONS
from backtest.results.folder import Run
from engine.errors import UsageError
from engine.journal.disk import SystemDisk
from engine.journal.entries import Kind
from engine.journal.reader import read_run
from engine.journal.segments import segment_paths
from engine.journal.writer import JOURNAL

Record = dict[str, Any]
"""One decision or report, by the names of its fields; `event` names what it is."""

Numbered = tuple[int, Record]


def records(run: Run, having: str) -> Iterator[Numbered]:
    """Yield the numbered records of a run that have a field of that name or with that text.

    Raises UsageError for a run that has neither decision log nor journal.
    """
    if _has_journal(run):
        return _entries(run.path, having)
    log = run.path / DECISIONS
    if log.is_file():
        return _lines(log, f'"{having}"'.encode())
    raise UsageError(f"run {run.id} has no {DECISIONS} and no journal; it cannot be told")


def input_before(run: Run, number: int) -> Record | None:
    """Return what came in last before a record of a journal; None for a decision log."""
    if not _has_journal(run):
        return None
    found: object = None
    for entry in read_run(SystemDisk(), run.path):
        if entry.sequence >= number:
            break
        if entry.kind is Kind.INPUT:
            found = entry.body
    return None if found is None else msgspec.to_builtins(found)


def _has_journal(run: Run) -> bool:
    """Say whether a run's journal is there: of earlier runs it may have been removed."""
    return bool(segment_paths(SystemDisk(), run.path / JOURNAL))


def _lines(path: Path, wanted: bytes) -> Iterator[Numbered]:
    """Decode only the lines that hold a text."""
    with path.open("rb") as log:
        for number, line in enumerate(log):
            if wanted in line:
                yield number, json.loads(line)


def _entries(folder: Path, having: str) -> Iterator[Numbered]:
    for entry in read_run(SystemDisk(), folder, market=False):
        record: Record = msgspec.to_builtins(entry.body)
        if having in record or having in record.values():
            yield entry.sequence, record
