"""Write stored rows to a CSV or Parquet file that other programs read.

Loses nothing: times are nanoseconds UTC; prices and quantities are exact decimals in CSV and the
nearest doubles in Parquet.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.catalogue import Catalogue
from backtest.catalogue.columns import (
    MISSING,
    PRICE_COLUMNS,
    QUANTITY_COLUMNS,
    SMALL,
    Columns,
    Stream,
    ids_or_blank,
)
from engine.errors import DataError
from engine.model.instrument import Instrument

_DECIMAL_DIGITS = 18
_Column = Callable[[NDArray[np.int64], int], Any]


def export_rows(
    catalogue: Catalogue,
    instrument: str,
    stream: Stream,
    target: Path,
    start_ns: int | None = None,
    end_ns: int | None = None,
) -> int:
    """Write the rows with `start_ns <= ts_recv < end_ns` to `target` and return how many.

    The name decides the format: `.csv`, `.csv.gz` or `.parquet`. An existing file is replaced only
    when the whole export succeeded. Raises DataError for another name, or where there are no rows.
    """
    writer_of = _writer_of(target)
    definition = catalogue.instrument(instrument)
    partial = target.with_name(f".{target.name}.partial")
    rows, writer = 0, None
    try:
        for columns in catalogue.read(instrument, *stream, start_ns, end_ns, trade_ids=True):
            table = _table(columns, definition, exact=target.suffix != ".parquet")
            writer = writer or writer_of(partial, table.schema)
            writer.write_table(table)
            rows += len(columns)
        if writer is None:
            msg = f"there are no rows of {instrument} in that time; check --start and --end"
            raise DataError(msg)
        writer.close()
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _writer_of(target: Path) -> Callable[[Path, Any], Any]:
    if target.suffix == ".parquet":
        return _parquet_writer
    if target.suffix == ".csv":
        return _csv_writer
    if target.name.endswith(".csv.gz"):
        return _gzip_writer
    msg = f"{target.name} says no format; name the file .csv, .csv.gz or .parquet"
    raise DataError(msg)


def _parquet_writer(path: Path, schema: Any) -> Any:  # noqa: ANN401 - pyarrow ships no types
    import pyarrow.parquet as pq

    return pq.ParquetWriter(path, schema, compression="zstd")


def _csv_writer(path: Path, schema: Any) -> Any:  # noqa: ANN401 - pyarrow ships no types
    from pyarrow import csv

    options = csv.WriteOptions(quoting_style="needed")
    return csv.CSVWriter(path, schema, write_options=options)


class _GzipWriter:
    """Close the compressed stream together with the CSV writer above it."""

    def __init__(self, path: Path, schema: Any) -> None:  # noqa: ANN401 - pyarrow ships no types
        import pyarrow as pa
        from pyarrow import csv

        self._stream = pa.CompressedOutputStream(str(path), "gzip")
        options = csv.WriteOptions(quoting_style="needed")
        self._writer = csv.CSVWriter(self._stream, schema, write_options=options)

    def write_table(self, table: Any) -> None:  # noqa: ANN401 - pyarrow ships no types
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()
        self._stream.close()


def _gzip_writer(path: Path, schema: Any) -> Any:  # noqa: ANN401 - pyarrow ships no types
    return _GzipWriter(path, schema)


def _table(columns: Columns, instrument: Instrument, *, exact: bool) -> Any:  # noqa: ANN401 - pyarrow ships no types
    import pyarrow as pa

    number = _decimals if exact else _doubles
    digits = dict.fromkeys(PRICE_COLUMNS[columns.kind], instrument.price_digits)
    digits |= dict.fromkeys(QUANTITY_COLUMNS[columns.kind], instrument.quantity_digits)
    found = {
        name: number(values, digits[name]) if name in digits else _plain(name, values)
        for name, values in columns.arrays.items()
    }
    if columns.kind == "trades":
        ids = ids_or_blank(columns)
        found["trade_id"] = pa.array(ids, type=pa.string(), mask=ids == "")
    return pa.table(found)


def _plain(name: str, values: NDArray[np.int64]) -> Any:  # noqa: ANN401 - pyarrow ships no types
    import pyarrow as pa

    if name in SMALL:
        return pa.array(values.astype(np.int8))
    if name.startswith("ts_"):
        return pa.array(values).cast(pa.timestamp("ns", "UTC"))
    return pa.array(values, mask=values == MISSING)


def _decimals(values: NDArray[np.int64], digits: int) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Return 128-bit decimals: the integer is the low half, its sign fills the high one."""
    import pyarrow as pa

    missing = values == MISSING
    halves = np.empty((len(values), 2), dtype="<i8")
    halves[:, 0] = values
    halves[:, 1] = values >> 63
    valid = np.packbits(~missing, bitorder="little") if missing.any() else None
    buffers = [None if valid is None else pa.py_buffer(valid), pa.py_buffer(halves)]
    return pa.Array.from_buffers(pa.decimal128(_DECIMAL_DIGITS, digits), len(values), buffers)


def _doubles(values: NDArray[np.int64], digits: int) -> Any:  # noqa: ANN401 - pyarrow ships no types
    import pyarrow as pa

    return pa.array(values / 10.0**digits, mask=values == MISSING)
