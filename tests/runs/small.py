"""Small recordings, restless strategies and backtests of both, for tests that run it all.

It checks nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue import Catalogue, Columns
from backtest.data_source import DataSource
from backtest.run import Backtest, Outcome
from engine.config import load
from engine.model.commands import Side
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.model.reports import OrderReport
from engine.strategy.attach import Bound
from engine.strategy.base import Strategy
from engine.strategy.context import Timer

START = 1_640_995_200_000_000_000
"""2022-01-01 00:00 UTC."""

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
EURUSD = Instrument.define(
    "EURUSD.SIM", tick="0.0001", currency="USD", base="EUR", quantity_step="0.1"
)
DAX = Instrument.define(
    "DAX.SIM", tick="0.5", currency="EUR", multiplier="5", quantity_step="0.1", margin_initial=0.05
)
SPY = Instrument.define("SPY.SIM", tick="0.01", currency="USD", margin_initial=0.25)
MINUTES, TICKS = 240, 320

ACCOUNTS = """\
[[accounts]]
id = "main"
venue = "SIM"
currency = "USD"
balance = 1_000_000
[[accounts]]
id = "euro"
venue = "SIM"
currency = "EUR"
balances = { EUR = 500_000, USD = 2_000 }
"""

Array = NDArray[np.int64]


def walked(seed: int, count: int, start: int, step: int) -> Array:
    moves = np.random.default_rng(seed).integers(-4, 5, count)
    prices: Array = start + np.cumsum(moves, dtype=np.int64) * step
    return prices


def bars_of(
    instrument: Instrument, start: int, step: int, seed: int, since: int = START
) -> Columns:
    """Return minute bars with a gap in the middle."""
    opened = since + np.arange(MINUTES, dtype=np.int64) * MINUTE
    opened[MINUTES // 2 :] += 45 * MINUTE
    closes = walked(seed, MINUTES, start, step)
    opens = np.concatenate([closes[:1], closes[:-1]])
    columns = {
        "ts_open": opened,
        "ts_close": opened + MINUTE,
        "ts_recv": opened + MINUTE,
        "open": opens,
        "high": np.maximum(opens, closes) + 2 * step,
        "low": np.minimum(opens, closes) - 2 * step,
        "close": closes,
        "volume": np.full(MINUTES, 40, dtype=np.int64),
    }
    return Columns(instrument.id, "bars", "1m", columns)


def tick_times(seed: int) -> Array:
    """Return times of ticks, many of them equal and some on whole minutes."""
    gaps = np.random.default_rng(seed).choice([0, 0, 7, 20, 30, 60], TICKS)
    times: Array = START + np.cumsum(gaps, dtype=np.int64) * SECOND
    return times


def quotes_of(instrument: Instrument, start: int, step: int, seed: int) -> Columns:
    times, bids = tick_times(seed), walked(seed + 1, TICKS, start, step)
    sizes = np.random.default_rng(seed).integers(1, 60, (2, TICKS))
    columns = {
        "ts_event": times,
        "ts_recv": times + 2_000_000,
        "bid": bids,
        "ask": bids + step,
        "bid_size": sizes[0],
        "ask_size": sizes[1],
    }
    return Columns(instrument.id, "quotes", None, columns)


def trades_of(instrument: Instrument, start: int, step: int, seed: int) -> Columns:
    times = tick_times(seed)
    columns = {
        "ts_event": times,
        "ts_recv": times + 2_000_000,
        "price": walked(seed + 1, TICKS, start, step),
        "size": np.random.default_rng(seed).integers(1, 60, TICKS),
        "aggressor": np.random.default_rng(seed).integers(-1, 2, TICKS),
    }
    return Columns(instrument.id, "trades", None, columns)


def write_catalogue(path: Path) -> None:
    """Store bars of EURUSD and SPY, quotes and trades of DAX."""
    catalogue = Catalogue(path)
    catalogue.write(EURUSD, [bars_of(EURUSD, 11_000, 1, 1)])
    catalogue.write(SPY, [bars_of(SPY, 40_000, 1, 2)])
    ticks = [quotes_of(DAX, 30_000, 5, 3), trades_of(DAX, 30_000, 5, 5)]
    catalogue.write(DAX, ticks)


class Restless(Strategy):
    """Do everything a strategy can do, by dice, and note when it heard of what."""

    instrument: str = "SPY.SIM"
    seed: int = 1
    size: float = 3.0

    def on_start(self) -> None:
        self.dice = Random(self.seed)
        self.heard: list[tuple[int, str]] = []
        self.every(600, "cancel")
        if self.instrument == DAX.id:
            self.subscribe_quotes(self.instrument)
            self.subscribe_trades(self.instrument)
            self.subscribe_bars(self.instrument, "5m@mid")
        else:
            self.subscribe_bars(self.instrument, "1m", warmup=3)
            self.subscribe_bars(self.instrument, "7m")

    def on_quote(self, quote: QuoteTick) -> None:
        self.act(quote, (quote.bid + quote.ask) / 2)

    def on_trade(self, trade: TradeTick) -> None:
        self.act(trade, trade.price)

    def on_bar(self, bar: Bar) -> None:
        self.act(bar, bar.close)

    def on_order(self, report: OrderReport) -> None:
        self.heard.append((self.now, type(report).__name__))

    def on_timer(self, timer: Timer) -> None:
        self.heard.append((self.now, timer.name))
        self.cancel_all()

    def act(self, event: object, price: float) -> None:
        self.heard.append((self.now, type(event).__name__))
        dice = self.dice
        side = dice.choice((Side.BUY, Side.SELL))
        deed = dice.choice((*_DEEDS, *[None] * len(_DEEDS)))
        if deed is not None:
            deed(self, side, dice.choice((1, 2, 3)) * self.size, price, price * 0.001 * side)


def replace_limits(strategy: Restless, away: float) -> None:
    for order in strategy.orders():
        if order.price is not None and not order.has_request:
            strategy.replace(order, price=order.price + away / 2)


Deed = Callable[[Restless, Side, float, float, float], object]
_DEEDS: tuple[Deed, ...] = (
    lambda s, side, size, _price, _away: s.submit(s.instrument, side, size),
    lambda s, side, size, price, away: s.submit(s.instrument, side, size, price - away),
    lambda s, side, size, price, away: s.submit(s.instrument, side, size, stop=price + away),
    lambda s, side, size, _price, away: s.submit(s.instrument, side, size, trail=3 * abs(away)),
    lambda s, side, size, price, away: s.bracket(
        s.instrument, side, size, stop_loss=price - 2 * away, take_profit=price + 2 * away
    ),
    lambda s, side, size, price, away: s.bracket(
        s.instrument, side, size, price - away, stop_loss=price - 3 * away
    ),
    lambda s, side, size, _price, _away: s.target_position(s.instrument, side * size),
    lambda s, _side, _size, _price, _away: s.close(s.instrument),
    lambda s, _side, _size, _price, away: replace_limits(s, away),
    lambda s, side, size, price, away: s.oco(
        s.instrument, side, size, price=price - away, stop=price + away
    ),
    lambda s, side, size, price, away: s.submit(
        s.instrument, side, size, price - away, expires=s.now + 7 * MINUTE
    ),
)


def restless() -> list[Bound]:
    """Return strategies that share instruments and accounts in several ways."""
    return [
        ("spy", ("main",), Restless(instrument=SPY.id, seed=1)),
        ("again", ("main",), Restless(instrument=SPY.id, seed=2)),
        ("dax", ("main",), Restless(instrument=DAX.id, seed=3, size=0.5)),
        ("euro", ("euro",), Restless(instrument=DAX.id, seed=4, size=0.5)),
        ("fx", ("euro",), Restless(instrument=EURUSD.id, seed=5, size=100.0)),
    ]


def run(
    catalog: Path,
    strategies: Sequence[Bound] | None = None,
    settings: Iterable[str] = (),
    folder: Path | None = None,
) -> Outcome:
    """Backtest strategies on a catalogue; `settings` are lines such as `exchange.fills="close"`."""
    file = catalog.parent / "run.toml"
    file.write_text(f'[run]\nname = "small"\ncatalog = "{catalog.as_posix()}"\n{ACCOUNTS}')
    config = load(file, list(settings), {}).config
    source = DataSource(config, Catalogue(catalog))
    return Backtest(config, source, list(strategies or restless())).run(folder)


FRICTION = (
    "exchange.fees.taker_bps=1.5",
    "exchange.fees.maker_bps=-0.25",
    "exchange.fees.per_unit=0.003",
    "exchange.slippage.bps=0.5",
    "exchange.participation=0.5",
)
DELAYS = (
    "exchange.latency_ms.order=90000",
    "exchange.latency_ms.cancel=30000",
    "exchange.latency_ms.response=45000",
    "exchange.latency_ms.feed=1500",
)
"""Messages that travel longer than a bar lasts: where order would show if it were not kept."""
