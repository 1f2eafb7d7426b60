"""Strategies that are called by condition and act in every callback, on ticks of three instruments.

It checks nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import isnan
from pathlib import Path
from random import Random

import numpy as np
import pytest

from backtest import data_source
from backtest.catalogue import Catalogue, Columns
from backtest.catalogue.columns import MISSING
from backtest.scan import scan, search
from engine.books.book import Book
from engine.model.instrument import Instrument
from engine.model.market import AFTER_GAP, CLEARS_BOOK, LAST_IN_EVENT, QuoteTick
from engine.strategy.attach import Bound
from engine.wakes import Every, EveryEvent, MidMoved, Never, TouchChanged, Wake
from tests.runs.small import DAX, EURUSD, SECOND, SPY, START, Array, Restless

INSTRUMENTS = {EURUSD.id: (EURUSD, 11_000), DAX.id: (DAX, 30_000), SPY.id: (SPY, 40_000)}
WAKES: dict[str, Wake] = {
    "event": EveryEvent(),
    "touch": TouchChanged(),
    "mid": MidMoved(2),
    "far": MidMoved(6.5),
    "minute": Every(60),
    "never": Never(),
}
LIMITS = (
    "risk.firm.max_position=7",
    "risk.firm.max_open_orders=9",
    "risk.firm.max_messages=25",
    'risk.firm.messages_window="3m"',
    "risk.firm.collar_ticks=40",
    'risk.firm.feed_age="2m"',
    'risk.firm.duplicate_window="5s"',
    "risk.firm.prevent_self_match=true",
)
LOSSES = ("risk.firm.max_drawdown=400", "risk.firm.max_daily_loss=300")


class Wakeful(Restless):
    """Be called when a condition holds, and act each time."""

    wake: str = "touch"
    bars: bool = False

    def on_start(self) -> None:
        self.dice = Random(self.seed)
        self.heard: list[tuple[int, str]] = []
        self.every(900, "cancel")
        self.subscribe_quotes(self.instrument, WAKES[self.wake])
        prints = WAKES[self.wake] if self.wake in ("event", "minute") else Every(30)
        self.subscribe_trades(self.instrument, prints)
        if self.bars:
            self.subscribe_bars(self.instrument, "5m")

    def on_quote(self, quote: QuoteTick) -> None:
        if not isnan(quote.mid):
            super().on_quote(quote)


def ticks(
    instrument: Instrument, start: int, rows: int, liveliness: float, seed: int
) -> Iterator[Columns]:
    """Yield quotes and trades of a market that rests most of the time and is one-sided at times."""
    dice = np.random.default_rng(seed)
    for kind in ("quotes", "trades"):
        times: Array = START + np.cumsum(dice.choice([0, 0, 1, 2, 9], rows)) * SECOND
        moves = dice.integers(-3, 4, rows) * (dice.random(rows) < liveliness)
        bids: Array = start + np.cumsum(moves, dtype=np.int64) * instrument.bands[0].tick
        both = {"ts_event": times, "ts_recv": times + 2_000_000}
        if kind == "trades":
            sizes, aggressor = dice.integers(1, 60, rows), dice.integers(-1, 2, rows)
            facts = {"price": bids, "size": sizes, "aggressor": aggressor}
            yield Columns(instrument.id, "trades", None, both | facts)
            continue
        step = instrument.bands[0].tick
        asks: Array = bids + step * (1 - 2 * (dice.random(rows) < 0.01))
        for side in (bids, asks):
            side[dice.random(rows) < 0.01] = MISSING
        sizes = dice.integers(1, 60, (2, rows))
        facts = {"bid": bids, "ask": asks, "bid_size": sizes[0], "ask_size": sizes[1]}
        yield Columns(instrument.id, "quotes", None, both | facts)


def write_ticks(path: Path, rows: int, liveliness: float, seed: int) -> None:
    """Store ticks of all three instruments."""
    catalogue = Catalogue(path)
    for number, (instrument, start) in enumerate(INSTRUMENTS.values()):
        columns = ticks(instrument, start, rows, liveliness, 10 * seed + number)
        catalogue.write(instrument, list(columns))


def wakeful(chosen: list[tuple[str, str, bool]], seed: int) -> list[Bound]:
    """Return strategies, each of (instrument, wake, bars); every other one trades in euros."""
    return [
        (
            f"s{number}",
            ("euro" if number % 2 else "main",),
            Wakeful(instrument=name, wake=wake, bars=bars, seed=seed + number, size=1.0),
        )
        for number, (name, wake, bars) in enumerate(chosen)
    ]


@contextmanager
def scanning(
    chunk_rows: int, look: int, *, plain: bool = False, trial: int | None = None
) -> Iterator[None]:
    """Scan every batch, in chunks and looks of the given numbers of rows; `plain` by numpy.

    With a trial the rest of each batch is walked row by row after so many rows that mattered.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_source, "CHUNK_ROWS", chunk_rows)
        patch.setattr(search, "_FIRST_LOOK", look)
        patch.setattr(scan, "_WORTH", 0 if trial is None else 10**9)
        patch.setattr(scan, "_TRIAL", trial)
        patch.setattr(scan, "_PROBE", 0)
        if plain:
            patch.setattr(scan, "make_search", search.Search)
        yield


