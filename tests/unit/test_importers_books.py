"""Recorded books come in whole, in order, with what the venue said of them beside them."""

from pathlib import Path

import numpy as np
import pytest

from backtest.catalogue.check import check_stream
from backtest.catalogue.columns import Kind
from backtest.importers.databento import _RECORD
from engine.errors import DataError
from engine.model.market import AFTER_GAP, CLEARS_BOOK, FROM_SNAPSHOT, LAST_IN_EVENT, BookAction
from tests.recorded.importing import Desk
from tests.recorded.rows import stored, table

USDT = {"tick": 0.1, "currency": "USDT", "quantity_step": 0.001}
FIRST = CLEARS_BOOK | FROM_SNAPSHOT
ADD, REDUCE, EXECUTE, MODIFY = (int(action) for action in list(BookAction)[1:])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def rows(desk: Desk, kind: Kind) -> list[tuple[object, ...]]:
    """Return stored rows without their times."""
    columns = stored(desk.catalogue, kind, None, "TEST.SIM")
    return [row[2:] for row in table(columns)]


def findings(desk: Desk, kind: Kind) -> dict[str, int]:
    checked = check_stream(desk.catalogue, "TEST.SIM", (kind, None))
    return {found.what: found.rows for found in checked.findings}


def depth(ns: int, first: int, last: int, previous: int, bids: str = "", asks: str = "") -> str:
    return (
        f'{ns} {{"stream":"x@depth","data":{{"e":"depthUpdate","E":1,"T":1,"s":"X","U":{first},'
        f'"u":{last},"pu":{previous},"b":[{bids}],"a":[{asks}]}}}}\n'
    )


def ticker(ns: int, number: int, bid: str, ask: str) -> str:
    return (
        f'{ns} {{"stream":"x@bookTicker","data":{{"e":"bookTicker","u":{number},"s":"X",'
        f'"b":"{bid}","B":"1","a":"{ask}","A":"2","T":1,"E":1}}}}\n'
    )


SNAPSHOT = (
    '5000003 {"lastUpdateId":20,"E":1,"T":1,"bids":[["9","1"],["8","4"]],"asks":[["10","2"]]}\n'
)


def test_depth_updates_wait_for_the_snapshot_and_follow_it(desk: Desk) -> None:
    text = (
        depth(5_000_001, 11, 15, 10, '["9","7"]')
        + depth(5_000_002, 16, 25, 15, '["8","0"]', '["11","3"]')
        + SNAPSHOT
        + depth(5_000_004, 26, 30, 25, "", '["10","1.5"]')
    )
    report = desk.run("binance", desk.write("a", text), definition=USDT)
    assert rows(desk, "book") == [
        (20, FIRST, 1, 90, 1_000),
        (20, FROM_SNAPSHOT, 1, 80, 4_000),
        (20, FROM_SNAPSHOT | LAST_IN_EVENT, -1, 100, 2_000),
        (25, 0, 1, 80, 0),
        (25, LAST_IN_EVENT, -1, 110, 3_000),
        (30, LAST_IN_EVENT, -1, 100, 1_500),
    ]
    received = stored(desk.catalogue, "book", None, "TEST.SIM").arrays["ts_recv"].tolist()
    assert received == [5_000_003] * 5 + [5_000_004]
    assert report.ignored == {"depth updates that the snapshot holds": 1}


def test_missing_depth_update_breaks_the_book_and_check_says_so(desk: Desk) -> None:
    text = SNAPSHOT + depth(5_000_004, 21, 30, 20, '["9","2"]') + depth(5_000_005, 33, 35, 32)
    desk.run("binance", desk.write("a", text), definition=USDT)
    assert rows(desk, "book")[-1] == (35, AFTER_GAP | LAST_IN_EVENT, 0, 0, 0)
    assert findings(desk, "book") == {"missing": 1, "unusable": 1}


def test_depth_without_a_snapshot_is_counted(desk: Desk) -> None:
    text = ticker(5_000_000, 1, "9", "10") + depth(5_000_001, 11, 15, 10)
    report = desk.run("binance", desk.write("a", text), definition=USDT)
    assert report.ignored == {"depth updates without a snapshot": 1}


