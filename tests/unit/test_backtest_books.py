"""Whole backtests against recorded books."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from backtest.book_start import book_from
from backtest.catalogue import Catalogue, Columns
from backtest.catalogue.columns import join_columns
from backtest.data_source import DataSource
from backtest.run import Backtest, Outcome
from engine.books.book import Book
from engine.books.order_book import OrderBook
from engine.config import load
from engine.errors import ConfigError
from engine.model.instrument import Instrument
from engine.model.market import CLEARS_BOOK, LAST_IN_EVENT, InstrumentStatus
from engine.model.reports import OrderFilled
from engine.strategy.base import Strategy
from engine.wakes import TouchChanged, Wake

XYZ = Instrument.define("XYZ.SIM", tick="1", currency="USD")
START = 1_640_995_200_000_000_000
SECOND = 10**9
CONFIG = """\
[run]
name = "books"
catalog = "unused"
[[accounts]]
id = "main"
venue = "SIM"
currency = "USD"
balance = 1_000_000
[exchange]
fills = "book"
"""
FIRST = CLEARS_BOOK
LAST = LAST_IN_EVENT
ROWS = [  # second, flags, side, price, size
    (0, FIRST, 1, 99, 5),
    (0, 0, 1, 98, 9),
    (0, LAST, -1, 101, 4),
    (2, LAST, 1, 99, 8),
    (4, 0, -1, 101, 0),
    (4, LAST, -1, 102, 7),
    (6, LAST, 1, 99, 2),
]
PRINTS = [(1, 99, 3), (5, 99, 3)]  # second, price, size: sellers took


def columns(
    names: tuple[str, ...], rows: Sequence[tuple[int, ...]], delay: int
) -> dict[str, NDArray[np.int64]]:
    table = np.array(rows, dtype=np.int64).reshape(len(rows), -1).T
    event = START + table[0] * SECOND
    times = {"ts_event": event, "ts_recv": event + delay}
    return {**times, **dict(zip(names, table[1:], strict=True))}


def recording(folder: Path, delay: int = 0) -> Catalogue:
    catalogue = Catalogue(folder)
    book = columns(("flags", "side", "price", "size"), ROWS, delay)
    book["sequence"] = np.arange(len(ROWS), dtype=np.int64)
    trades = columns(("price", "size"), PRINTS, delay)
    trades["aggressor"] = np.full(len(PRINTS), -1, dtype=np.int64)
    catalogue.write(
        XYZ,
        [
            Columns(XYZ.id, "book", None, book),
            Columns(XYZ.id, "trades", None, trades),
        ],
    )
    return catalogue


class Joins(Strategy):
    """Join the bid with the first book it sees, and note what it sees when."""

    def __init__(self, wake: Wake) -> None:
        super().__init__()
        self.wake = wake
        self.seen: list[tuple[int, float, float]] = []
        self.fills: list[tuple[int, float, float]] = []

    def on_start(self) -> None:
        self.subscribe_book(XYZ.id, self.wake)

    def on_book(self, book: Book) -> None:
        if not self.seen:
            self.buy(XYZ.id, 4, book.bid)
        self.seen.append(((self.now - START) // SECOND, book.bid, book.ask))

    def on_fill(self, fill: OrderFilled) -> None:
        book = self.book(XYZ.id)
        assert book is not None
        self.fills.append(((self.now - START) // SECOND, fill.quantity, book.bid_size))


def run(catalogue: Catalogue, strategy: Strategy, *settings: str) -> Outcome:
    path = catalogue.path / "config.toml"
    path.write_text(CONFIG)
    config = load(path, settings, {}).config
    return Backtest(config, DataSource(config, catalogue), [("joins", ("main",), strategy)]).run()


def test_order_waits_its_turn_and_strategy_sees_the_same_book(tmp_path: Path) -> None:
    strategy = Joins(TouchChanged())
    outcome = run(recording(tmp_path), strategy)
    assert strategy.seen == [(0, 99.0, 101.0), (4, 99.0, 102.0)]
    assert strategy.fills == [(5, 1.0, 8.0)]  # 5 ahead, 3 print, 3 more print
    assert (outcome.rules, outcome.fills) == ({XYZ.id: "book"}, 1)
    assert outcome.streams == {XYZ.id: (("book", None), ("trades", None))}


def test_auto_takes_the_book_where_no_quotes_are(tmp_path: Path) -> None:
    outcome = run(recording(tmp_path), Joins(TouchChanged()), "exchange.fills=auto")
    assert outcome.rules == {XYZ.id: "book"}


def test_exchange_is_ahead_of_the_strategy_by_the_feed_latency(tmp_path: Path) -> None:
    strategy = Joins(TouchChanged())
    run(recording(tmp_path), strategy, "exchange.latency_ms.feed=1500")
    assert strategy.seen == [(1, 99.0, 101.0), (5, 99.0, 102.0)]
    # sent at 1.5 s, when 5 rest there and 3 have printed a half second before
    assert strategy.fills == []


def test_run_that_starts_later_begins_with_the_book_of_that_moment(tmp_path: Path) -> None:
    strategy = Joins(TouchChanged())
    run(recording(tmp_path), strategy, "run.start=2022-01-01T00:00:03Z")
    assert strategy.seen == [(3, 99.0, 101.0), (4, 99.0, 102.0)]
    assert strategy.fills == []  # 8 are ahead by then
    book = strategy.book(XYZ.id)
    assert book is not None
    assert book.bid_levels(2) == [(99.0, 2.0), (98.0, 9.0)]


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_book_of_a_moment_is_one_event_for_any_chunk(tmp_path: Path, chunk: int) -> None:
    catalogue = recording(tmp_path)
    start = START + 3 * SECOND
    parts = list(book_from(catalogue, XYZ.id, ("book", None), start, None, chunk))
    rows = join_columns(parts).arrays
    assert rows["ts_recv"].tolist() == [start] * 4 + [START + s * SECOND for s in (4, 4, 6)]
    assert rows["flags"].tolist() == [FIRST, 0, 0, LAST, 0, LAST, LAST]


def test_recorded_halt_stops_trading_and_is_told(tmp_path: Path) -> None:
    catalogue = recording(tmp_path)
    table = columns(("state",), [(1, 3), (3, 0)], 0)
    catalogue.write(XYZ, [Columns(XYZ.id, "status", None, table)])

    class Halted(Joins):
        def on_status(self, status: InstrumentStatus) -> None:
            self.states = [*getattr(self, "states", []), str(status.state)]
            self.buy(XYZ.id, 1)

    strategy = Halted(TouchChanged())
    outcome = run(catalogue, strategy)
    assert strategy.states == ["halted", "open"]
    reasons = [order.reason for order in outcome.kernel.orders.orders.values()]
    assert reasons == ["", "trading is halted", ""]
    assert (3, 1.0, 8.0) in strategy.fills


def test_two_clocks_let_the_exchange_go_ahead_by_what_was_recorded(tmp_path: Path) -> None:
    strategy = Joins(TouchChanged())
    catalogue = recording(tmp_path, delay=1_500_000_000)
    run(catalogue, strategy, "exchange.clock=venue")
    assert strategy.seen == [(1, 99.0, 101.0), (5, 99.0, 102.0)]
    assert strategy.fills == []  # one print had passed before the order was there
    alone = Joins(TouchChanged())
    run(catalogue, alone)
    assert alone.fills == [(6, 1.0, 8.0)]


@pytest.mark.parametrize("model", ["exponential", "lognormal"])
def test_drawn_latency_is_the_same_each_time_and_another_with_another_seed(
    tmp_path: Path, model: str
) -> None:
    catalogue = recording(tmp_path)
    settings = (f"exchange.latency_ms.model={model}", "exchange.latency_ms.order=100")
    digests = [
        run(catalogue, Joins(TouchChanged()), *settings, f"run.seed={seed}").digest
        for seed in (1, 1, 2)
    ]
    assert digests[0] == digests[1] != digests[2]


def test_recorded_latency_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "latencies.csv"
    file.write_text(f"ts_sent,ts_exchange,ts_received\n{START},{START + SECOND},{START + SECOND}\n")
    settings = ("exchange.latency_ms.model=recorded", f"exchange.latency_ms.file={file}")
    strategy = Joins(TouchChanged())
    outcome = run(recording(tmp_path / "c"), strategy, *settings)
    (order,) = outcome.kernel.orders.orders.values()
    assert order.ts_accepted == START + SECOND


def test_rule_without_a_recorded_book_is_refused(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    trades = columns(("price", "size"), PRINTS, 0)
    trades["aggressor"] = np.full(len(PRINTS), -1, dtype=np.int64)
    catalogue.write(XYZ, [Columns(XYZ.id, "trades", None, trades)])

    class Trades(Strategy):
        def on_start(self) -> None:
            self.subscribe_trades(XYZ.id)

    with pytest.raises(ConfigError, match=r"needs a book of XYZ\.SIM, the catalogue has trades"):
        run(catalogue, Trades())


def test_book_by_order_is_matched_by_order(tmp_path: Path) -> None:
    names = ("flags", "action", "order_id", "side", "price", "size")
    rows = [
        (0, FIRST, 1, 1, 1, 99, 5),
        (0, LAST, 1, 2, -1, 101, 5),
        (1, LAST, 1, 3, 1, 99, 5),
        (2, 0, 3, 1, 1, 99, 5),
        (2, LAST, 3, 3, 1, 99, 2),
        (3, LAST, 1, 4, 1, 98, 2),
    ]
    book = columns(names, rows, 0)
    book["sequence"] = np.arange(len(rows), dtype=np.int64)
    catalogue = Catalogue(tmp_path)
    catalogue.write(XYZ, [Columns(XYZ.id, "book_orders", None, book)])
    strategy = Joins(TouchChanged())
    outcome = run(catalogue, strategy)
    assert strategy.fills == [(2, 2.0, 3.0)]
    assert outcome.rules == {XYZ.id: "book_orders"}
    assert isinstance(outcome.kernel.bus.markets[XYZ.id].book, OrderBook)
