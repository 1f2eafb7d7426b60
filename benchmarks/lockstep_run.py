"""Run one strategy in Lockstep for a benchmark: the whole order chain, from a catalogue, no page.

Measures nothing itself beyond what the run reports.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from backtest.catalogue.catalogue import Catalogue
from backtest.data_source import DataSource
from backtest.run import Backtest
from benchmarks.contract import Answer, report
from engine.config import load
from lockstep import Strategy

if TYPE_CHECKING:
    from backtest.catalogue.columns import Columns
    from engine.model.instrument import Instrument

BALANCE = 10_000_000


def prepare(
    folder: Path, rows: int, instrument: "Instrument", make: Callable[[], Iterable["Columns"]]
) -> None:
    """Write so many rows of a dataset into a catalogue beside it, if it is not there yet."""
    catalogue = Catalogue(_catalogue(folder, rows))
    if not catalogue.streams(instrument.id):
        for columns in make():
            catalogue.write(instrument, [columns])


def run(work: int, folder: Path, rows: int, strategy: Strategy, settings: str = "") -> None:
    """Run over the catalogue of so many rows and print the result."""
    begun = time.perf_counter()
    with TemporaryDirectory() as place:
        path = Path(place) / "benchmark.toml"
        path.write_text(
            f'[run]\nname = "work{work}"\ncatalog = "{_catalogue(folder, rows)}"\n'
            '[[accounts]]\nid = "main"\nvenue = "SIM"\ncurrency = "USD"\n'
            f"balance = {BALANCE}\n{settings}"
        )
        config = load(path, [], {}).config
        source = DataSource(config, Catalogue(config.run.catalog))
        backtest = Backtest(config, source, [("benchmark", "main", strategy)])
        ready = time.perf_counter()
        outcome = backtest.run(Path(place))
        kernel = backtest.kernel
        account = kernel.portfolio.accounts["main"]
        ((_, position),) = kernel.portfolio.strategy_positions("benchmark")
        answer = Answer(
            fills=outcome.fills,
            orders=outcome.orders + len(outcome.open_orders),
            pnl=round(kernel.portfolio.equity(account) - BALANCE, 3),
            position=position.size,
        )
        report("lockstep", work, outcome.events, ready - begun, outcome.run_s, answer)


def _catalogue(folder: Path, rows: int) -> Path:
    return folder / f"catalog-{rows}"
