"""Run a backtest whole: load strategies, run, write the run folder, compute and report.

Simulates nothing itself; `backtest.run` does.
"""

import hashlib
import inspect
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from engine.config import Loaded, load
from engine.config.sections import Config, StrategyConfig
from engine.errors import ConfigError, DataError, StrategyError, UsageError
from engine.strategy.attach import Bound
from engine.strategy.base import Strategy
from engine.strategy.loading import load_strategy
from lockstep.folders import new_run_folder
from lockstep.manifest import manifest_of

if TYPE_CHECKING:
    from backtest.results.metrics import Tables
    from backtest.run import Outcome

Progress = Callable[[float], None]


class RunResult:
    """Hold a finished run: its folder, its summary, and its tables when asked for."""

    def __init__(self, folder: Path, summary: dict[str, object]) -> None:
        self.folder = folder
        self.summary = summary

    @property
    def tables(self) -> "Tables":
        """Return orders, fills, equity and marks as tables of numpy columns."""
        from backtest.results.metrics import read_tables

        return read_tables(self.folder)

    @property
    def metrics(self) -> Mapping[str, object]:
        """Return the metrics by name; None where a figure would be absurd."""
        found = self.summary["metrics"]
        assert isinstance(found, dict)
        return found

    def frame(self, table: str) -> object:
        """Return `orders`, `fills`, `equity` or `marks` as a pandas frame; needs pandas."""
        import pyarrow.parquet as pq

        path = self.folder / f"{table}.parquet"
        if not path.is_file():
            msg = f"a run has no table {table!r}; it has orders, fills, equity and marks"
            raise DataError(msg)
        try:
            return pq.read_table(path).to_pandas()
        except ModuleNotFoundError:
            msg = "frame() needs pandas, which is not installed; use `tables`, or install pandas"
            raise UsageError(msg) from None

    def __repr__(self) -> str:
        """Return one readable line."""
        told = ("fills", "pnl", "max_drawdown", "sharpe", "stopped")
        return f"<RunResult {self.folder.name} { {key: self.summary.get(key) for key in told} }>"


def backtest(
    loaded: Loaded,
    progress: Progress | None = None,
    *,
    out: Path | None = None,
    report: bool = True,
) -> RunResult:
    """Backtest a loaded configuration and write a run folder.

    Strategy files are taken relative to the configuration file, everything else relative to the
    working directory. `report = False` leaves the HTML page away. Raises UsageError for anything
    that cannot be run as configured; a strategy that fails while running is stopped and reported in
    the summary instead.
    """
    config = loaded.config
    if not config.strategies:
        msg = f"{loaded.path} has no [[strategies]]; add one with class and parameters"
        raise ConfigError(msg)
    strategies = make_strategies(config, loaded.path.parent)
    folder = new_run_folder(out or Path(config.run.out), "backtest", config.run.name)
    return _run(config, loaded.canonical_json(), strategies, folder, progress, report=report)


def make_strategies(config: Config, folder: Path) -> list[Bound]:
    """Return the strategies of a configuration; file paths are relative to `folder`."""
    return [(each.name, each.traded, make_strategy(each, folder)) for each in config.strategies]


def make_strategy(chosen: StrategyConfig, folder: Path) -> Strategy:
    """Return a strategy with its configured parameters; file paths are relative to `folder`."""
    return load_strategy(chosen.class_, folder)(**chosen.parameters)


def run_strategy(
    *strategies: Strategy,
    catalog: str | Path,
    start: str | None = None,
    end: str | None = None,
    balance: float = 100_000.0,
    currency: str = "USD",
    out: str | Path = "runs",
    settings: Mapping[str, object] | None = None,
) -> RunResult:
    """Backtest strategy objects straight from Python: for notebooks and tests.

    `settings` overrides any key of a configuration by its spelled path, as `--set` does:
    `{"exchange.fees.taker_bps": 1}`. No report page is written; `RunResult` has the tables.
    """
    _check_strategies(strategies)
    values: dict[str, object] = {"run.catalog": str(catalog), "run.out": str(out)}
    values |= {key: text for key, text in (("run.start", start), ("run.end", end)) if text}
    values |= dict(settings or {})
    overrides = [f"{key}={_toml(value)}" for key, value in values.items()]
    loaded = _in_memory(currency, float(balance), overrides)
    names = _unique([type(strategy).__name__ for strategy in strategies])
    folder = new_run_folder(Path(out), "backtest", "notebook")
    bound: list[Bound] = [
        (name, ("main",), each) for name, each in zip(names, strategies, strict=True)
    ]
    return _run(loaded.config, loaded.canonical_json(), bound, folder, None, report=False)


