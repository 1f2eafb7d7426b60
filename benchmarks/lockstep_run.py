"""Store a dataset in a catalogue, run a strategy over it, and report the result.

It holds no strategy and judges nothing. The whole order chain is on, and the run writes its folder:
decision log, orders, fills and equity.
"""

import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from backtest.catalogue.catalogue import Catalogue
from backtest.catalogue.columns import Columns
from backtest.catalogue.schema import SCHEMA_VERSION
from backtest.data_source import DataSource
from backtest.run import Backtest, Outcome
from benchmarks.contract import Answer, WorkloadArguments, report
from benchmarks.data import TICKS_PER_UNIT
from engine.config import load
from engine.model.instrument import Instrument
from lockstep import Strategy

INSTRUMENT = "BTCUSDT.SIM"
BALANCE = 10_000_000
CONFIGURATION = """
[run]
name = "benchmark"
catalog = "{catalogue}"

[[accounts]]
id = "main"
venue = "SIM"
currency = "USD"
balance = {balance}

[exchange.fees]
taker_bps = {fee_bps}
maker_bps = {fee_bps}
"""

Integers = np.typing.NDArray[np.int64]


def ticks(prices: np.typing.NDArray[np.float64]) -> Integers:
    """Return prices in units of the benchmark's tick of 0.01."""
    return np.rint(prices * TICKS_PER_UNIT).astype(np.int64)


def run_workload(
    work: int,
    chosen: WorkloadArguments,
    columns: Callable[[WorkloadArguments], Iterable[Columns]],
    strategy: type[Strategy],
    fee_bps: float,
    name: str = "lockstep",
) -> None:
    """Make the catalogue, or run `strategy` over it and print the result.

    `run_s` is all of the run: from asking for the first row to the closing of the last file.
    """
    catalogue = chosen.data / f"lockstep-work{work}-{chosen.rows}-v{SCHEMA_VERSION}"
    if chosen.prepare:
        if not catalogue.exists():
            _store(catalogue, columns(chosen))
        return
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder, made = Path(temporary), strategy()
        backtest = _backtest(folder, catalogue, made, fee_bps)
        loaded = time.perf_counter()
        outcome = backtest.run(folder)
        run_s = time.perf_counter() - loaded
        answer = replace(_answer(outcome), changes=getattr(made, "changes", None))
        report(name, work, outcome.events, loaded - started, run_s, answer)


def _store(catalogue: Path, columns: Iterable[Columns]) -> None:
    # under its name only when complete: an interrupted run must not leave half a catalogue
    instrument = Instrument.define(INSTRUMENT, tick="0.01", currency="USD")
    with tempfile.TemporaryDirectory(dir=catalogue.parent) as name:
        made = Path(name) / catalogue.name
        Catalogue(made).write(instrument, columns)
        made.rename(catalogue)


def _backtest(folder: Path, catalogue: Path, strategy: Strategy, fee_bps: float) -> Backtest:
    file = folder / "benchmark.toml"
    text = CONFIGURATION.format(catalogue=catalogue, balance=BALANCE, fee_bps=fee_bps)
    file.write_text(text, encoding="utf-8")
    config = load(file, [], {}).config
    source = DataSource(config, Catalogue(catalogue, keep_columns=True))
    return Backtest(config, source, [("benchmark", ("main",), strategy)])


def _answer(outcome: Outcome) -> Answer:
    portfolio = outcome.kernel.portfolio
    held = sum(position.size for _, position in portfolio.strategy_positions("benchmark"))
    pnl = portfolio.equity(portfolio.accounts["main"]) - BALANCE
    orders = outcome.orders + len(outcome.open_orders)
    return Answer(fills=outcome.fills, orders=orders, pnl=round(pnl, 3), position=held)
