"""HistData's minutes, as published and as exported again."""

from pathlib import Path

import pytest

from tests.recorded.importing import Desk

FX = {"tick": 0.00001, "currency": "USD"}
PUBLISHED = "20220103 170000;1.131000;1.131200;1.130900;1.131100;0\n"
EXPORTED = "datetime;open;high;low;close;volume\n2022-01-03 22:00:00;1.131;1.1312;1.1309;1.1311;0\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("text", [PUBLISHED, EXPORTED])
def test_either_form_gives_the_same_bar(desk: Desk, text: str) -> None:
    desk.run("histdata", desk.write("DAT_ASCII_EURUSD_M1_2022.csv", text), definition=FX)
    opened, closed = "2022-01-03T22:00:00Z", "2022-01-03T22:01:00Z"
    assert desk.rows("bars", "1m") == [[opened, closed, closed, 1.131, 1.1312, 1.1309, 1.1311, 0]]


def test_published_times_have_no_summer_time(desk: Desk) -> None:
    text = PUBLISHED.replace("20220103", "20220704")
    desk.run("histdata", desk.write("a.csv.gz", text), definition=FX)
    assert desk.rows("bars", "1m")[0][0] == "2022-07-04T22:00:00Z"


def test_zone_may_be_said(desk: Desk) -> None:
    text = EXPORTED.replace("01-03", "07-04")
    desk.run("histdata", desk.write("a.csv", text), definition=FX, timezone="Europe/London")
    assert desk.rows("bars", "1m")[0][0] == "2022-07-04T21:00:00Z"


def test_the_status_file_in_a_published_zip_is_left_out(desk: Desk) -> None:
    import zipfile

    path = desk.folder / "HISTDATA_COM_ASCII_EURUSD_M1_2022.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("DAT_ASCII_EURUSD_M1_2022.csv", PUBLISHED)
        archive.writestr("DAT_ASCII_EURUSD_M1_2022.txt", "Gap of 61s found between ...\n")
    report = desk.run("histdata", path, definition=FX)
    assert report.ignored == {"files that are no .csv": 1}
    assert report.rows_read == 1
