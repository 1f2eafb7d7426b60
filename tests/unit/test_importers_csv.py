"""Delimited text is imported as the options say, and refused where they do not fit it."""

from pathlib import Path
from typing import Any

import pytest

from backtest.importers.csv_columns import csv_columns
from backtest.importers.tables import BLOCK_BYTES
from engine.errors import DataError
from tests.recorded.importing import Desk, only

BARS = "time,open,high,low,close,volume\n2022-01-03 10:00,1.10,1.20,1.00,1.15,7\n"
AS_BARS: dict[str, Any] = {"bar": "1m", "label": "start"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_bars_with_a_common_header_need_length_and_label_only(desk: Desk) -> None:
    desk.run("csv", desk.write("a.csv", BARS), **AS_BARS)
    close = "2022-01-03T10:01:00Z"
    opened = "2022-01-03T10:00:00Z"
    assert desk.rows("bars", "1m") == [[opened, close, close, 1.1, 1.2, 1.0, 1.15, 7.0]]


def test_bar_label_end_moves_the_bar_back_by_its_length(desk: Desk) -> None:
    desk.run("csv", desk.write("a.csv", BARS), bar="5m", label="end")
    assert desk.rows("bars", "5m")[0][:2] == ["2022-01-03T09:55:00Z", "2022-01-03T10:00:00Z"]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"label": "start"}, "add --bar"),
        ({"bar": "1m"}, "add --label start or --label end"),
        ({"bar": "100t", "label": "start"}, "bars of time"),
        ({"bar": "1q", "label": "start"}, "cannot be read"),
        ({**AS_BARS, "symbol": "X"}, "--symbol means nothing to format csv"),
    ],
)
def test_bars_without_length_or_label_are_refused(
    desk: Desk, said: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError if "read" in message else DataError) as refused:
        desk.run("csv", desk.write("a.csv", BARS), **said)
    assert message in str(refused.value)
    assert desk.catalogue.instruments() == ()


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        ("UTC", "2022-07-01T10:00:00Z"),
        ("UTC-5", "2022-07-01T15:00:00Z"),
        ("UTC-05", "2022-07-01T15:00:00Z"),
        ("+05:30", "2022-07-01T04:30:00Z"),
        ("America/New_York", "2022-07-01T14:00:00Z"),
        ("Europe/Moscow", "2022-07-01T07:00:00Z"),
    ],
)
def test_times_are_read_in_the_zone_said(desk: Desk, zone: str, instant: str) -> None:
    text = "time,bid,ask\n2022-07-01 10:00:00,1.10,1.11\n"
    desk.run("csv", desk.write("a.csv", text), timezone=zone)
    assert desk.rows("quotes")[0][0] == instant


@pytest.mark.parametrize(
    ("time_format", "text", "instant"),
    [
        ("iso", "2022-07-01T10:00:00.123456789Z", "2022-07-01T10:00:00.123456789Z"),
        ("iso", "2022-07-01 10:00:00.5+03:00", "2022-07-01T07:00:00.500Z"),
        ("iso", "2022-07-01", "2022-07-01T00:00:00Z"),
        ("epoch-s", "1656669600", "2022-07-01T10:00:00Z"),
        ("epoch-s", "1656669600.123456789", "2022-07-01T10:00:00.123456789Z"),
        ("epoch-ms", "1656669600123", "2022-07-01T10:00:00.123Z"),
        ("epoch-us", "1656669600123456", "2022-07-01T10:00:00.123456Z"),
        ("epoch-ns", "1656669600123456789", "2022-07-01T10:00:00.123456789Z"),
        ("%Y%m%d %H%M%S", "20220701 100000", "2022-07-01T10:00:00Z"),
        ("%d.%m.%Y %H:%M", "01.07.2022 10:00", "2022-07-01T10:00:00Z"),
        ("%d/%m/%y %H:%M", "1/7/22 10:00", "2022-07-01T10:00:00Z"),
        ("%b %d %Y %I:%M:%S.%f %p", "Jul 1 2022 10:00:00.25 AM", "2022-07-01T10:00:00.250Z"),
        ("%Y-%m-%d %H:%M:%S%z", "2022-07-01 10:00:00+0200", "2022-07-01T08:00:00Z"),
    ],
)
def test_time_formats(desk: Desk, time_format: str, text: str, instant: str) -> None:
    path = desk.write("a.csv", f"time,bid,ask\n{text},1.10,1.11\n")
    desk.run("csv", path, time_format=time_format)
    assert desk.rows("quotes")[0][0] == instant


