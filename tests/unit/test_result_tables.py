"""The Parquet tables of a run folder: what is written comes back, and damage is refused."""

from pathlib import Path

import numpy as np
import pytest

from backtest.results.tables import (
    EQUITY,
    FILLS,
    MARKS,
    MISSING,
    ORDERS,
    SCHEMAS,
    Schema,
    TableWriter,
    read_table,
)
from engine.errors import DataError, InvariantError

ORDER = (
    "b-0-1",
    "cross",
    "main",
    "EURUSD.SIM",
    1,
    "limit",
    "gtc",
    2.0,
    1.1,
    None,
    "filled",
    2.0,
    1.1,
    10,
    None,
    30,
    "",
    1.1,
)


def test_rows_come_back_in_order_across_batches(tmp_path: Path) -> None:
    path = tmp_path / MARKS.file_name
    with TableWriter(path, MARKS, batch_rows=7) as writer:
        for ts in range(20):
            writer.append((ts, "B.SIM" if ts % 2 else "A.SIM", ts / 4))
        writer.extend((20 + ts, "C.SIM", 1.0) for ts in range(5))
    table = read_table(path, MARKS)
    assert table.rows == 25
    assert table.integers("ts").tolist() == list(range(25))
    assert table.floats("price")[:20].tolist() == [ts / 4 for ts in range(20)]
    assert table.labels("instrument").names == ("A.SIM", "B.SIM", "C.SIM")
    assert table.labels("instrument").text()[[0, 1, 24]].tolist() == ["A.SIM", "B.SIM", "C.SIM"]


def test_absent_values_read_as_nan_missing_and_empty_text(tmp_path: Path) -> None:
    path = tmp_path / ORDERS.file_name
    with TableWriter(path, ORDERS) as writer:
        writer.append(ORDER)
    table = read_table(path, ORDERS)
    assert np.isnan(table.floats("stop")[0])
    assert table.floats("price")[0] == 1.1
    assert table.integers("ts_accepted")[0] == MISSING
    assert table.integers("ts_closed")[0] == 30
    assert table.labels("reason").text()[0] == ""


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_an_empty_table_reads_as_no_rows(tmp_path: Path, schema: Schema) -> None:
    path = tmp_path / schema.file_name
    TableWriter(path, schema).close()
    table = read_table(path, schema)
    assert table.rows == 0
    for column in schema.columns:
        if column.kind == "string":
            assert table.labels(column.name).text().tolist() == []
        else:
            assert table.floats(column.name).tolist() == []


def test_memory_holds_one_batch_at_most(tmp_path: Path) -> None:
    with TableWriter(tmp_path / MARKS.file_name, MARKS, batch_rows=10) as writer:
        for ts in range(1_000):
            writer.append((ts, "A.SIM", 1.0))
            assert len(writer._rows) < 10


@pytest.mark.parametrize(
    "row", [(1, "A.SIM"), (1, "A.SIM", "dear"), (1, None, 1.0), (2**63, "A.SIM", 1.0)]
)
def test_a_row_that_does_not_fit_is_refused(tmp_path: Path, row: tuple[int, ...]) -> None:
    writer = TableWriter(tmp_path / MARKS.file_name, MARKS)
    writer.append(row)
    with pytest.raises(InvariantError, match=r"marks\.parquet does not fit .* ts instrument price"):
        writer.close()


def test_a_failed_run_leaves_only_the_partial_file(tmp_path: Path) -> None:
    path = tmp_path / EQUITY.file_name
    with pytest.raises(ZeroDivisionError), TableWriter(path, EQUITY) as writer:
        writer.append((1, "main", 1 / 0, 0.0, 0.0, 0.0, 0.0))
    assert [file.name for file in tmp_path.iterdir()] == ["equity.parquet.partial"]


def test_rows_after_close_are_refused(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / MARKS.file_name, MARKS, batch_rows=1)
    writer.close()
    writer.close()
    with pytest.raises(InvariantError, match="closed"):
        writer.append((1, "A.SIM", 1.0))


def test_absent_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / MARKS.file_name
    with pytest.raises(DataError, match=r"marks\.parquet cannot be read"):
        read_table(path, MARKS)
    path.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(DataError, match="cannot be read"):
        read_table(path, MARKS)
    TableWriter(path, MARKS).close()
    with pytest.raises(DataError, match="cannot be read"):
        read_table(path, FILLS)


def test_another_version_of_the_schema_is_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / MARKS.file_name
    schema = MARKS.arrow().with_metadata({"lockstep.schema": "99"})
    pq.write_table(pa.Table.from_pylist([], schema=schema), path)
    with pytest.raises(DataError, match="schema version 99"):
        read_table(path, MARKS)


def test_taken_rows_keep_their_text(tmp_path: Path) -> None:
    path = tmp_path / MARKS.file_name
    with TableWriter(path, MARKS) as writer:
        writer.extend([(1, "A.SIM", 1.0), (2, "B.SIM", 2.0), (3, "A.SIM", 3.0)])
    taken = read_table(path, MARKS).take(np.array([False, True, True]))
    assert taken.integers("ts").tolist() == [2, 3]
    assert taken.labels("instrument").text().tolist() == ["B.SIM", "A.SIM"]
