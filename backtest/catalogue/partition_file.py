"""Read and write one Parquet file of the catalogue, row group by row group.

Decides neither where a file stands nor which rows belong in it: `layout` and `session` do.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import (
    COLUMN_NAMES,
    MISSING,
    NULLABLE,
    SMALL,
    Columns,
    Stream,
    bounds,
    ids_or_blank,
    join_columns,
)
from backtest.catalogue.content import ContentHash
from backtest.catalogue.schema import (
    COMPRESSION,
    ROW_GROUP_ROWS,
    FileFacts,
    RowRange,
    Source,
    arrow_schema,
    closing_metadata,
    file_facts,
)
from engine.errors import DataError
from engine.model.instrument import Instrument


class PartitionFile:
    """Read one file; it is open only while its rows are read."""

    def __init__(self, path: Path, instrument: str, stream: Stream) -> None:
        self.path = path
        self.stream = stream
        self.instrument = instrument

    @cached_property
    def facts(self) -> FileFacts:
        """Return what the file's metadata says; DataError when it is no catalogue file."""
        return file_facts(self._metadata.metadata, str(self.path))

    def chunks(
        self, start_ns: int | None = None, end_ns: int | None = None, *, trade_ids: bool = False
    ) -> Iterator[Columns]:
        """Yield the rows with `start_ns <= ts_recv < end_ns`, a row group at a time."""
        with self._open() as parquet:
            for group in range(self._metadata.num_row_groups):
                first, last = self._span(group)
                if end_ns is not None and first >= end_ns:
                    return
                if start_ns is not None and last < start_ns:
                    continue
                rows = self._row_group(parquet, group, trade_ids=trade_ids)
                rows = rows.part(*bounds(rows, start_ns, end_ns))
                if len(rows):
                    yield rows

    def last_rows(self, before_ns: int, count: int, *, trade_ids: bool = False) -> list[Columns]:
        """Return up to `count` last rows with `ts_recv < before_ns`, as chunks in stored order."""
        found: list[Columns] = []
        with self._open() as parquet:
            for group in reversed(range(self._metadata.num_row_groups)):
                if count <= 0:
                    break
                if self._span(group)[0] >= before_ns:
                    continue
                rows = self._row_group(parquet, group, trade_ids=trade_ids)
                stop = bounds(rows, None, before_ns)[1]
                found.append(rows.part(max(0, stop - count), stop))
                count -= stop
        return found[::-1]

    @cached_property
    def _metadata(self) -> Any:  # noqa: ANN401 - pyarrow ships no types
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.read_metadata(self.path)
        except (OSError, pa.ArrowInvalid) as error:
            raise self._damaged(error) from error

    @contextmanager
    def _open(self) -> Iterator[Any]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with pq.ParquetFile(self.path, metadata=self._metadata) as parquet:
                yield parquet
        except (OSError, pa.ArrowInvalid) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> DataError:
        reason = f"{self.path} cannot be read as Parquet ({error})"
        return DataError(f"{reason}; delete it and import its recording again")

    @cached_property
    def _recv_index(self) -> int:
        return COLUMN_NAMES[self.stream[0]].index("ts_recv")

    def _span(self, group: int) -> tuple[int, int]:
        statistics = self._metadata.row_group(group).column(self._recv_index).statistics
        return statistics.min, statistics.max

    def _row_group(self, parquet: Any, group: int, *, trade_ids: bool) -> Columns:  # noqa: ANN401 - pyarrow ships no types
        kind, spec = self.stream
        names = list(COLUMN_NAMES[kind])
        with_ids = trade_ids and "trade_id" in parquet.schema_arrow.names
        table = parquet.read_row_group(group, columns=[*names, "trade_id"] if with_ids else names)
        arrays = {name: _integers(table.column(name), name) for name in names}
        ids = _strings(table.column("trade_id")) if with_ids else None
        return Columns(self.instrument, kind, spec, arrays, ids)