def _check_strategies(strategies: Sequence[object]) -> None:
    if not strategies:
        msg = "run_strategy() was given no strategy; pass an object such as MyBot(slow=80)"
        raise StrategyError(msg)
    for each in strategies:
        if not isinstance(each, Strategy):
            name = getattr(each, "__name__", repr(each))
            msg = f"{name} is not a strategy object; pass one such as {name}(slow=80)"
            raise StrategyError(msg)


def _run(
    config: Config,
    canonical: str,
    strategies: list[Bound],
    folder: Path,
    progress: Progress | None,
    *,
    report: bool,
) -> RunResult:
    from backtest.catalogue.catalogue import Catalogue
    from backtest.data_source import DataSource
    from backtest.results.metrics import Basis, compute, read_tables
    from backtest.results.report import write_report
    from backtest.run import Backtest
    from connectors.limits import LIMITS
    from lockstep.assumptions import assumptions_of

    begun = time.perf_counter()
    source = DataSource(config, Catalogue(config.run.catalog, keep_columns=config.run.keep_columns))
    try:
        outcome = Backtest(config, source, strategies, LIMITS).run(folder, progress)
    except UsageError:
        shutil.rmtree(folder)
        raise
    traded = [source[name] for name in outcome.rules]
    basis = Basis(
        days_per_year=max((each.days_per_year for each in traded), default=252),
        risk_free=config.run.risk_free,
        currencies={account.id: account.currency for account in config.accounts},
    )
    result = compute(read_tables(folder), basis)
    summary = {
        **_facts(folder, config, outcome),
        **result.summary(),
        "wall_s": round(time.perf_counter() - begun, 3),
        "assumptions": assumptions_of(config, outcome),
    }
    made_of = {
        name: {"code": code_hash(type(strategy)), "parameters": dict(strategy.parameters)}
        for name, _, strategy in strategies
    }
    manifest = manifest_of(config, canonical, made_of, source, outcome)
    write_json(folder / "manifest.json", manifest)
    write_json(folder / "summary.json", summary)
    if report and config.report.html:
        write_report(folder, result, standalone=config.report.standalone)
    return RunResult(folder, summary)


def _facts(folder: Path, config: Config, outcome: "Outcome") -> dict[str, object]:
    return {
        "run_id": folder.name,
        "mode": "backtest",
        "name": config.run.name,
        "start": _iso(outcome.period.start),
        "end": _iso(outcome.period.end),
        "events": outcome.events,
        "orders": outcome.orders + len(outcome.open_orders),
        "open_orders": len(outcome.open_orders),
        "fills": outcome.fills,
        "denied": outcome.denied,
        "denials": outcome.denials,
        "waits": outcome.waits,
        "latched": [
            {"scope": str(each.scope), "cause": each.cause, "reason": each.reason}
            for each in outcome.latched
        ],
        "stopped": [{"strategy": f.strategy, "error": f.error} for f in outcome.faults],
        "digest": outcome.digest,
        "run_s": round(outcome.run_s, 3),
    }


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write JSON whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(json_bytes(value))
    partial.replace(path)


def json_bytes(value: Mapping[str, object]) -> bytes:
    """Return JSON as run folders hold it, indented for people."""
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2) + b"\n"


def code_hash(cls: type) -> str:
    """Return the SHA-256 of the file that a strategy class is in; empty where there is none."""
    try:
        path = inspect.getsourcefile(cls)
    except TypeError:
        path = None
    if path is None or not Path(path).is_file():
        return ""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _in_memory(currency: str, balance: float, overrides: list[str]) -> Loaded:
    """Check a configuration made here by the same rules as one in a file."""
    text = (
        '[run]\nname = "notebook"\n[[accounts]]\nid = "main"\nvenue = "SIM"\n'
        f"currency = {_toml(currency)}\nbalance = {balance!r}\n"
    )
    with TemporaryDirectory() as place:
        path = Path(place) / "notebook.toml"
        path.write_text(text)
        return load(path, overrides, os.environ)


def _toml(value: object) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return unique


def _iso(ts: int) -> str:
    return datetime.fromtimestamp(ts // 10**9, UTC).isoformat().replace("+00:00", "Z")