@pytest.mark.parametrize(
    ("time_format", "text", "message"),
    [
        ("iso", "01.07.2022", "a.csv:3: '01.07.2022' cannot be read as iso"),
        ("%Y%m%d", "2022-07-01", "a.csv:3: time '2022-07-01' does not fit"),
        ("%Y%m%d", "20220231", "a.csv:3: time '20220231' does not fit"),
        ("epoch-s", "1656669600123", "a.csv:3: '1656669600123' cannot be read as epoch-s"),
        ("epoch-s", "7258118401", "a.csv:3: time '7258118401' read as epoch-s is not between"),
        ("epoch-ns", "12.5", "a.csv:3: '12.5' cannot be read as epoch-ns"),
        ("epoch-s", "", "a.csv:3: '' cannot be read as epoch-s"),
    ],
)
def test_time_that_does_not_fit_is_refused_with_its_line(
    desk: Desk, time_format: str, text: str, message: str
) -> None:
    good = {"iso": "2022-07-01", "%Y%m%d": "20220701", "epoch-s": "1", "epoch-ns": "1"}
    path = desk.write("a.csv", f"time,bid,ask\n{good[time_format]},1,2\n{text},1.10,1.11\n")
    with pytest.raises(DataError) as refused:
        desk.run("csv", path, time_format=time_format)
    assert message in str(refused.value)


def test_time_that_clocks_skip_is_refused(desk: Desk) -> None:
    path = desk.write("a.csv", "time,bid,ask\n2022-03-13 02:30:00,1.10,1.11\n")
    with pytest.raises(DataError, match=r"a\.csv:2: the clocks of America/New_York skip"):
        desk.run("csv", path, timezone="America/New_York")


def test_time_that_clocks_show_twice_needs_a_choice(desk: Desk) -> None:
    path = desk.write("a.csv", "time,bid,ask\n2022-11-06 01:30:00,1.10,1.11\n")
    with pytest.raises(DataError, match=r"show 2022-11-06T01:30:00 twice.*--fold"):
        desk.run("csv", path, timezone="America/New_York")
    for fold, hour in (("earlier", "05"), ("later", "06")):
        desk.run("csv", path, timezone="America/New_York", fold=fold, instrument=f"{fold}.SIM")
        assert desk.rows("quotes", instrument=f"{fold}.SIM")[0][0] == f"2022-11-06T{hour}:30:00Z"


def test_days_run_from_local_midnight_to_local_midnight(desk: Desk) -> None:
    text = "date,open,high,low,close\n2022-03-12,1,1,1,1\n2022-03-13,1,1,1,1\n"
    said: dict[str, Any] = {"bar": "1d", "label": "start", "timezone": "America/New_York"}
    desk.run("csv", desk.write("a.csv", text), **said)
    assert [row[:2] for row in desk.rows("bars", "1d")] == [
        ["2022-03-12T05:00:00Z", "2022-03-13T05:00:00Z"],
        ["2022-03-13T05:00:00Z", "2022-03-14T04:00:00Z"],  # the day of 23 hours
    ]


def test_columns_are_chosen_by_name_and_by_place(desk: Desk) -> None:
    text = "id;what;Geld;Brief\n7;2022-07-01;1,10;1,11\n"
    chosen = {"time": "what", "bid": "3", "ask": "Brief"}
    desk.run("csv", desk.write("a.csv", text), columns=chosen, decimal=",")
    instant = "2022-07-01T00:00:00Z"
    assert desk.rows("quotes") == [[instant, instant, 1.1, 1.11, None, None]]


def test_file_without_header_is_read_by_place(desk: Desk) -> None:
    chosen = {"date": "1", "clock": "2", "price": "3", "size": "4", "side": "5", "id": "6"}
    text = "20220701|100000|1.10|5|buy|a\n20220701|100000|1.11|6|SELL|b\n20220701|100001|1.11|6||\n"
    desk.run(
        "csv",
        desk.write("a.csv", text),
        columns=chosen,
        header=False,
        delimiter="|",
        time_format="%Y%m%d %H%M%S",
    )
    assert [row[2:] for row in desk.rows("trades")] == [[1.1, 5, 1], [1.11, 6, -1], [1.11, 6, 0]]
    (rows,) = desk.catalogue.read("TEST.SIM", "trades", trade_ids=True)
    assert rows.trade_ids is not None
    assert rows.trade_ids.tolist() == ["a", "b", ""]


def test_arrival_is_the_recorders_where_it_is_given(desk: Desk) -> None:
    text = "ts_event,ts_recv,bid,ask,bid_size,ask_size\n2022-07-01,2022-07-01T00:00:01,1,2,3,4\n"
    report = desk.run("csv", desk.write("a.csv", text))
    assert desk.rows("quotes") == [["2022-07-01T00:00:00Z", "2022-07-01T00:00:01Z", 1, 2, 3, 4]]
    assert report.skew is not None
    assert report.skew.minimum == 1_000_000_000


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.csv.zip"])
def test_plain_gzip_and_zip_files_are_the_same(desk: Desk, name: str) -> None:
    desk.run("csv", desk.write(name, BARS), **AS_BARS)
    assert len(desk.rows("bars", "1m")) == 1


def test_encoding_and_tab_and_byte_order_mark(desk: Desk) -> None:
    text = "время\tbid\task\n2022-07-01\t1.10\t1.11\n"
    chosen = {"time": "время"}
    desk.run("csv", desk.write("a.txt", text, "cp1251"), columns=chosen, encoding="cp1251")
    desk.run("csv", desk.write("b.txt", text, "utf-8-sig"), columns=chosen, delimiter="tab")
    assert len(desk.rows("quotes")) == 1


