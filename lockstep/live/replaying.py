"""Replay a live or paper run from its folder: the same strategies on the same journal.

Connects nowhere and sends nothing.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from engine.assembly import make_kernel, rates_of
from engine.config.sections import Config
from engine.config.values import Moment
from engine.errors import DataError
from engine.journal.disk import Disk, SystemDisk
from engine.journal.entries import Entry
from engine.journal.reader import read_run, require_whole
from engine.live.automaton import Automaton
from engine.live.replay import Difference, Replayed, replay
from engine.model.identifiers import OrderIds
from engine.model.requests import BarsRequested, Plain, WorkRequested
from engine.recovery.books import Nowhere
from engine.recovery.run_started import RunStarted
from engine.strategy.attach import Bound
from lockstep.running import code_hash, make_strategies


class ReplayReport(msgspec.Struct, frozen=True):
    """Hold what a replay came to, and the strategies whose source has changed since."""

    run: str
    inputs: int
    decisions: int
    complete: bool
    changed: tuple[str, ...]
    difference: Difference | None


class Silent:
    """Be the request port of a replay: the answers stand in the journal."""

    def fetch(self, request: BarsRequested) -> None:
        """Wait for the journal's answer."""

    def work(self, request: WorkRequested, function: Callable[[], Plain]) -> None:
        """Wait for the journal's answer."""


def replay_run(run: Path, disk: Disk | None = None) -> ReplayReport:
    """Run a run's strategies again on its journal, up to the first decision that differs.

    Raises DataError when the journal is damaged or does not reach back to the run's beginning.
    """
    disk = disk or SystemDisk()
    require_whole(disk, run)
    entries = read_run(disk, run)
    started = _started(run, entries)
    config = config_of(started)
    strategies = make_strategies(config, Path(started.folder))
    found: Replayed = replay(entries, _automaton(config, started, strategies))
    changed = [
        name
        for name, _, strategy in strategies
        if code_hash(type(strategy)) != started.code.get(name)
    ]
    return ReplayReport(
        run.name, found.inputs, found.decisions, found.complete, tuple(changed), found.difference
    )


def config_of(started: RunStarted) -> Config:
    """Return the configuration that a run was started with."""
    return msgspec.json.decode(started.config, type=Config, dec_hook=_decode)


def _automaton(config: Config, started: RunStarted, strategies: list[Bound]) -> Automaton:
    instruments = {each.id: each for each in started.instruments}
    ports = {account.id: Nowhere() for account in config.accounts}
    kernel = make_kernel(
        config,
        instruments,
        ports,
        OrderIds(started.bot, started.epoch),
        rates_of(config, started.rates, started.ts_recv),
    )
    kernel.requests = Silent()
    return Automaton(kernel, strategies, lambda name: started.streams.get(name, ()))


def _started(run: Path, entries: Iterator[Entry]) -> RunStarted:
    first = next(entries, None)
    if first is None or not isinstance(first.body, RunStarted):
        raise DataError(
            f"the journal of {run} does not reach back to its beginning; keep more runs"
        )
    return first.body


def _decode(kind: type, value: object) -> object:
    return Moment(value) if kind is Moment else value
