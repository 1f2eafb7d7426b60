"""Lean's zips: dates from names, zones by market, one-sided quotes, quotes of minutes."""

from pathlib import Path

import pytest

from engine.errors import DataError
from tests.recorded.importing import Desk, only

FX = {"tick": 0.00001, "currency": "USD"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_equity_trades_are_in_new_york_time_and_ten_thousandths(desk: Desk) -> None:
    text = "34200000,1674200,210,Q,2000,0\n34200000.5,1674250,100,Q,20002020,1\n"
    report = desk.run("lean-equity", desk.write("20131008_spy_Trade_Tick.csv", text))
    assert desk.rows("trades") == [
        ["2013-10-08T13:30:00Z", "2013-10-08T13:30:00Z", 167.42, 210, 0],
        ["2013-10-08T13:30:00.000500Z", "2013-10-08T13:30:00.000500Z", 167.425, 100, 0],
    ]
    assert report.price_digits == 4
    assert report.marked == {"marked suspicious": 1}
    assert only(report).off_grid == 1


def test_side_that_a_quote_leaves_out_is_carried_on(desk: Desk) -> None:
    text = (
        "1000,0,0,1836300,100,Q,1,0\n"
        "2000,1800100,300,0,0,P,1,0\n"
        "3000,0,0,1818000,200,P,1,0\n"
        "4000,1812400,500,0,0,P,1,0\n"
    )
    desk.run("lean-equity", desk.write("20131007_ibm_Quote_Tick.csv", text))
    assert [row[2:] for row in desk.rows("quotes")] == [
        [None, 183.63, None, 100],
        [180.01, 183.63, 300, 100],
        [180.01, 181.8, 300, 200],
        [181.24, 181.8, 500, 200],
    ]


def test_no_side_is_carried_into_the_next_day(desk: Desk) -> None:
    one = desk.write("20131007_ibm_Quote_Tick.csv", "1000,1800000,1,0,0,Q,1,0\n")
    two = desk.write("20131008_ibm_Quote_Tick.csv", "1000,0,0,1810000,2,Q,1,0\n")
    desk.run("lean-equity", two, one)  # and the order of the files is that of their dates
    assert [row[2:4] for row in desk.rows("quotes")] == [[180, None], [None, 181]]


def test_minutes_of_trades_are_bars(desk: Desk) -> None:
    text = "34200000,1674100,1674200,1672500,1672700,3197\n"
    desk.run("lean-equity", desk.write("20131007_spy_minute_trade.zip", text))
    close = "2013-10-07T13:31:00Z"
    bar = ["2013-10-07T13:30:00Z", close, close, 167.41, 167.42, 167.25, 167.27, 3197]
    assert desk.rows("bars", "1m") == [bar]


def test_minutes_of_quotes_are_bars_of_either_side(desk: Desk) -> None:
    text = (
        "34200000,1672700,1672700,1671500,1672500,300,1680000,1680000,1672600,1672700,20000\n"
        "34260000,1672500,1672500,1671500,1672100,300,,,,,\n"
    )
    desk.run("lean-equity", desk.write("20131007_spy_minute_quote.csv", text))
    assert [row[3:] for row in desk.rows("bars", "1m@bid")] == [
        [167.27, 167.27, 167.15, 167.25, 0],
        [167.25, 167.25, 167.15, 167.21, 0],
    ]
    assert [row[3:] for row in desk.rows("bars", "1m@ask")] == [[168, 168, 167.26, 167.27, 0]]


@pytest.mark.parametrize(
    ("instrument", "zone", "instant"),
    [
        ("EURUSD.OANDA", None, "2014-05-05T00:00:03.074Z"),
        ("EURUSD.FXCM", None, "2014-05-05T05:00:03.074Z"),
        ("EURUSD.OTHER", "Europe/Moscow", "2014-05-04T20:00:03.074Z"),
    ],
)
def test_forex_quotes_are_in_the_zone_of_their_venue(
    desk: Desk, instrument: str, zone: str | None, instant: str
) -> None:
    path = desk.write("20140505_eurusd_tick_quote.csv", "3074,1.38756,1.38758\n")
    desk.run("lean-forex", path, instrument=instrument, definition=FX, timezone=zone)
    rows = desk.rows("quotes", instrument=instrument)
    assert rows == [[instant, instant, 1.38756, 1.38758, None, None]]


def test_forex_of_an_unknown_venue_needs_a_zone(desk: Desk) -> None:
    path = desk.write("20140505_eurusd_tick_quote.csv", "3074,1.38756,1.38758\n")
    with pytest.raises(DataError, match=r"EURUSD\.SIM is of none of OANDA, FXCM; add --timezone"):
        desk.run("lean-forex", path, instrument="EURUSD.SIM", definition=FX)


def test_quotes_and_trades_of_one_instrument_come_in_together(desk: Desk) -> None:
    quote = desk.write("20131007_ibm_Quote_Tick.csv", "1000,1800000,1,0,0,Q,1,0\n")
    trade = desk.write("20131007_ibm_Trade_Tick.csv", "2000,1800000,1,Q,0,0\n")
    report = desk.run("lean-equity", quote, trade)
    assert {stream.stream: stream.stored for stream in report.streams} == {"quotes": 1, "trades": 1}
    assert report.rows_read == 2


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("spy.csv", "1,2,3\n", "spy.csv is not named like a Lean file"),
        ("20131308_spy_trade_tick.csv", "1,2,3,4,5,6\n", "there is no day 2013-13-08"),
        ("20131008_spy_trade_tick.csv", "1,2,3\n", "Expected 6 columns, got 3"),
        ("20131008_spy_trade_tick.csv", "x,2,3,4,5,6\n", "'x' cannot be read as milliseconds"),
    ],
)
def test_what_is_no_lean_file_is_refused(desk: Desk, name: str, text: str, message: str) -> None:
    with pytest.raises(DataError) as refused:
        desk.run("lean-equity", desk.write(name, text))
    assert message in str(refused.value)
