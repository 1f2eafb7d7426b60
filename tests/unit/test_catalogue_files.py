"""The files of a catalogue explain themselves, and others are told apart from them."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from backtest.catalogue import Catalogue, Source
from engine.errors import DataError
from engine.model.instrument import Instrument
from engine.model.market_hours import FX_WEEK
from tests.house.sources import ROOT
from tests.recorded.rows import EURUSD, bars, quotes, trades


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "catalog")


def test_file_of_another_schema_version_is_refused(catalogue: Catalogue) -> None:
    import pyarrow.parquet as pq

    catalogue.write(EURUSD, [bars([0])])
    (path,) = catalogue.path.rglob("*.parquet")
    rows = pq.read_table(path)
    metadata = {**rows.schema.metadata, b"lockstep.schema": b"2"}
    pq.write_table(rows.replace_schema_metadata(metadata), path)
    with pytest.raises(DataError, match="has catalogue schema 2, this version reads 1"):
        catalogue.instrument("EURUSD.SIM")


@pytest.mark.parametrize("damage", [b"", b"PAR1 and no more", None])
def test_damaged_file_is_named(catalogue: Catalogue, damage: bytes | None) -> None:
    catalogue.write(EURUSD, [bars([0])])
    (path,) = catalogue.path.rglob("*.parquet")
    path.write_bytes(path.read_bytes()[:-100] if damage is None else damage)
    with pytest.raises(DataError, match=r"2022-01\.parquet cannot be read"):
        list(catalogue.read("EURUSD.SIM", "bars", "1m"))


def test_left_over_staging_folder_is_not_data_and_goes_with_the_next_write(
    catalogue: Catalogue,
) -> None:
    (catalogue.path / ".staging-x" / "quotes").mkdir(parents=True)
    assert catalogue.instruments() == ()
    catalogue.write(EURUSD, [bars([0])])
    assert [path.name for path in catalogue.path.iterdir()] == ["EURUSD.SIM"]


def test_second_writer_is_refused_until_the_first_has_ended(catalogue: Catalogue) -> None:
    with catalogue.writing(EURUSD) as session:
        session.append(bars([0]))
        with pytest.raises(DataError, match="another process is writing to"):
            catalogue.write(EURUSD, [bars([1])])
        session.commit()
    catalogue.write(EURUSD, [bars([0, 1])])
    assert catalogue.listing()[0].rows == 2


def test_definition_and_sources_stand_in_every_file(catalogue: Catalogue) -> None:
    opens = Instrument.define("EURUSD.SIM", tick="0.00001", currency="USD", calendar=FX_WEEK)
    source = Source("ticks.csv", "0" * 64)
    catalogue.write(opens, [quotes([(0, 1, 2), (86_400, 1, 2)])], [source])
    facts = catalogue.facts("EURUSD.SIM", "quotes")
    assert list(facts) == ["2022-01-01", "2022-01-02"]
    assert all(one.instrument == opens and one.sources == (source,) for one in facts.values())


def test_schema_is_what_the_documentation_says(catalogue: Catalogue) -> None:
    import pyarrow.parquet as pq

    catalogue.write(EURUSD, [trades([(0, 1, 1)], ["x"])])
    (path,) = catalogue.path.rglob("*.parquet")
    schema = pq.read_schema(path)
    assert {field.name: str(field.type) for field in schema} == {
        "ts_event": "int64",
        "ts_recv": "int64",
        "price": "int64",
        "size": "int64",
        "aggressor": "int8",
        "trade_id": "string",
    }
    stored_as = pq.read_metadata(path).metadata
    assert msgspec.json.decode(stored_as[b"lockstep.instrument"], type=Instrument) == EURUSD
    assert stored_as[b"lockstep.schema"] == b"1"


def test_instrument_names_may_hold_what_folders_may_not(catalogue: Catalogue) -> None:
    pair = Instrument.define("BTC/USDT.BINANCE", tick="0.1", currency="USDT")
    catalogue.write(pair, [quotes([(0, 1, 2)], "BTC/USDT.BINANCE")])
    assert catalogue.instruments() == ("BTC/USDT.BINANCE",)
    assert catalogue.instrument("BTC/USDT.BINANCE") == pair


def test_pyarrow_is_loaded_only_when_a_file_is() -> None:
    code = (
        "import sys, backtest.catalogue, backtest.importers, lockstep.cli.data;"
        "sys.exit('pyarrow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
