"""Write rows into a catalogue all or not at all: stage, compare, then rename into place.

Parses no recording; rows come as `Columns` in the units of the instrument.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from backtest.catalogue.columns import (
    COLUMN_NAMES,
    MISSING,
    NULLABLE,
    STATES,
    Columns,
    Stream,
    iso_time,
    stream_name,
)
from backtest.catalogue.layout import SUFFIX, split_partitions, stream_folder
from backtest.catalogue.merge import plan_merge
from backtest.catalogue.partition_file import PartitionFile, PartitionWriter
from backtest.catalogue.quality import row_before
from backtest.catalogue.schema import Source
from backtest.catalogue.writing import WritingFolder
from engine.errors import DataError
from engine.model.decimals import LARGEST_UNITS
from engine.model.instrument import Instrument

_NUMBERS = frozenset({"sequence", "order_id"})
"""Numbers that venues give, of any size that 64 bits hold."""
_SMALL_LIMITS = {"aggressor": 2, "side": 2, "flags": 16, "action": 5, "state": len(STATES)}


@dataclass(frozen=True)
class StreamWritten:
    """Count what writing did to one stream: rows of each fate, and partitions touched."""

    instrument: str
    stream: Stream
    offered: int
    added: int
    unchanged: int
    removed: int
    partitions: int


@dataclass
class _Staged:
    """Hold the partitions of one stream that wait in the staging folder."""

    folder: Path
    open_name: str = ""
    writer: PartitionWriter | None = None
    last: Columns | None = None
    offered: int = 0
    names: list[str] = field(default_factory=list)


class WriteSession:
    """Collect rows of one instrument and store them together.

    Leaving the block without `commit` stores nothing. One session writes a catalogue at a time;
    opening a second one raises DataError. Staged files stand in a hidden folder of the
    catalogue, so that each becomes visible by one rename. A process that dies between two renames
    leaves whole partitions only, and writing the same rows again completes them.
    """

    def __init__(
        self,
        root: Path,
        instrument: Instrument,
        sources: Iterable[Source] = (),
        *,
        replace: bool = False,
    ) -> None:
        self._root = root
        self._instrument = instrument
        self._sources = tuple(sources)
        self._replace = replace
        self._streams: dict[Stream, _Staged] = {}
        self._staging = WritingFolder(root)

    def __enter__(self) -> Self:
        """Return the session."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drop whatever was staged and not committed."""
        self._staging.close()

    def append(self, columns: Columns) -> None:
        """Stage rows at the end of their stream.

        Rows must be in order of `ts_recv`, within the call and since the last one; bars must not
        overlap. Raises DataError otherwise, and for values of 10^15 units and more.
        """
        if not len(columns):
            return
        stream = columns.stream
        staged = self._streams.get(stream) or self._new_stream(stream)
        _check_values(columns)
        _check_order(columns, staged.last)
        staged.last = columns.take(np.array([len(columns) - 1]))
        staged.offered += len(columns)
        for name, rows in split_partitions(columns):
            self._writer_of(staged, stream, name).append(rows)

    def commit(self, *, dry_run: bool = False) -> tuple[StreamWritten, ...]:
        """Compare with what is stored, then put new and grown partitions in place.

        `dry_run` only compares. Raises DataError, with nothing stored, where stored rows and staged
        rows disagree.
        """
        moves: list[tuple[Path, Path]] = []
        report = tuple(
            self._settle(stream, staged, moves) for stream, staged in self._streams.items()
        )
        for source, target in [] if dry_run else moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
        for folder in [] if dry_run else sorted({target.parent for _, target in moves}):
            _sync_folder(folder)
        return report

    def _new_stream(self, stream: Stream) -> _Staged:
        folder = self._staging.path / stream_name(stream)
        folder.mkdir()
        self._streams[stream] = _Staged(folder)
        return self._streams[stream]

    def _writer_of(self, staged: _Staged, stream: Stream, name: str) -> PartitionWriter:
        if staged.writer is None or staged.open_name != name:
            if staged.writer is not None:
                staged.writer.close()
            if name in staged.names:
                msg = (
                    f"{stream_name(stream)}: rows return to partition {name} after a later one; "
                    "sort them by ts_open"
                )
                raise DataError(msg)
            staged.open_name = name
            staged.names.append(name)
            path = staged.folder / f"{name}{SUFFIX}"
            staged.writer = PartitionWriter(path, self._instrument, stream, self._sources)
        return staged.writer

    def _settle(
        self, stream: Stream, staged: _Staged, moves: list[tuple[Path, Path]]
    ) -> StreamWritten:
        if staged.writer is not None:
            staged.writer.close()
            staged.writer = None
        added = removed = touched = 0
        for name in staged.names:
            more, fewer, move = self._settle_partition(stream, staged.folder / f"{name}{SUFFIX}")
            added, removed, touched = added + more, removed + fewer, touched + (move is not None)
            if move is not None:
                moves.append(move)
        unchanged = staged.offered - added
        return StreamWritten(
            self._instrument.id, stream, staged.offered, added, unchanged, removed, touched
        )

    def _settle_partition(
        self, stream: Stream, path: Path
    ) -> tuple[int, int, tuple[Path, Path] | None]:
        target = stream_folder(self._root, self._instrument.id, stream) / path.name
        new = PartitionFile(path, self._instrument.id, stream)
        if not target.exists():
            return new.facts.range.rows, 0, (path, target)
        old = PartitionFile(target, self._instrument.id, stream)
        plan = plan_merge(old, new, self._instrument, replace=self._replace)
        if plan.rows is None:
            return 0, 0, None
        merged = path.with_suffix(".merged")
        sources = tuple(dict.fromkeys(old.facts.sources + self._sources))
        writer = PartitionWriter(merged, self._instrument, stream, sources)
        for rows in plan.rows:
            writer.append(rows)
        writer.close()
        return plan.added, plan.removed, (merged, target)


def _check_values(columns: Columns) -> None:
    where = f"{columns.instrument} {stream_name(columns.stream)}"
    if set(columns.arrays) != set(COLUMN_NAMES[columns.kind]):
        msg = (
            f"{where} needs the columns {', '.join(COLUMN_NAMES[columns.kind])}, not "
            f"{', '.join(columns.arrays)}"
        )
        raise DataError(msg)
    for name, values in columns.arrays.items():
        if name.startswith("ts_") or name in _NUMBERS:
            continue
        limit = _SMALL_LIMITS.get(name, LARGEST_UNITS)
        wrong = (values >= limit) | (values <= -limit)  # abs() of MISSING is negative
        if name in NULLABLE:
            wrong &= values != MISSING
        if wrong.any():
            time = iso_time(int(columns.arrays["ts_recv"][int(np.argmax(wrong))]))
            msg = (
                f"{where}: {name} at {time} is missing, or is not below {limit:,} units; "
                "give the instrument fewer digits, or mend the rows"
            )
            raise DataError(msg)


def _check_order(columns: Columns, last: Columns | None) -> None:
    received = columns.arrays["ts_recv"]
    back = received < row_before(columns, "ts_recv", last)
    if columns.kind == "bars":
        opens = columns.arrays["ts_open"]
        back |= opens < row_before(columns, "ts_close", last)
        back |= columns.arrays["ts_close"] <= opens
    if back.any():
        time = iso_time(int(received[int(np.argmax(back))]))
        where = f"{columns.instrument} {stream_name(columns.stream)}"
        msg = f"{where}: the row at {time} goes back in time; sort the rows"
        raise DataError(msg)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there, and renames need no sync
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
