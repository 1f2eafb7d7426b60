"""Write and read the Parquet tables of a run folder: orders, fills, equity and marks.

Computes nothing from them, and knows no strategy, kernel or exchange.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError, InvariantError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

MISSING = -(2**63)
"""What an absent integer reads as; an absent float reads as NaN and an absent text as ''."""

SCHEMA_VERSION = 1
BATCH_ROWS = 16_384

Value = str | int | float | None
Kind = Literal["int64", "int8", "float64", "string"]
Rows = NDArray[np.int64] | NDArray[np.bool_] | slice
"""Row numbers, one truth a row, or a slice."""


@dataclass(frozen=True, slots=True)
class Column:
    """Name one column, its kind, and whether a value may be absent (None when written)."""

    name: str
    kind: Kind
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """Name the columns of one table in the order in which a row gives them."""

    name: str
    columns: tuple[Column, ...]

    @property
    def file_name(self) -> str:
        """Return the name of the table's file within a run folder."""
        return f"{self.name}.parquet"

    def arrow(self) -> "pa.Schema":
        """Return the schema as pyarrow knows it, with the table's name and version as metadata."""
        import pyarrow as pa

        fields = [
            pa.field(column.name, pa.type_for_alias(column.kind), column.nullable)
            for column in self.columns
        ]
        version = {"lockstep.table": self.name, "lockstep.schema": str(SCHEMA_VERSION)}
        return pa.schema(fields, version)


def _columns(kind: Kind, names: str, *, nullable: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, kind, nullable) for name in names.split())


FILLS = Schema(
    "fills",
    (
        *_columns("int64", "ts_event ts_recv"),
        *_columns("string", "client_order_id trade_id strategy account instrument"),
        *_columns("int8", "side"),
        *_columns("float64", "quantity price fee"),
        *_columns("string", "fee_currency currency liquidity"),
        *_columns("float64", "multiplier position_after realised_pnl arrival_price rate"),
    ),
)
"""One row per execution, in the order in which the engine booked them.

Times are nanoseconds UTC; `side` is +1 or -1; `quantity` is positive and this fill's own; `fee` is
paid in `fee_currency` (negative: a rebate); `realised_pnl` is in `currency` and before fees;
`position_after` is signed and that of strategy, account and instrument; `arrival_price` is the mid
or last price at the decision, NaN where there was none; `rate` turns `currency` into the account's.
"""

ORDERS = Schema(
    "orders",
    (
        *_columns("string", "client_order_id strategy account instrument"),
        *_columns("int8", "side"),
        *_columns("string", "type time_in_force"),
        *_columns("float64", "quantity"),
        *_columns("float64", "price stop", nullable=True),
        *_columns("string", "status"),
        *_columns("float64", "filled average_price"),
        *_columns("int64", "ts_submitted"),
        *_columns("int64", "ts_accepted ts_closed", nullable=True),
        *_columns("string", "reason"),
        *_columns("float64", "arrival_price"),
    ),
)
"""One row per client order; a denied intent is a row of status `denied` with its reason.

`price` is the limit and `stop` the trigger; `average_price` is NaN before the first fill.
"""

EQUITY = Schema(
    "equity",
    (
        *_columns("int64", "ts"),
        *_columns("string", "account"),
        *_columns("float64", "equity balance unrealised gross_exposure net_exposure"),
    ),
)
"""One row per sample and account, in the account's currency, in the order of time."""

MARKS = Schema(
    "marks",
    (*_columns("int64", "ts"), *_columns("string", "instrument"), *_columns("float64", "price")),
)
"""The first, the sampled and the last mark of every instrument, in the order of time."""

SCHEMAS = (FILLS, ORDERS, EQUITY, MARKS)