@pytest.mark.parametrize(("bid", "wrong"), [("9", {}), ("8", {"differs": 1})])
def test_book_is_held_against_the_venue_own_touch(
    desk: Desk, bid: str, wrong: dict[str, int]
) -> None:
    text = (
        SNAPSHOT
        + ticker(5_000_004, 20, "9", "10")
        + ticker(5_000_005, 28, bid, "10")
        + depth(5_000_006, 21, 30, 20, '["7","1"]')
        + ticker(5_000_007, 31, "9", "10")
    )
    desk.run("binance", desk.write("a", text), definition=USDT)
    checked = check_stream(desk.catalogue, "TEST.SIM", ("book", None))
    assert checked.compared == 2
    assert {found.what: found.rows for found in checked.findings} == wrong


KRAKEN = (
    "wss://ws.example <-> 1618678132.3858151\n"
    '1618678132.82: {"event":"systemStatus","status":"online"}\n'
    '1618678133.5: [1,{"as":[["0.05005","0.00000500","1618678133.1"]],'
    '"bs":[["0.05000","0.00000500","1618678133.2"]]},"book-10","A/B"]\n'
    '1618678134.25: [1,{"a":[["0.05005","0.00000000","1618678134.1"],'
    '["0.05010","0.00000700","1618678134.2"]],"c":"CHECKSUM"},"book-10","A/B"]\n'
)
RIGHT = "194406899"


@pytest.mark.parametrize(("checksum", "wrong"), [(RIGHT, {}), ("1", {"differs": 1})])
def test_kraken_book_is_held_against_its_checksums(
    desk: Desk, checksum: str, wrong: dict[str, int]
) -> None:
    path = desk.write("a", KRAKEN.replace("CHECKSUM", checksum))
    facts = {"tick": 1, "currency": "USD"}
    report = desk.run("kraken", path, definition=facts)
    assert (report.price_digits, report.quantity_digits) == (5, 8)
    assert rows(desk, "book") == [
        (3, FIRST, 1, 5_000, 500),
        (3, FROM_SNAPSHOT | LAST_IN_EVENT, -1, 5_005, 500),
        (4, 0, -1, 5_005, 0),
        (4, LAST_IN_EVENT, -1, 5_010, 700),
    ]
    assert findings(desk, "book") == wrong


def test_kraken_capture_of_other_decimals_or_several_pairs_is_refused(desk: Desk) -> None:
    path = desk.write("a", KRAKEN.replace("CHECKSUM", RIGHT))
    with pytest.raises(DataError, match=r"a:3: price has 5 decimals, 6 were asked for"):
        desk.run("kraken", path, definition={"tick": 0.000001, "currency": "USD"})
    two = desk.write("b", KRAKEN.replace("CHECKSUM", "1") + KRAKEN.replace("A/B", "C/D"))
    with pytest.raises(DataError, match="holds A/B and C/D; add --symbol"):
        desk.run("kraken", two, definition={"tick": 1, "currency": "USD"})
    with pytest.raises(DataError, match="c:1: no line of"):
        desk.run("kraken", desk.write("c", "x: {\n"), definition={"tick": 1, "currency": "USD"})


LOBSTER = (
    ("34200.1,1,7,30,2238100,1", "2239500,100,2238100,30"),
    ("34200.2,1,8,20,2238100,1", "2239500,100,2238100,50"),
    ("34200.3,4,7,10,2238100,1", "2239500,100,2238100,40"),
    ("34200.4,1,9,5,2238200,1", "2239500,100,2238200,5"),
    ("34200.5,3,9,5,2238200,1", "2239500,100,2238100,25"),
    ("34200.6,4,55,6,2238100,1", "2239500,100,2238100,19"),
    ("34200.7,5,0,6,2239000,1", "9999999999,0,2238100,19"),
)


def lobster(desk: Desk, execution: str = "2238100") -> list[Path]:
    name = "A_2012-06-21_1_2_{}_1.csv"
    messages = "\n".join(message for message, _ in LOBSTER)
    messages = messages.replace("4,55,6,2238100", f"4,55,6,{execution}")
    book = "\n".join(row for _, row in LOBSTER)
    return [
        desk.write(name.format("message"), messages + "\n"),
        desk.write(name.format("orderbook"), book + "\n"),
    ]


