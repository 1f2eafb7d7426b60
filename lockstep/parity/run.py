"""Backtest the market data of a live or paper run with the latencies of that run.

Explains nothing; `comparison` and `report` do.
"""

import csv
import shutil
from pathlib import Path
from typing import TypeVar

import msgspec

from backtest.catalogue.catalogue import Catalogue
from backtest.data_source import DataSource
from backtest.recorded_events import EventColumns
from backtest.run import Backtest
from engine.assembly import make_kernel
from engine.clock import to_datetime
from engine.config.exchange import LatencyConfig
from engine.config.sections import Config
from engine.config.values import Moment
from engine.errors import DataError
from engine.journal.disk import SystemDisk
from engine.journal.entries import Entry
from engine.journal.reader import read_run, require_whole
from engine.model.identifiers import OrderIds
from engine.model.market import QuoteTick, TradeTick
from engine.model.run_events import StrategiesStarted, StrategiesStopped
from engine.recovery.books import Books, Nowhere
from engine.recovery.run_started import RunStarted
from engine.recovery.snapshot import AccountBooks, Snapshot
from lockstep.live.replaying import config_of
from lockstep.parity.comparison import Comparison, Value, compare
from lockstep.parity.observed import latencies, observe, observe_backtest
from lockstep.running import make_strategies

FOLDER = "parity"
Kind = TypeVar("Kind")


class Parity(msgspec.Struct, frozen=True):
    """Hold a comparison, what it was made from, and what could not be made the same."""

    run: str
    mode: str
    orders_measured: int
    latency_ms: float
    comparison: Comparison
    caveats: tuple[str, ...]


def parity(run: Path) -> Parity:
    """Backtest a run and compare; what is made meanwhile stands in the run's folder `parity`.

    Raises DataError for a run without market data or with a damaged journal.
    """
    require_whole(SystemDisk(), run)
    entries = list(read_run(SystemDisk(), run))
    started = _first(entries, RunStarted, run)
    begun = _first(entries, StrategiesStarted, run)
    bodies: list[object] = [entry.body for entry in entries]
    folder = run / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    values = _store(started, bodies, folder / "catalog")
    measured = latencies(bodies)
    books = _books(started, entries, begun)
    ended = [body.ts_recv for body in bodies if isinstance(body, StrategiesStopped)]
    period = begun.ts_recv, ended[0] if ended else None
    config = _config(started, books, measured, folder, period)
    strategies = make_strategies(config, Path(started.folder))
    source = DataSource(config, Catalogue(folder / "catalog"))
    Backtest(config, source, strategies).run(folder)
    found = compare(observe(bodies), observe_backtest(folder), values)
    trips = sorted(received - sent for sent, _, received in measured)
    return Parity(
        run.name,
        started.mode,
        len(measured),
        trips[len(trips) // 2] / 1e6 if trips else 0.0,
        found,
        tuple(_caveats(books, bodies)),
    )


def _store(started: RunStarted, bodies: list[object], path: Path) -> dict[str, Value]:
    """Write the run's market data into a catalogue; return the last price of each."""
    catalogue = Catalogue(path)
    values = {}
    for instrument in started.instruments:
        columns = EventColumns(instrument).take(bodies)
        if columns:
            catalogue.write(instrument, columns)
        mark = _last_price(instrument.id, bodies)
        values[instrument.id] = Value(mark, instrument.point_value)
    if not catalogue.instruments():
        raise DataError(f"{started.run} has no market data; there is nothing to backtest")
    return values


def _config(
    started: RunStarted,
    books: Snapshot,
    measured: list[tuple[int, int, int]],
    folder: Path,
    period: tuple[int, int | None],
) -> Config:
    """Return the run's configuration with its own data, money and latencies."""
    config = config_of(started)
    replace = msgspec.structs.replace
    latency = LatencyConfig()
    if measured:
        path = folder / "latencies.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(("ts_sent", "ts_exchange", "ts_received"))
            rows.writerows(measured)
        latency = LatencyConfig(model="recorded", file=str(path))
    start, end = (None if ts is None else Moment(to_datetime(ts).isoformat()) for ts in period)
    money = {each.account: _money(each) for each in books.accounts}
    return replace(
        config,
        run=replace(config.run, catalog=str(folder / "catalog"), start=start, end=end),
        accounts=tuple(
            replace(each, balance=None, balances=money[each.id]) for each in config.accounts
        ),
        exchange=replace(config.exchange, fills="auto", latency_ms=latency, instruments={}),
    )


def _money(books: AccountBooks) -> dict[str, float]:
    return {name: int(sums.units) / 10**sums.digits for name, sums in books.balances.items()}


def _books(started: RunStarted, entries: list[Entry], begun: StrategiesStarted) -> Snapshot:
    """Return the books with which the strategies began: reconciled ones."""
    config = config_of(started)
    ports = {account.id: Nowhere() for account in config.accounts}
    instruments = {each.id: each for each in started.instruments}
    kernel = make_kernel(config, instruments, ports, OrderIds("x", 0))
    until = next(entry.sequence for entry in entries if entry.body is begun)
    return Books(kernel).bring_up(entry for entry in entries if entry.sequence < until)


def _caveats(books: Snapshot, bodies: list[object]) -> list[str]:
    held = [f"{each.instrument}" for each in books.positions if each.quantity and not each.strategy]
    told = []
    if held:
        told.append(f"the run began with positions ({', '.join(held)}), the backtest begins flat")
    before = next((body for body in bodies if isinstance(body, Snapshot)), Snapshot(ts_recv=0))
    if before.states:
        told.append("the run began with states of strategies, the backtest with their defaults")
    if any(getattr(body, "bars", ()) for body in bodies):
        told.append("bars that the venue gave (warm-up, requests) are not part of the backtest")
    return told


def _last_price(instrument: str, bodies: list[object]) -> float:
    for body in reversed(bodies):
        if isinstance(body, QuoteTick) and body.instrument == instrument and body.mid == body.mid:
            return body.mid
        if isinstance(body, TradeTick) and body.instrument == instrument:
            return body.price
    return float("nan")


def _first(entries: list[Entry], kind: type[Kind], run: Path) -> Kind:
    for entry in entries:
        if isinstance(entry.body, kind):
            return entry.body
    raise DataError(f"{run} has no {kind.__name__}; its strategies never started")