class TableWriter:
    """Write rows to one Parquet file, a batch at a time, in memory that does not grow.

    Rows are tuples in the order of the schema's columns. The file appears under its name only when
    `close` succeeds; until then, and after a failure, it is `<name>.partial`.
    """

    def __init__(self, path: Path, schema: Schema, batch_rows: int = BATCH_ROWS) -> None:
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        self._schema = schema
        self._batch_rows = batch_rows
        self._rows: list[Sequence[Value]] = []
        self._writer: pq.ParquetWriter | None = None
        self._open()

    def append(self, row: Sequence[Value]) -> None:
        """Add one row; raises InvariantError at the latest when closed if it does not fit."""
        self._rows.append(row)
        if len(self._rows) >= self._batch_rows:
            self._flush()

    def extend(self, rows: Iterable[Sequence[Value]]) -> None:
        """Add many rows; cheaper than one `append` a row."""
        self._rows.extend(rows)
        if len(self._rows) >= self._batch_rows:
            self._flush()

    def close(self) -> None:
        """Write what is left and give the file its name; does nothing when closed already."""
        if self._writer is None:
            return
        self._flush()
        self._writer.close()
        self._writer = None
        self._partial.replace(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close after success; after a fault leave the partial file for whoever looks into it."""
        if kind is None:
            self.close()
        elif self._writer is not None:
            self._writer.close()
            self._writer = None

    def _open(self) -> None:
        import pyarrow.parquet as pq

        names = [
            c.name for c in self._schema.columns if c.kind == "string" and c.name[-3:] != "_id"
        ]
        self._writer = pq.ParquetWriter(
            self._partial, self._schema.arrow(), compression="zstd", use_dictionary=names
        )

    def _flush(self) -> None:
        import pyarrow as pa

        if self._writer is None:
            raise InvariantError(f"{self._path.name} is closed; open a new TableWriter to add rows")
        if not self._rows:
            return
        schema = self._schema.arrow()
        try:
            columns = zip(*self._rows, strict=True)
            arrays = [
                pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)
            ]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as fault:
            names = " ".join(column.name for column in self._schema.columns)
            raise InvariantError(
                f"a row of {self._path.name} does not fit ({fault}); give {names}"
            ) from fault
        self._rows.clear()


@dataclass(frozen=True, slots=True)
class Labels:
    """Hold a text column as its distinct `names`, sorted, and for each row the index of its own."""

    names: tuple[str, ...]
    codes: NDArray[np.int64]

    def text(self) -> NDArray[np.str_]:
        """Return the text of every row."""
        return np.array(self.names, dtype=np.str_)[self.codes] if self.names else np.array([], "U1")

    def take(self, rows: Rows) -> "Labels":
        """Return the chosen rows; all names are kept."""
        return Labels(self.names, self.codes[rows])

    def rows_of(self, name: str) -> NDArray[np.bool_]:
        """Return which rows hold `name`."""
        code = self.names.index(name) if name in self.names else -1
        return np.equal(self.codes, code)


class Table:
    """Hold one table of a run in memory, column by column."""

    def __init__(self, schema: Schema, columns: dict[str, NDArray[np.generic] | Labels]) -> None:
        self.schema = schema
        self._columns = columns

    @cached_property
    def rows(self) -> int:
        """Return the number of rows."""
        first = self._columns[self.schema.columns[0].name]
        return len(first.codes) if isinstance(first, Labels) else len(first)

    def floats(self, name: str) -> NDArray[np.float64]:
        """Return a column of float64, NaN where a value is absent."""
        return self._numbers(name).astype(np.float64, copy=False)

    def integers(self, name: str) -> NDArray[np.int64]:
        """Return a column of int64, MISSING where a value is absent."""
        return self._numbers(name).astype(np.int64, copy=False)

    def labels(self, name: str) -> Labels:
        """Return a text column."""
        column = self._columns[name]
        if not isinstance(column, Labels):
            raise InvariantError(
                f"column {name} of {self.schema.name} is not text; ask for numbers"
            )
        return column

    def take(self, rows: Rows) -> "Table":
        """Return the chosen rows as a table; text keeps all its names."""
        chosen = {
            name: column.take(rows) if isinstance(column, Labels) else column[rows]
            for name, column in self._columns.items()
        }
        return Table(self.schema, chosen)

    def _numbers(self, name: str) -> NDArray[np.generic]:
        column = self._columns[name]
        if isinstance(column, Labels):
            raise InvariantError(f"column {name} of {self.schema.name} is text; ask for labels")
        return column


def read_table(path: Path, schema: Schema) -> Table:
    """Read one table of a run folder into numpy arrays.

    Raises DataError when the file is absent, damaged, of another version, or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        stored = pq.ParquetFile(path)
        version = (stored.schema_arrow.metadata or {}).get(b"lockstep.schema", b"none").decode()
        if version != str(SCHEMA_VERSION):
            raise DataError(
                f"{path} has schema version {version}, not {SCHEMA_VERSION}; read it with the "
                "version of lockstep named in manifest.json, or run again"
            )
        table = stored.read().select([column.name for column in schema.columns])
        table = table.cast(schema.arrow())
    except (OSError, pa.ArrowException, KeyError, ValueError) as fault:
        reason = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise DataError(f"{path} cannot be read ({reason}); run again to write it anew") from fault
    columns = {column.name: _column(table.column(column.name), column) for column in schema.columns}
    return Table(schema, columns)


def _column(stored: "pa.ChunkedArray", column: Column) -> NDArray[np.generic] | Labels:
    if column.kind == "string":
        return _labels(stored)
    if column.nullable:
        stored = stored.fill_null(float("nan") if column.kind == "float64" else MISSING)
    numbers: NDArray[np.generic] = stored.to_numpy()
    return numbers


def _labels(stored: "pa.ChunkedArray") -> Labels:
    coded = stored.fill_null("").combine_chunks().dictionary_encode()
    names: list[str] = coded.dictionary.to_pylist()
    order = np.argsort(np.array(names, dtype=np.str_), kind="stable")
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return Labels(tuple(names[place] for place in order), rank[codes])
