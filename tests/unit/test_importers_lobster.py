"""LOBSTER: quotes of the book file, trades of the messages, times to the nanosecond."""

from pathlib import Path

import pytest

from backtest.catalogue.check import check_stream
from backtest.catalogue.columns import STATES
from engine.errors import DataError
from tests.recorded.importing import Desk
from tests.recorded.rows import stored

MESSAGES = (
    "34200.004241176,1,16113575,18,2238100,1\n"
    "34200.17,4,16113575,18,2238100,1\n"
    "34200.17,5,0,7,2238250,-1\n"
    "34201,3,16113575,18,2238100,1\n"
)
BOOK = (
    "2239500,100,2231800,100,2239600,1,2231700,1\n"
    "2239500,100,2238100,21,2239600,2,2231700,1\n"
    "2239500,100,2238100,21,2239600,3,2231700,1\n"
    "9999999999,0,2238100,21,9999999999,0,2231700,1\n"
)
NAMES = tuple(
    f"AMZN_2012-06-21_34200000_57600000_{part}_2.csv" for part in ("message", "orderbook")
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def files(desk: Desk, messages: str = MESSAGES, book: str = BOOK) -> tuple[Path, Path]:
    return desk.write(NAMES[0], messages), desk.write(NAMES[1], book)


def test_quotes_are_the_changes_of_the_first_level(desk: Desk) -> None:
    report = desk.run("lobster", *files(desk))
    assert [[row[0], *row[2:]] for row in desk.rows("quotes")] == [
        ["2012-06-21T13:30:00.004241176Z", 223.18, 223.95, 100, 100],
        ["2012-06-21T13:30:00.170Z", 223.81, 223.95, 21, 100],
        ["2012-06-21T13:30:01Z", 223.81, None, 21, None],
    ]
    assert report.ignored["book rows with an unchanged first level"] == 1


def test_halts_and_resumptions_are_states(desk: Desk) -> None:
    halts = "34202,7,0,0,-1,-1\n34203,7,0,0,0,-1\n34204,7,0,0,1,-1\n"
    last = BOOK.splitlines()[-1] + "\n"
    desk.run("lobster", *files(desk, MESSAGES + halts, BOOK + last * 3))
    rows = stored(desk.catalogue, "status", None, "TEST.SIM").arrays
    assert [STATES[state] for state in rows["state"]] == ["halted", "auction", "open"]
    assert check_stream(desk.catalogue, "TEST.SIM", ("status", None)).findings == ()


def test_trades_are_visible_and_hidden_executions_against_the_resting_side(desk: Desk) -> None:
    report = desk.run("lobster", *files(desk))
    instant = "2012-06-21T13:30:00.170Z"
    assert desk.rows("trades") == [
        [instant, instant, 223.81, 18, -1],
        [instant, instant, 223.825, 7, 1],
    ]
    assert report.ignored["messages that are no trade"] == 2


def test_header_that_some_copies_carry_is_skipped(desk: Desk) -> None:
    messages = "Time,Type,OrderId,Size,Price,Direction\n" + MESSAGES
    book = "BestAsk,BestAskVolume,BestBid,BestBidVolume,a,b,c,d\n" + BOOK
    desk.run("lobster", *files(desk, messages, book))
    assert len(desk.rows("quotes")) == 3


@pytest.mark.parametrize(
    ("messages", "book", "message"),
    [
        (MESSAGES + "34202,1,1,1,1,1\n", BOOK, "orderbook_2.csv ends before"),
        (MESSAGES, BOOK + BOOK, "message_2.csv ends before"),
        (MESSAGES.replace("34201,", "34199,"), BOOK, "message_2.csv:4: time goes back"),
        (MESSAGES.replace("34200.17,5", "34200.1700000001,5"), BOOK, "cannot be read as seconds"),
    ],
)
def test_files_that_do_not_fit_each_other_are_refused(
    desk: Desk, messages: str, book: str, message: str
) -> None:
    with pytest.raises(DataError) as refused:
        desk.run("lobster", *files(desk, messages, book))
    assert message in str(refused.value)
    assert desk.catalogue.instruments() == ()


def test_half_a_day_is_refused(desk: Desk) -> None:
    with pytest.raises(DataError, match="came without its other half"):
        desk.run("lobster", files(desk)[0])


def test_other_names_are_refused(desk: Desk) -> None:
    with pytest.raises(DataError, match=r"a\.csv is not named like LOBSTER's files"):
        desk.run("lobster", desk.write("a.csv", MESSAGES))