class PartitionWriter:
    """Write one file from chunks of rows; `close` leaves it whole, hashed and synced."""

    def __init__(
        self, path: Path, instrument: Instrument, stream: Stream, sources: tuple[Source, ...]
    ) -> None:
        import pyarrow.parquet as pq

        self.path = path
        self.rows = 0
        self._schema = arrow_schema(stream[0], instrument, sources)
        self._names = COLUMN_NAMES[stream[0]]
        self._hash = ContentHash(stream[0])
        self._pending: list[Columns] = []
        self._pending_rows = 0
        self._first = self._last = 0
        self._writer = pq.ParquetWriter(
            path,
            self._schema,
            compression=COMPRESSION,
            use_dictionary=False,
            column_encoding={
                name: "DELTA_BYTE_ARRAY" if name == "trade_id" else _encoding(name)
                for name in self._schema.names
            },
        )

    def append(self, columns: Columns) -> None:
        """Add rows at the end; memory stays below two row groups."""
        if not len(columns):
            return
        times = columns.arrays["ts_recv"]
        self._first = self._first if self.rows else int(times[0])
        self._last = int(times[-1])
        self.rows += len(columns)
        self._hash.add(columns)
        self._pending.append(columns)
        self._pending_rows += len(columns)
        if self._pending_rows >= ROW_GROUP_ROWS:
            self._flush(keep_rest=True)

    def close(self) -> None:
        """Write what is left and the closing metadata, and sync the file to the disk."""
        self._flush(keep_rest=False)
        row_range = RowRange(self.rows, self._first, self._last)
        self._writer.add_key_value_metadata(closing_metadata(self._hash.digest(), row_range))
        self._writer.close()
        with self.path.open("rb") as file:
            os.fsync(file.fileno())

    def _flush(self, *, keep_rest: bool) -> None:
        if not self._pending:
            return
        rows = join_columns(self._pending)
        stop = len(rows) - len(rows) % ROW_GROUP_ROWS if keep_rest else len(rows)
        for start in range(0, stop, ROW_GROUP_ROWS):
            self._writer.write_table(
                self._table(rows.part(start, min(start + ROW_GROUP_ROWS, stop)))
            )
        rest = rows.part(stop, len(rows))
        self._pending = [rest] if len(rest) else []
        self._pending_rows = len(rest)

    def _table(self, rows: Columns) -> Any:  # noqa: ANN401 - pyarrow ships no types
        import pyarrow as pa

        arrays = [_arrow(name, rows.arrays[name]) for name in self._names]
        if "trade_id" in self._schema.names:
            ids = ids_or_blank(rows)
            arrays.append(pa.array(ids, type=pa.string(), mask=ids == ""))
        return pa.Table.from_arrays(arrays, schema=self._schema)


def _encoding(name: str) -> str:
    return "PLAIN" if name in SMALL else "DELTA_BINARY_PACKED"


def _arrow(name: str, array: NDArray[np.int64]) -> Any:  # noqa: ANN401 - pyarrow ships no types
    import pyarrow as pa

    if name in SMALL:
        return pa.array(array.astype(np.int8))
    return pa.array(array, mask=array == MISSING) if name in NULLABLE else pa.array(array)


def _integers(column: Any, name: str) -> NDArray[np.int64]:  # noqa: ANN401 - pyarrow ships no types
    filled = column.fill_null(MISSING) if name in NULLABLE and column.null_count else column
    chunk = filled.chunk(0) if filled.num_chunks == 1 else filled.combine_chunks()
    array: NDArray[np.int64] = chunk.to_numpy(zero_copy_only=False)
    return array.astype(np.int64, copy=False)


def _strings(column: Any) -> NDArray[np.object_]:  # noqa: ANN401 - pyarrow ships no types
    array: NDArray[np.object_] = column.fill_null("").to_numpy()
    return array