def test_lobster_book_shows_what_the_files_show(desk: Desk) -> None:
    desk.run("lobster", *lobster(desk))
    last = LAST_IN_EVENT
    assert rows(desk, "book_orders") == [
        (1, CLEARS_BOOK, ADD, 7, 1, 2_238_100, 30),
        (1, last, ADD, -2_239_500, -1, 2_239_500, 100),
        (2, last, ADD, 8, 1, 2_238_100, 20),
        (3, last, EXECUTE, 7, 1, 2_238_100, 10),
        (4, 0, ADD, 9, 1, 2_238_200, 5),
        (4, 0, REDUCE, 7, 1, 2_238_100, 20),
        (4, last, REDUCE, 8, 1, 2_238_100, 20),
        (5, 0, REDUCE, 9, 1, 2_238_200, 5),
        (5, last, ADD, -2_238_100, 1, 2_238_100, 25),
        (6, last, EXECUTE, -2_238_100, 1, 2_238_100, 6),
        (7, last, REDUCE, -2_239_500, -1, 2_239_500, 100),
    ]
    assert findings(desk, "book_orders") == {}


def test_execution_away_from_the_touch_is_found(desk: Desk) -> None:
    desk.run("lobster", *lobster(desk, execution="2238000"))
    assert findings(desk, "book_orders") == {"away": 1}


def records(*told: tuple[str, str, int, int, int, int]) -> bytes:
    """Make a DBN file of (action, side, order, price, size, flags)."""
    table = np.zeros(len(told), _RECORD)
    table["kind"], table["length"], table["instrument"] = 0xA0, 14, 17
    for row, (action, side, order, price, size, flags) in enumerate(told):
        table[row]["action"], table[row]["side"] = action.encode(), side.encode()
        table[row]["order_id"], table[row]["size"] = order, size
        table[row]["price"] = 2**63 - 1 if action == "R" else price * 250_000_000
        table[row]["flags"] = flags
        table[row]["ts_event"] = table[row]["ts_recv"] = 10**9 + row
    return b"DBN\x01" + (4).to_bytes(4, "little") + b"meta" + table.tobytes()


MBO = records(
    ("R", "N", 0, 0, 0, 0x20),
    ("A", "B", 1, 40, 5, 0x20),
    ("A", "A", 2, 41, 6, 0x20 | 0x80),
    ("T", "B", 9, 41, 2, 0),
    ("F", "A", 2, 41, 2, 0),
    ("M", "A", 2, 41, 4, 0x80),
    ("C", "B", 1, 40, 5, 0x80),
)


def test_databento_orders_are_published_with_the_last_of_an_event(desk: Desk) -> None:
    path = desk.folder / "a.dbn"
    path.write_bytes(MBO)
    desk.run("databento", path, definition={"tick": 0.25, "currency": "USD"})
    assert [row[1:] for row in rows(desk, "book_orders")] == [
        (FIRST, 0, 0, 0, 0, 0),
        (FROM_SNAPSHOT, ADD, 1, 1, 1_000, 5),
        (FROM_SNAPSHOT | LAST_IN_EVENT, ADD, 2, -1, 1_025, 6),
        (0, EXECUTE, 2, -1, 1_025, 2),
        (LAST_IN_EVENT, MODIFY, 2, -1, 1_025, 4),
        (LAST_IN_EVENT, REDUCE, 1, 1, 1_000, 5),
    ]
    assert [row[:3] for row in rows(desk, "trades")] == [(1_025, 2, 1)]
    assert findings(desk, "book_orders") == {}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"not DBN at all", "is no DBN file"),
        (MBO[:-7], "ends inside a record"),
        (MBO.replace(b"\x0e\xa0", b"\x0e\x00"), "no market by order"),
    ],
)
def test_other_files_than_market_by_order_are_refused(desk: Desk, data: bytes, said: str) -> None:
    path = desk.folder / "a.dbn"
    path.write_bytes(data)
    with pytest.raises(DataError, match=said):
        desk.run("databento", path, definition={"tick": 0.25, "currency": "USD"})
