"""Work 2 in Lockstep: one bid and one ask two ticks from the mid, replaced when it moves two ticks.

The strategy is called on every quote and trade; limits fill on touch.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from backtest.catalogue.columns import Columns
from benchmarks.contract import workload_arguments
from benchmarks.data import load_quotes_and_trades
from benchmarks.lockstep_run import prepare, run
from engine.model.instrument import Instrument
from lockstep import Order, QuoteTick, Strategy, TradeTick

NAME = "TICKS.SIM"


class Quoter(Strategy):
    """Keep both quotes; twice the mid is counted in ticks, so that nothing is lost."""

    def on_start(self) -> None:
        self.reference: int | None = None
        self.quotes: tuple[Order, Order] | None = None
        self.subscribe_quotes(NAME)
        self.subscribe_trades(NAME)

    def on_trade(self, trade: TradeTick) -> None:
        pass

    def on_quote(self, quote: QuoteTick) -> None:
        twice = round(quote.bid * 100) + round(quote.ask * 100)
        if self.reference is not None and -4 < twice - self.reference < 4:
            return
        self.reference = twice
        if self.quotes is not None:
            for order in self.quotes:
                self.cancel(order)
        bid, ask = (twice // 2 - 2) / 100, ((twice + 1) // 2 + 2) / 100
        self.quotes = self.buy(NAME, 1, bid), self.sell(NAME, 1, ask)


def columns(folder: Path, rows: int) -> Iterable[Columns]:
    """Yield the dataset's first quotes, and the trades up to the last of them, in ticks."""
    quotes, trades = load_quotes_and_trades(folder, rows)
    sides = (("bid", "bid"), ("ask", "ask"), ("bid_size", "bsz"), ("ask_size", "asz"))
    times = {"ts_event": quotes["ts"], "ts_recv": quotes["ts"]}
    touch = {name: quotes[field].astype(np.int64) for name, field in sides}
    yield Columns(NAME, "quotes", None, times | touch)
    facts = (("price", "px"), ("size", "sz"), ("aggressor", "side"))
    times = {"ts_event": trades["ts"], "ts_recv": trades["ts"]}
    prints = {name: trades[field].astype(np.int64) for name, field in facts}
    yield Columns(NAME, "trades", None, times | prints)


def main() -> None:
    """Prepare the catalogue, or run and print the result."""
    asked = workload_arguments(__doc__)
    if asked.prepare:
        instrument = Instrument.define(NAME, tick="0.01", currency="USD", days_per_year=365)
        prepare(asked.data, asked.rows, instrument, lambda: columns(asked.data, asked.rows))
    else:
        run(2, asked.data, asked.rows, Quoter())


if __name__ == "__main__":
    main()
