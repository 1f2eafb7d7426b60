"""Books rebuilt from real recordings are the venue's own, at every row that says what that is."""

import gzip
import json
from collections.abc import Iterator
from itertools import starmap
from pathlib import Path
from typing import Any

import pytest

from backtest.catalogue.check import StreamCheck, check_stream
from backtest.catalogue.columns import BOOK_ORDER_COLUMNS, Kind
from engine.books.book import Book
from engine.books.checksum import book_checksum
from engine.books.order_book import OrderBook
from engine.books.rows import BookOrderRow
from engine.model.instrument import Instrument
from engine.model.market import CLEARS_BOOK, LAST_IN_EVENT, BookAction
from tests.house.sources import ROOT
from tests.recorded.importing import Desk
from tests.recorded.rows import stored

DATA = ROOT.parent / "shared" / "data"
USDT = {"tick": 0.1, "currency": "USDT", "quantity_step": 0.001}
HOLIDAY_NS = 30 * 3_600_000_000_000

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared recordings are not here")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def found(pattern: str) -> list[Path]:
    paths = sorted(DATA.glob(pattern))
    if not paths:
        pytest.skip(f"the shared recordings lack {pattern}")
    return paths


def checked(desk: Desk, kind: Kind) -> StreamCheck:
    return check_stream(desk.catalogue, "TEST.SIM", (kind, None), HOLIDAY_NS)


@pytest.mark.parametrize(
    ("name", "compared"),
    [("usdm_btcusdt", 6_547), ("spot_btcusdt", 3_450), ("cm_btcusd_perp", 26_809)],
)
def test_binance_book_has_the_touch_that_the_venue_says(
    desk: Desk, name: str, compared: int
) -> None:
    path = found(f"crypto_l2_raw/{name}_20240808.gz")
    desk.run("binance", *path, definition=USDT, correct_skew=True)
    book = checked(desk, "book")
    assert (book.findings, book.compared) == ((), compared)


def test_lobster_book_is_the_venue_s_and_executions_are_at_its_touch(desk: Desk) -> None:
    desk.run("lobster", *found("l3_book/lobster_amzn_l1/*.csv.gz"))
    orders = checked(desk, "book_orders")
    assert (orders.findings, orders.compared) == ((), 55_071 + 8_974)


def test_kraken_checksums_hold_for_every_pair() -> None:
    books: dict[str, Book] = {}
    right = 0
    for parts, pair in kraken_messages(*found("venue_payloads/cryptofeed/KRAKEN.ws.50.0.gz")):
        if "as" in parts:
            books[pair] = Book(Instrument.define("A.B", tick="1", currency="USD"))
            books[pair].change(CLEARS_BOOK, 0, 0, 0)
        for name, levels in parts.items():
            side = {"b": 1, "bs": 1, "a": -1, "as": -1}.get(name, 0)
            for price, size, *_ in levels if side else []:
                units = (int(text.replace(".", "")) for text in (price, size))
                books[pair].change(LAST_IN_EVENT, side, *units)
        if "c" in parts:
            assert book_checksum(books[pair]) == int(parts["c"])
            right += 1
    assert (right, len(books)) == (4_269, 10)


def kraken_messages(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the parts of every book message and its pair; numbers keep their text."""
    with gzip.open(path, "rt") as file:
        for line in file:
            message = json.loads(line.partition(": ")[2]) if line[0].isdigit() else {}
            if isinstance(message, list):
                parts: dict[str, Any] = {}
                for part in message[1:-2]:
                    parts.update(part)
                yield parts, message[-1]


def databento_orders(desk: Desk) -> list[BookOrderRow]:
    path = found("l3_book/databento_esh4_mbo/*20231225.mbo.dbn.zst")
    facts = {"tick": 0.25, "currency": "USD"}
    desk.run("databento", *path, definition=facts)
    columns = stored(desk.catalogue, "book_orders", None, "TEST.SIM")
    lists = (columns.arrays[name].tolist() for name in BOOK_ORDER_COLUMNS)
    return list(starmap(BookOrderRow, zip(*lists, strict=True)))


def test_databento_book_is_crossed_in_the_auction_only(desk: Desk) -> None:
    rows = databento_orders(desk)
    first_trade = int(stored(desk.catalogue, "trades", None, "TEST.SIM").arrays["ts_recv"][0])
    book = OrderBook(desk.catalogue.instrument("TEST.SIM"))
    published = crossed_late = 0
    for row in rows:
        apply(book, row)
        if row.flags & LAST_IN_EVENT:
            published += 1
            crossed_late += book.is_crossed and row.ts_recv > first_trade
    assert (published, crossed_late) == (47_022, 0)


def test_databento_fills_make_the_book_that_the_changes_after_them_say(desk: Desk) -> None:
    """Cancels and modifications alone must come to the same book at every end of an event."""
    rows = databento_orders(desk)
    instrument = desk.catalogue.instrument("TEST.SIM")
    ours, plain = OrderBook(instrument), OrderBook(instrument)
    for row in rows:
        apply(ours, row)
        if row.action != BookAction.EXECUTE:
            apply(plain, row)
        if row.flags & LAST_IN_EVENT:
            assert (ours.bids.top(3), ours.asks.top(3)) == (plain.bids.top(3), plain.asks.top(3))
    assert ours.orders.keys() == plain.orders.keys()


def test_databento_fills_are_of_the_first_in_the_queue_save_a_few(desk: Desk) -> None:
    """What rests and trades is the oldest order of its price.

    The rest are icebergs, whose next part the venue tells of later than it takes its place, and
    cancels that are told behind the fill that came after them.
    """
    rows = databento_orders(desk)
    opened = int(stored(desk.catalogue, "trades", None, "TEST.SIM").arrays["ts_recv"][0])
    book = OrderBook(desk.catalogue.instrument("TEST.SIM"))
    first = total = 0
    for row in rows:
        order = book.orders.get(row.order_id)
        executed = row.action == BookAction.EXECUTE and row.ts_recv > opened
        if executed and order is not None and order.price == row.price:
            total += 1
            first += book.queue(order.side, order.price)[0] is order
        apply(book, row)
    assert (first, total) == (5_700, 6_229)


def apply(book: OrderBook, row: BookOrderRow) -> None:
    values = row.action, row.order_id, row.side, row.price, row.size
    book.change_order(row.flags, *values)
