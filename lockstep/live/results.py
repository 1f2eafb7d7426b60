"""Compute what a live run made from its tables, and make them from its journal where it crashed.

Trades nothing and runs no strategy.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from backtest.decision_log import DecisionLog
from backtest.results.folder import SUMMARY
from backtest.results.metrics import Basis, RunResult, compute, read_tables
from backtest.results.tables import SCHEMAS
from backtest.run_tables import RunTables
from engine.assembly import make_kernel
from engine.config.sections import Config
from engine.errors import DataError
from engine.journal.disk import SystemDisk
from engine.journal.entries import MARKET, Entry, Kind
from engine.journal.reader import read_run
from engine.kernel import Kernel
from engine.model.commands import SubmitOrder
from engine.model.identifiers import OrderIds
from engine.model.instrument import Instrument
from engine.model.reports import OrderFilled
from engine.model.run_events import RunEnded
from engine.recovery.books import Books, Nowhere
from engine.recovery.run_started import RunStarted
from engine.recovery.snapshot import Snapshot
from lockstep.live.record import DECIDED, FLUSH_AT, INTERVAL_NS
from lockstep.live.replaying import config_of
from lockstep.running import write_json

_ASSUMPTIONS = {
    "live": "Fills, fees and latencies are those of the venue.",
    "paper": "Fills are those of the simulated exchange against the venue's quotes and trades.",
    "rehearsal": "Fills are those of the venue's simulator.",
}


def results_of(folder: Path, config: Config, instruments: Iterable[Instrument]) -> RunResult:
    """Return the figures of a run from the tables in its folder. Raises DataError without them."""
    basis = Basis(
        days_per_year=max((each.days_per_year for each in instruments), default=252),
        risk_free=config.run.risk_free,
        currencies={account.id: account.currency for account in config.accounts},
    )
    return compute(read_tables(folder), basis)


def figures_of(result: RunResult, mode: str) -> dict[str, object]:
    """Return what a summary holds of a run's results, and on what they rest."""
    return {**result.summary(), "assumptions": [_ASSUMPTIONS[mode]]}


def needs_retelling(run: Path) -> bool:
    """Say whether a run has a journal and no tables: it crashed, or goes on."""
    return not (run / SCHEMAS[0].file_name).is_file() and (run / "journal").is_dir()


def retell(run: Path) -> None:
    """Make the tables and the decision log of a run from its journal, and its summary whole.

    Intents that the gate denied are in the log and have no row: the journal has no terms of them.
    Raises DataError for a journal that is damaged or does not reach back to the run's beginning.
    """
    entries = read_run(SystemDisk(), run)
    first = next(entries, None)
    if first is None or not isinstance(first.body, RunStarted):
        raise DataError(f"the journal of {run} does not reach back to its beginning")
    started = first.body
    config = config_of(started)
    with TemporaryDirectory(dir=run, prefix="retelling-") as place:
        told = _Retelling(Path(place), started, config)
        told.tell(entries)
        for path in sorted(Path(place).iterdir()):
            path.replace(run / path.name)
    summary = json.loads((run / SUMMARY).read_text(encoding="utf-8"))
    figures = figures_of(results_of(run, config, started.instruments), started.mode)
    write_json(run / SUMMARY, {**summary, **told.facts, **figures})


class _Retelling:
    """Bring books up entry by entry, and write down what happens to them."""

    def __init__(self, folder: Path, started: RunStarted, config: Config) -> None:
        self._kernel = _looking_back(started, config)
        self._books = Books(self._kernel)
        self._log = DecisionLog(folder)
        self._tables = RunTables(self._kernel, folder)
        self._interval = config.run.equity_interval_ns or INTERVAL_NS
        self._sample_at = 0
        self._has_begun = False
        self._waiting: list[object] = []
        self._counts = Counter(events=0, orders=0, fills=0)
        self.facts: dict[str, object] = {}

    def tell(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._take(entry)
        self._tables.sample(self._kernel.clock.now)
        self._write()
        self._tables.close()
        self.facts |= self._counts
        self.facts["digest"] = self._log.close()
        orders = self._kernel.orders.orders.values()
        self.facts["open_orders"] = sum(order.is_open for order in orders)

    def _take(self, entry: Entry) -> None:
        body = entry.body
        self._count("events", entry.kind is Kind.INPUT)
        if isinstance(body, Snapshot):
            self._begin(body)
        elif type(body) in MARKET:
            self._kernel.process(body)
        else:
            self._count("orders", isinstance(body, SubmitOrder))
            self._count("fills", isinstance(body, OrderFilled))
            self._books.apply(entry)
            if isinstance(body, RunEnded):
                self.facts["reason"] = body.reason
        if isinstance(body, DECIDED):
            self._waiting.append(body)
        self._pass_time()

    def _begin(self, snapshot: Snapshot) -> None:
        """Begin with the first; those of later segments tell what is known."""
        if not self._has_begun:
            self._has_begun = True
            self._books.begin(snapshot)

    def _pass_time(self) -> None:
        self._kernel.decisions.clear()
        now = self._kernel.clock.now
        if self._has_begun and now >= self._sample_at:
            self._tables.sample(now)
            self._sample_at = now - now % self._interval + self._interval
        if len(self._waiting) + self._tables.waiting >= FLUSH_AT:
            self._write()

    def _write(self) -> None:
        self._log.write(self._waiting)
        self._waiting.clear()
        self._tables.write()

    def _count(self, name: str, counts: object) -> None:
        self._counts[name] += bool(counts)


def _looking_back(started: RunStarted, config: Config) -> Kernel:
    instruments = {each.id: each for each in started.instruments}
    ports = {account.id: Nowhere() for account in config.accounts}
    return make_kernel(config, instruments, ports, OrderIds("x", 0))