def test_wrong_encoding_is_refused_with_the_option(desk: Desk) -> None:
    with pytest.raises(DataError, match=r"is no utf-8 text.*add --encoding"):
        desk.run("csv", desk.write("a.txt", "время\n", "cp1251"))


def test_error_far_into_a_file_names_its_line(desk: Desk) -> None:
    good = "2022-01-03T10:00:00.000000,1.10,1.11\n"
    rows = 1 + BLOCK_BYTES // len(good)
    text = "time,bid,ask\n" + good * rows + good.replace("1.11", "x")
    with pytest.raises(DataError, match=rf"^a.csv:{rows + 2}: .*'x'"):
        desk.run("csv", desk.write("a.csv", text))


def test_factors_multiply_decimals_exactly(desk: Desk) -> None:
    text = "time,price,size\n2022-07-01,110007,0.3\n2022-07-01,29,0.7\n"
    desk.run("csv", desk.write("a.csv", text), price_factor="0.0001", quantity_factor="10")
    assert [row[2:4] for row in desk.rows("trades")] == [[11.0007, 3.0], [0.0029, 7.0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.csv is empty"),
        ("time,bid\n2022-07-01,1\n", "make no bars"),
        ("time,bid,ask\n2022-07-01,1,x\n", "a.csv:2: "),
        ("time,bid,ask\n2022-07-01,1,2\n2022-07-01,1\n", "a.csv:3: Expected 3 columns, got 2"),
        ("time,bid,ask\n", "no row of market data in a.csv"),
        ("time,price,size,side\n2022-07-01,1,1,up\n", "a.csv:2: side 'up' is neither"),
        ("time,price,size\n2022-07-01,,1\n", "a.csv:2: price is missing"),
        ("time,price,size\n2022-07-01,1,-1\n", "a.csv:2: size is -1.0, below zero"),
        ("time,price,size\n2022-07-01,1e16,1\n", "a.csv:2: price 1e+16 with 2 decimals needs more"),
    ],
)
def test_text_that_makes_no_rows_is_refused(desk: Desk, text: str, message: str) -> None:
    with pytest.raises(DataError) as refused:
        desk.run("csv", desk.write("a.csv", text))
    assert message in str(refused.value)
    assert desk.catalogue.instruments() == ()


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"opne": "1"}, "there is no field 'opne'"),
        ({"bid": "Geld"}, "has no column 'Geld'; it has time, bid, ask"),
        ({"bid": "4"}, "has no column '4'"),
    ],
)
def test_choice_of_a_column_that_is_not_there_is_refused(
    desk: Desk, chosen: dict[str, str], message: str
) -> None:
    with pytest.raises(DataError) as refused:
        desk.run("csv", desk.write("a.csv", "time,bid,ask\n2022-07-01,1,2\n"), columns=chosen)
    assert message in str(refused.value)


def test_files_that_are_missing_or_damaged_are_named(desk: Desk) -> None:
    with pytest.raises(DataError, match=r"none\.csv is no file"):
        desk.run("csv", desk.folder / "none.csv")
    for name in ("a.zip", "a.csv.gz"):
        (desk.folder / name).write_bytes(b"neither")
        with pytest.raises(DataError, match=r"a\.(zip|csv\.gz) cannot be"):
            desk.run("csv", desk.folder / name)


@pytest.mark.parametrize(
    ("cells", "fields"),
    [
        ("timestamp,bid,ask", {"time": "timestamp", "bid": "bid", "ask": "ask"}),
        ("Date,Time,Bid,Ask", {"date": "Date", "clock": "Time", "bid": "Bid", "ask": "Ask"}),
        ("Date,Bid,Ask", {"time": "Date", "bid": "Bid", "ask": "Ask"}),
        ("<DATE>,<TIME>,bid,ask", {"date": "DATE", "clock": "TIME", "bid": "bid", "ask": "ask"}),
        ("datetime,date,bid,ask", {"time": "datetime", "bid": "bid", "ask": "ask"}),
    ],
)
def test_common_headers_are_known(cells: str, fields: dict[str, str]) -> None:
    assert csv_columns(cells.split(","), {}, "a.csv", has_header=True).fields == fields


def test_columns_without_a_name_do_not_hide_others() -> None:
    columns = csv_columns(["", "time", "bid", "ask", "", "bid"], {}, "a.csv", has_header=True)
    assert columns.names == ("#1", "time", "bid", "ask", "#5", "#6")


def test_exact_decimals_survive_beyond_the_grid(desk: Desk) -> None:
    text = "time,price,size\n2022-07-01,1.105,0.5\n2022-07-01,1.11,1\n"
    report = desk.run("csv", desk.write("a.csv", text))
    assert (report.price_digits, report.quantity_digits) == (3, 1)
    assert only(report).off_grid == 1
    assert only(report).first_off_grid == "a.csv:2"
    assert [row[2:4] for row in desk.rows("trades")] == [[1.105, 0.5], [1.11, 1.0]]
    assert desk.catalogue.instrument("TEST.SIM").tick_at(1.0) == 0.01
