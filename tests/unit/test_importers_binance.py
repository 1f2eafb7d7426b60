"""Raw captures of Binance: touch, trades and depth are taken, clocks are kept apart."""

from pathlib import Path

import pytest

from engine.errors import DataError
from tests.recorded.importing import Desk

USDT = {"tick": 0.1, "currency": "USDT", "quantity_step": 0.001}
NS = 1_723_161_255_088_000_000
FUTURES = (
    f'{NS} {{"stream":"btcusdt@depth@0ms","data":{{"e":"depthUpdate","E":1,"T":1,"s":"BTCUSDT",'
    '"U":1,"u":2,"pu":0,"b":[["61800.20","0.014"]],"a":[]}}\n'
    f'{NS + 1} {{"stream":"btcusdt@bookTicker","data":{{"e":"bookTicker","u":5,"s":"BTCUSDT",'
    '"b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256314}}\n'
    f'{NS + 2} {{"stream":"btcusdt@trade","data":{{"e":"trade","E":1723161256322,"T":1723161256321,'
    '"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}\n'
    f'{NS + 3} {{"stream":"btcusdt@trade","data":{{"e":"trade","E":1723161256322,"T":1723161256321,'
    '"s":"BTCUSDT","t":5266583936,"p":"61800.20","q":"0.5","X":"MARKET","m":true}}\n'
    f'{NS + 4} {{"lastUpdateId":512,"E":1,"T":1,"bids":[["1","2"]],"asks":[]}}\n'
)
SPOT = (
    f'{NS} {{"stream":"btcusdt@bookTicker","data":{{"u":5,"s":"BTCUSDT","b":"61837.63000000",'
    '"B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}\n'
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_futures_capture_gives_quotes_and_trades_with_both_clocks(desk: Desk) -> None:
    report = desk.run("binance", desk.write("a.gz", FUTURES), definition=USDT)
    assert desk.rows("quotes") == [
        [
            "2024-08-08T23:54:16.313Z",
            "2024-08-08T23:54:15.088000001Z",
            61800.2,
            61800.3,
            2.507,
            2.51,
        ]
    ]
    assert [row[2:] for row in desk.rows("trades")] == [[61800.3, 0.006, 1], [61800.2, 0.5, -1]]
    (rows,) = desk.catalogue.read("TEST.SIM", "trades", trade_ids=True)
    assert rows.trade_ids is not None
    assert rows.trade_ids.tolist() == ["5266583935", "5266583936"]
    assert report.ignored == {"depth updates that the snapshot holds": 1}
    assert report.rows_read == 5


def test_spot_quotes_happen_when_they_were_received(desk: Desk) -> None:
    report = desk.run("binance", desk.write("a", SPOT), definition=USDT)
    received = "2024-08-08T23:54:15.088Z"
    assert desk.rows("quotes") == [[received, received, 61837.63, 61837.64, 3.78826, 1.54698]]
    assert (report.price_digits, report.quantity_digits) == (2, 5)
    assert report.skew is None


def test_corrected_skew_moves_times_that_are_the_recorders_own(desk: Desk) -> None:
    trade = FUTURES.splitlines(keepends=True)[2]
    desk.run("binance", desk.write("a", SPOT + trade), definition=USDT, correct_skew=True)
    (quote,), (done,) = desk.rows("quotes"), desk.rows("trades")
    assert done[0] == done[1] == "2024-08-08T23:54:16.321Z"
    assert quote[0] == quote[1] == "2024-08-08T23:54:16.320999998Z"


def test_bare_messages_are_read_too(desk: Desk) -> None:
    line = FUTURES.splitlines()[2]
    bare = line.replace('{"stream":"btcusdt@trade","data":', "", 1).removesuffix("}") + "\n"
    desk.run("binance", desk.write("a", bare), definition=USDT)
    assert len(desk.rows("trades")) == 1


def test_several_symbols_need_a_choice(desk: Desk) -> None:
    path = desk.write("a", SPOT + SPOT.replace("BTC", "ETH").replace("btc", "eth"))
    with pytest.raises(DataError, match="holds BTCUSDT and ETHUSDT; add --symbol"):
        desk.run("binance", path, definition=USDT)
    report = desk.run("binance", path, definition=USDT, symbol="ethusdt")
    assert report.ignored == {"symbol BTCUSDT": 1}
    assert len(desk.rows("quotes")) == 1


@pytest.mark.parametrize("line", ["{}", "12 {", "x {}", "", '12 {"stream":"a@trade","data":{}}'])
def test_line_that_is_no_capture_is_refused(desk: Desk, line: str) -> None:
    with pytest.raises(DataError, match=r"a:2: no line of `receive_ns json`"):
        desk.run("binance", desk.write("a", SPOT + line + "\n"), definition=USDT)


def test_capture_without_touch_and_trades_is_refused(desk: Desk) -> None:
    depth = FUTURES.splitlines(keepends=True)[0]
    with pytest.raises(DataError, match="no row of market data"):
        desk.run("binance", desk.write("a", depth), definition=USDT)
