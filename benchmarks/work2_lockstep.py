"""Run work 2 in Lockstep: `ROWS --data FOLDER [--prepare]`; two quotes kept around the mid."""

from collections.abc import Iterator

import numpy as np

from backtest.catalogue.columns import Columns
from benchmarks.contract import WorkloadArguments, workload_arguments
from benchmarks.data import TICKS_PER_UNIT, load_quotes_and_trades
from benchmarks.lockstep_run import INSTRUMENT, run_workload
from lockstep import Order, QuoteTick, Strategy, TradeTick

DISTANCE_TICKS = 2


class Quoter(Strategy):
    """Keep a bid and an ask of one unit two ticks from the mid; replace both when it moved two."""

    def on_start(self) -> None:
        """Subscribe to quotes and trades."""
        self.reference: int | None = None
        self.resting: tuple[Order, ...] = ()
        self.subscribe_quotes(INSTRUMENT)
        self.subscribe_trades(INSTRUMENT)

    def on_quote(self, quote: QuoteTick) -> None:
        """Move both orders when the mid is two ticks or more from where they were placed."""
        doubled_mid = round(quote.bid * TICKS_PER_UNIT) + round(quote.ask * TICKS_PER_UNIT)
        reference = self.reference
        if reference is not None and abs(doubled_mid - reference) < 2 * DISTANCE_TICKS:
            return
        self.reference = doubled_mid
        for order in self.resting:
            self.cancel(order)
        bid, ask = doubled_mid // 2 - DISTANCE_TICKS, -(-doubled_mid // 2) + DISTANCE_TICKS
        self.resting = (
            self.buy(INSTRUMENT, 1, bid / TICKS_PER_UNIT),
            self.sell(INSTRUMENT, 1, ask / TICKS_PER_UNIT),
        )

    def on_trade(self, trade: TradeTick) -> None:
        """Do nothing: the work calls for being called."""


def columns(chosen: WorkloadArguments) -> Iterator[Columns]:
    """Yield the dataset's quotes and trades as a catalogue stores them."""
    quotes, trades = load_quotes_and_trades(chosen.data, chosen.rows)
    both = {"ts_event": quotes["ts"], "ts_recv": quotes["ts"]}
    prices = {"bid": quotes["bid"], "ask": quotes["ask"]}
    sizes = {"bid_size": quotes["bsz"].astype(np.int64), "ask_size": quotes["asz"].astype(np.int64)}
    yield Columns(INSTRUMENT, "quotes", None, both | prices | sizes)
    times = {"ts_event": trades["ts"], "ts_recv": trades["ts"]}
    facts = {"price": trades["px"], "size": trades["sz"].astype(np.int64)}
    yield Columns(INSTRUMENT, "trades", None, times | facts | {"aggressor": trades["side"]})


if __name__ == "__main__":
    run_workload(2, workload_arguments(__doc__), columns, Quoter, fee_bps=0.0)
