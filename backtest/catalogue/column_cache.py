"""Keep the columns of a partition as plain integers, to be mapped into memory instead of decoded.

The Parquet file stays the truth: what is kept here can be deleted at any time, and is made again.
"""

import mmap
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import COLUMN_NAMES, Columns, bounds
from backtest.catalogue.partition_file import PartitionFile
from backtest.catalogue.schema import ROW_GROUP_ROWS

FOLDER = ".columns"
SUFFIX = ".columns"
_BUILDING = ".building"
_FEWEST_ROWS = ROW_GROUP_ROWS
"""Smaller partitions are decoded in no time."""

_SPARE = 4
"""Nothing is kept unless so many times its size is free on the disk."""

Block = NDArray[np.int64]
"""The columns of up to ROW_GROUP_ROWS rows, one after the other."""


class ColumnCache:
    """Hold the columns of one partition in a file that is named by the hash of its rows.

    Blocks of rows follow one another; memory holds two of them, the second being read ahead by the
    system. A file has its name only when it is whole, and one process at a time builds it.
    """

    def __init__(self, partition: PartitionFile) -> None:
        self._partition = partition
        self._rows = partition.facts.range.rows
        self._names = COLUMN_NAMES[partition.stream[0]]
        folder, name = partition.path.parent / FOLDER, partition.path.stem
        self.path = folder / f"{name}.{partition.facts.content[:32]}{SUFFIX}"

    @property
    def is_there(self) -> bool:
        """Say whether the columns are kept, whole."""
        try:
            return self.path.stat().st_size == self._size
        except OSError:
            return False

    def build(self) -> bool:
        """Keep the columns unless they are few, there is no room or another process does; say if.

        What a killed process left unfinished is written again.
        """
        if self._rows < _FEWEST_ROWS or sys.platform == "win32":  # where files cannot be replaced
            return False
        if self.is_there:
            return True
        unfinished = self.path.parent / f"{self._partition.path.stem}{_BUILDING}"
        try:
            self.path.parent.mkdir(exist_ok=True)
            if shutil.disk_usage(self.path.parent).free < _SPARE * self._size:
                return False
            self._write(unfinished)
        except OSError:
            return False
        return self.is_there

    def chunks(self, start_ns: int | None, end_ns: int | None) -> Iterator[Columns]:
        """Yield the rows with `start_ns <= ts_recv < end_ns`, a block at a time."""
        partition = self._partition
        for block in self._blocks():
            arrays = dict(zip(self._names, block, strict=True))
            rows = Columns(partition.instrument, *partition.stream, arrays)
            first, stop = bounds(rows, start_ns, end_ns)
            if first < stop:
                yield rows.part(first, stop)
            if stop < len(rows):
                return

    @property
    def _size(self) -> int:
        return self._rows * len(self._names) * 8

    def _write(self, unfinished: Path) -> None:
        import fcntl

        with unfinished.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if self.is_there or os.fstat(file.fileno()).st_ino != unfinished.stat().st_ino:
                return
            file.truncate(0)
            left = self._rows
            for rows in self._partition.chunks():
                if len(rows) != min(ROW_GROUP_ROWS, left):
                    return  # written by somebody who cuts otherwise
                left -= len(rows)
                for name in self._names:
                    file.write(np.ascontiguousarray(rows.arrays[name]).data)
            file.flush()
            os.fsync(file.fileno())
            if file.tell() == self._size:
                self._forget_others()
                unfinished.replace(self.path)

    def _forget_others(self) -> None:
        """Remove what was kept of rows that the partition no longer has."""
        for old in self.path.parent.glob(f"{self._partition.path.stem}.*{SUFFIX}"):
            with suppress(FileNotFoundError):
                old.unlink()

    def _blocks(self) -> Iterator[Block]:
        with self.path.open("rb") as file:
            ahead = self._map(file.fileno(), 0)
            for start in range(0, self._rows, ROW_GROUP_ROWS):
                block = ahead
                if start + ROW_GROUP_ROWS < self._rows:
                    ahead = self._map(file.fileno(), start + ROW_GROUP_ROWS)
                yield block

    def _map(self, file: int, start: int) -> Block:
        """Map the block that begins with a row, and let the system read it."""
        rows, width = min(ROW_GROUP_ROWS, self._rows - start), len(self._names)
        offset, size = start * width * 8, rows * width * 8
        before = offset % mmap.ALLOCATIONGRANULARITY
        mapped = mmap.mmap(file, before + size, offset=offset - before, access=mmap.ACCESS_READ)
        mapped.madvise(mmap.MADV_WILLNEED)
        return np.frombuffer(mapped, np.int64, rows * width, before).reshape(width, rows)
