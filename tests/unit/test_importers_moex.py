"""Recordings of the Moscow Exchange: end labels, lying headers, artefacts, several securities."""

import zipfile
from pathlib import Path

import pytest

from engine.errors import DataError
from tests.recorded.importing import Desk, only

RUB = {"tick": 0.01, "currency": "RUB"}
FINAM = (
    "<DATE>;<TIME>;<OPEN>;<HIGH>;<LOW>;<CLOSE>;<VOL>\n"
    "20180103;100500;226.8800000;230.0000000;226.3500000;227.4000000;1480160\n"
)
EXPORT = (
    "ticker;timestamp;Open;High;Low;Close;Volume\n"
    "RIH5;2025-03-10 08:59:00;115310;115200;115320;115130;113\n"
)
RIH5, SIH5 = "1d64b9b7-9ce7-4483-9e33-646950ea591a", "8f99f804-abc1-4339-8c51-521c3e78cd13"
RAW = f"{RIH5};2025-03-10T05:59:00Z;115310;115200;115320;115130;113;\n"
MAPPINGS = f'[{{"ticker": "RIH5", "uid": "{RIH5}"}}, {{"ticker": "SiH5", "uid": "{SIH5}"}}]'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_finam_labels_bars_by_their_end(desk: Desk) -> None:
    desk.run("finam", desk.write("SBER.csv.gz", FINAM), bar="5m", definition=RUB)
    close = "2018-01-03T07:05:00Z"
    bar = ["2018-01-03T07:00:00Z", close, close, 226.88, 230.0, 226.35, 227.4, 1480160]
    assert desk.rows("bars", "5m") == [bar]


def test_finam_with_commas_and_more_columns(desk: Desk) -> None:
    text = FINAM.replace(";", ",").replace("<DATE>", "<TICKER>,<PER>,<DATE>")
    path = desk.write("SBER.csv", text.replace("20180103,", "SBER,5,20180103,"))
    desk.run("finam", path, bar="5m", label="start", definition=RUB)
    assert desk.rows("bars", "5m")[0][0] == "2018-01-03T07:05:00Z"


def test_finam_needs_the_length_of_its_bars_and_its_header(desk: Desk) -> None:
    with pytest.raises(DataError, match="add --bar"):
        desk.run("finam", desk.write("a.csv", FINAM), definition=RUB)
    with pytest.raises(DataError, match=r"lacks the column <CLOSE>"):
        desk.run("finam", desk.write("a.csv", FINAM.replace("<CLOSE>", "<LAST>")), bar="5m")


@pytest.mark.parametrize("text", [EXPORT, RAW])
def test_tinvest_columns_are_open_close_high_low_whatever_the_header_says(
    desk: Desk, text: str
) -> None:
    desk.run("tinvest", desk.write("RIH5.csv", text), definition={"tick": 10, "currency": "RUB"})
    opened, closed = "2025-03-10T05:59:00Z", "2025-03-10T06:00:00Z"
    bar = [opened, closed, closed, 115310, 115320, 115130, 115200, 113]
    assert desk.rows("bars", "1m") == [bar]


def test_tinvest_archive_of_several_instruments_needs_a_choice(desk: Desk) -> None:
    path = desk.folder / "raw.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{RIH5}_20250310.csv", RAW)
        archive.writestr(f"{SIH5}_20250310.csv", RAW.replace(RIH5, SIH5))
    facts = {"tick": 10, "currency": "RUB"}
    with pytest.raises(DataError, match=r"hold 1d64b9b7-.* and 8f99f804-.*; add --symbol"):
        desk.run("tinvest", path, definition=facts)
    with pytest.raises(DataError, match="no row of market data"):
        desk.run("tinvest", path, definition=facts, symbol="SiH5")
    desk.write("+mappings.json", MAPPINGS)
    report = desk.run("tinvest", path, definition=facts, symbol="SiH5")
    assert only(report).stored == 1
    assert report.ignored == {f"symbol {RIH5}": 1}
    assert only(desk.run("tinvest", path, definition=facts, symbol=SIH5)).unchanged == 1


def test_tinvest_mappings_that_cannot_be_read_are_named(desk: Desk) -> None:
    desk.write("+mappings.json", "{")
    with pytest.raises(DataError, match=r"\+mappings\.json is no list"):
        desk.run("tinvest", desk.write("a.csv", RAW), symbol="RIH5")


def test_daily_bars_are_dated_in_moscow_and_cleaned_of_artefacts(desk: Desk) -> None:
    text = (
        "datetime\topen\thigh\tlow\tclose\tvolume\n"
        "05.01.2000 00:00\t1.1400000000000001\t1.26\t1.08\t1.21\t2993900\n"
    )
    path = desk.write("TQBR.SBER_D1.txt.gz", text)
    report = desk.run("tinvest-daily", path, definition=RUB, quantity_factor="10")
    opened, closed = "2000-01-04T21:00:00Z", "2000-01-05T21:00:00Z"
    assert desk.rows("bars", "1d") == [[opened, closed, closed, 1.14, 1.26, 1.08, 1.21, 29939000]]
    assert only(report).rounded == 1


def test_algopack_candles_take_their_length_from_the_name(desk: Desk) -> None:
    text = (
        "datetime,open,high,low,close,volume,value\n2020-01-03 10:00,56.5,57.99,56.5,57.2,5.0,1\n"
    )
    desk.run("algopack", desk.write("BSPB_M10.csv", text), definition=RUB)
    assert desk.rows("bars", "10m")[0][:2] == ["2020-01-03T07:00:00Z", "2020-01-03T07:10:00Z"]
    with pytest.raises(DataError, match="add --bar"):
        desk.run("algopack", desk.write("BSPB.csv", text), definition=RUB)


STATISTICS = (
    ",secid,pr_open,pr_high,pr_low,pr_close,vol,ts\n"
    "0,AFLT,39.37,39.47,39.37,39.45,5749,2023-11-01 10:05:00\n"
    "0,GAZP,160,161,159,160.5,10,2023-11-01 10:05:00\n"
)


def test_algopack_statistics_end_at_their_time_and_need_a_choice(desk: Desk) -> None:
    path = desk.write("tradestats.csv", STATISTICS)
    with pytest.raises(DataError, match="holds AFLT, GAZP; add --symbol"):
        desk.run("algopack", path, definition=RUB)
    report = desk.run("algopack", path, definition=RUB, symbol="AFLT")
    assert desk.rows("bars", "5m")[0][:2] == ["2023-11-01T07:00:00Z", "2023-11-01T07:05:00Z"]
    assert report.ignored == {"rows of other securities": 1}


def test_algopack_statistics_without_trades_make_no_bars(desk: Desk) -> None:
    path = desk.write("obstats.csv", ",secid,spread_bbo,ts\n0,AFLT,7.1,2023-11-01 10:05:00\n")
    with pytest.raises(DataError, match=r"obstats\.csv holds neither candles"):
        desk.run("algopack", path, definition=RUB)
