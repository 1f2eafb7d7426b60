"""Exported files hold what is stored, in words other programs read."""

import gzip
from pathlib import Path

import pytest

from backtest.catalogue import MISSING, Catalogue
from backtest.catalogue.export import export_rows
from engine.errors import DataError
from tests.recorded.rows import EURUSD, SECOND, START, bars, quotes, trades

BARS = """\
ts_open,ts_close,ts_recv,open,high,low,close,volume
2022-01-01 00:00:00.000000000Z,2022-01-01 00:01:00.000000000Z,2022-01-01 00:01:00.000000000Z,\
1.10000,1.10003,1.09997,1.10001,10
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "catalog")


def test_csv_has_exact_decimals_and_utc_times(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.write(EURUSD, [bars([0])])
    for name in ("a.csv", "a.csv.gz"):
        export_rows(catalogue, "EURUSD.SIM", ("bars", "1m"), tmp_path / name)
    assert (tmp_path / "a.csv").read_text().replace('"', "") == BARS
    assert (
        gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == (tmp_path / "a.csv").read_bytes()
    )


def test_missing_values_and_negative_prices(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.write(EURUSD, [quotes([(0, -3_763_000, MISSING)])])
    export_rows(catalogue, "EURUSD.SIM", ("quotes", None), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().splitlines()[1].split(",")[2:] == [
        "-37.63000",
        "",
        "1",
        "2",
    ]


def test_parquet_has_canonical_floats(catalogue: Catalogue, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    catalogue.write(EURUSD, [trades([(0, 110_007, 3)], ["x"])])
    export_rows(catalogue, "EURUSD.SIM", ("trades", None), tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert str(table.schema.field("ts_recv").type) == "timestamp[ns, tz=UTC]"
    row = {
        name: table.column(name)[0].as_py() for name in ("price", "size", "aggressor", "trade_id")
    }
    assert row == {"price": 1.10007, "size": 3.0, "aggressor": 1, "trade_id": "x"}


def test_span_is_chosen(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.write(EURUSD, [quotes([(0, 1, 2), (1, 1, 2), (2, 1, 2)])])
    span = START + SECOND, START + 2 * SECOND
    assert export_rows(catalogue, "EURUSD.SIM", ("quotes", None), tmp_path / "a.csv", *span) == 1


def test_refused_export_leaves_the_file_that_was_there(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    catalogue.write(EURUSD, [quotes([(0, 1, 2)])])
    target = tmp_path / "a.csv"
    target.write_text("mine")
    with pytest.raises(DataError, match=r"no rows of EURUSD\.SIM in that time"):
        export_rows(catalogue, "EURUSD.SIM", ("quotes", None), target, START + SECOND)
    assert target.read_text() == "mine"
    with pytest.raises(DataError, match=r"name the file \.csv, \.csv\.gz or \.parquet"):
        export_rows(catalogue, "EURUSD.SIM", ("quotes", None), tmp_path / "a.xlsx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "catalog"]