class WakefulBook(Wakeful):
    """Be called about a book when a condition holds, and act each time it dares."""

    calm: bool = False

    def on_start(self) -> None:
        self.dice = Random(self.seed)
        self.heard: list[tuple[int, str]] = []
        self.every(900, "cancel")
        self.subscribe_book(self.instrument, WAKES[self.wake])
        if self.bars:
            self.subscribe_trades(self.instrument, Every(60))

    def on_book(self, book: Book) -> None:
        mid = book.mid
        touch = book.ts_event, book.sequence, book.bid, book.ask, book.bid_size, book.ask_size
        self.heard.append((self.now, f"{touch} {book.bid_levels(3)} {book.ask_levels(3)}"))
        if not isnan(mid) and (not self.calm or self.dice.random() < 0.1):
            self.act(book, mid)


def book_changes(
    instrument: Instrument, start: int, rows: int, liveliness: float, seed: int
) -> Columns:
    """Return changes of a book in events of several rows, with snapshots and gaps."""
    dice = np.random.default_rng(seed)
    step = instrument.bands[0].tick
    middle = start + np.cumsum(dice.integers(-1, 2, rows) * (dice.random(rows) < liveliness)) * step
    side = dice.choice([-1, 1], rows)
    away = dice.integers(1, 6, rows) - (dice.random(rows) < 0.02)
    flags = np.where(dice.random(rows) < 0.7, LAST_IN_EVENT, 0)
    turns = dice.random(rows)
    flags[turns < 0.01] |= CLEARS_BOOK
    flags[turns > 0.997] = AFTER_GAP | LAST_IN_EVENT
    flags[0], flags[-1] = CLEARS_BOOK, LAST_IN_EVENT
    side[turns > 0.997] = 0
    starts = np.concatenate([[1], flags[:-1] & LAST_IN_EVENT])  # an event has one time
    gaps = np.where(starts, dice.choice([0, 1, 2, 9], rows), 0)
    times: Array = START + np.cumsum(gaps, dtype=np.int64) * SECOND
    facts = {
        "ts_event": times,
        "ts_recv": times + 2_000_000,
        "sequence": np.arange(rows, dtype=np.int64),
        "flags": flags.astype(np.int64),
        "side": side.astype(np.int64),
        "price": (middle - side * away * step).astype(np.int64),
        "size": dice.integers(0, 9, rows) * (dice.random(rows) < 0.8),
    }
    return Columns(instrument.id, "book", None, facts)


def write_books(path: Path, rows: int, liveliness: float, seed: int) -> None:
    """Store books and trades of DAX and SPY, quotes and trades of EURUSD."""
    catalogue = Catalogue(path)
    for number, (instrument, start) in enumerate(INSTRUMENTS.values()):
        drawn = instrument, start, rows, liveliness, 10 * seed + number
        quotes, trades = ticks(*drawn)
        columns = [quotes] if instrument is EURUSD else [book_changes(*drawn)]
        catalogue.write(instrument, [*columns, trades])


def wakeful_books(chosen: list[tuple[str, str, bool]], seed: int, *, calm: bool) -> list[Bound]:
    """Return strategies on books, each of (instrument, wake, trades too)."""
    return [
        (
            f"s{number}",
            ("main",),
            WakefulBook(instrument=n, wake=w, bars=b, seed=seed + number, size=1.0, calm=calm),
        )
        for number, (n, w, b) in enumerate(chosen)
    ]
