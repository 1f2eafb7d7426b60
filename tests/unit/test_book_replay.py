"""Backtests of a recorded venue's book come out the same however its rows are read."""

from collections.abc import Iterable

import pytest

from backtest.catalogue import Kind
from backtest.exchange.book_market import BookMarket
from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels
from backtest.replay import Replay, Track, Walk
from backtest.stream import StreamReader
from engine.books.rows import BookRow
from engine.model.commands import CancelOrder, OrderType, Side, SubmitOrder
from engine.model.market import LAST_IN_EVENT, TradeTick
from engine.model.reports import OrderFilled
from tests.house.sources import ROOT
from tests.recorded.importing import Desk

DATA = ROOT.parent / "shared" / "data"
USDT = {"tick": 0.1, "currency": "USDT", "quantity_step": 0.001}
NAME = "TEST.SIM"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared recordings are not here")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("book"))
    paths = sorted(DATA.glob("crypto_l2_raw/usdm_btcusdt_20240808.gz"))
    if not paths:
        pytest.skip("the shared recordings lack the capture of Binance's futures")
    desk.run("binance", *paths, definition=USDT, correct_skew=True)
    return desk


class Joiner:
    """Join both sides of the touch every so many events, and cancel what is left of it."""

    def __init__(self, desk: Desk, chunk: int) -> None:
        instrument = desk.catalogue.instrument(NAME)
        self.exchange = Exchange([instrument], ExchangeModels(fills="book"))
        market = self.exchange.market(NAME)
        assert isinstance(market, BookMarket)
        self.market = market
        self.events = 0
        self.printed = 0.0
        self.fills: list[OrderFilled] = []
        streams: list[tuple[Kind, Walk]] = [("book", self.rows), ("trades", self.trades)]
        tracks = [
            Track(
                StreamReader(desk.catalogue.read(NAME, kind, chunk_rows=chunk), "ts_recv"),
                instrument,
                walk,
            )
            for kind, walk in streams
        ]
        for batch in Replay(tracks).batches():
            for walk, events in batch.runs():
                walk(events)

    def rows(self, rows: Iterable[BookRow]) -> None:
        for row in rows:
            self.market.on_row(row)
            if row.flags & LAST_IN_EVENT:
                self.events += 1
                if self.events % 50 == 0:
                    self.requote(row.ts_recv)
        self.collect()

    def trades(self, trades: Iterable[TradeTick]) -> None:
        for trade in trades:
            self.printed += trade.size
            self.market.on_trade(trade)
        self.collect()

    def requote(self, ts: int) -> None:
        for name in list(self.market.orders):
            self.exchange.cancel(CancelOrder(name, "main", NAME, ts, 1), ts)
        book = self.market.book
        for side, price in ((Side.BUY, book.bid), (Side.SELL, book.ask)):
            name = f"{self.events}{side:+d}"
            order = name, "s", "main", NAME, ts, side, OrderType.LIMIT, 0.5, price
            self.exchange.submit(SubmitOrder(*order), ts)

    def collect(self) -> None:
        self.fills += [each for each in self.exchange.reports if isinstance(each, OrderFilled)]
        self.exchange.reports.clear()


def test_fills_do_not_depend_on_how_rows_are_read(desk: Desk) -> None:
    whole = Joiner(desk, 65_536)
    assert whole.events > 6_000
    assert len(whole.fills) > 100
    assert {fill.liquidity for fill in whole.fills} == {"maker"}
    assert sum(fill.quantity for fill in whole.fills) < whole.printed
    assert Joiner(desk, 1_000).fills == whole.fills
