"""Record live market data: crash-safe segments while it comes, the catalogue afterwards.

Trades nothing; order books stay in the segments, the catalogue gets quotes and trades.
"""

import asyncio
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import msgspec

from backtest.catalogue.catalogue import Catalogue
from backtest.recorded_events import columns_of
from engine.config import Loaded
from engine.config.secret import Secret, SecretReference
from engine.errors import ConfigError, DataError
from engine.journal.disk import SystemDisk
from engine.journal.entries import MARKET, Kind
from engine.journal.reader import cut_torn, read_run
from engine.journal.writer import Journal
from engine.model.instrument import Instrument
from engine.model.run_events import RunEnded
from engine.model.subscription import DataKind, Subscription
from engine.recovery.run_started import RunStarted
from engine.recovery.snapshot import Snapshot
from lockstep.folders import journaled_folder
from lockstep.live import plan
from lockstep.live.connections import Connections
from lockstep.live.machine import SystemMachine
from lockstep.manifest import versions
from lockstep.running import make_strategies

FLUSH_S = 1.0
"""How often what came is handed to the operating system: what a kill loses at the most."""
_CHUNK = 50_000


class Recorded(msgspec.Struct, frozen=True):
    """Hold what a recording came to: its folder, its events, and the rows that were stored."""

    folder: Path
    events: int
    stored: dict[str, int]


def record(
    loaded: Loaded, instruments: Sequence[str], seconds: float | None, environ: Mapping[str, str]
) -> Recorded:
    """Record instruments, or those that strategies name, until stopped; then store them."""
    named = _named(loaded, instruments)
    config = loaded.config
    with (
        journaled_folder(Path(config.run.out), "record", config.run.name) as folder,
        asyncio.Runner() as runner,
    ):
        recording = _Recording(loaded, named, folder, environ)
        runner.run(recording.run(seconds))
    return Recorded(folder, recording.events, store(folder, Path(config.run.catalog)))


def store(run: Path, catalog: Path) -> dict[str, int]:
    """Write a run's quotes and trades into a catalogue; return the rows that were new, by stream.

    Storing again changes nothing. A torn end is cut. Raises DataError for damage.
    """
    disk = SystemDisk()
    cut_torn(disk, run)
    entries = read_run(disk, run)
    started = next(entries, None)
    if started is None or not isinstance(started.body, RunStarted):
        raise DataError(f"{run} does not say what it recorded; its journal has lost its beginning")
    catalogue = Catalogue(catalog)
    added: dict[str, int] = {}
    with ExitStack() as stack:
        sessions = {
            each.id: (each, stack.enter_context(catalogue.writing(each)))
            for each in started.body.instruments
        }
        events = (entry.body for entry in entries)
        while chunk := list(islice(events, _CHUNK)):
            for instrument, session in sessions.values():
                for columns in columns_of(instrument, chunk):
                    session.append(columns)
        for name, (_, session) in sessions.items():
            for written in session.commit():
                added[f"{name} {written.stream[0]}"] = written.added
    return added


class _Recording:
    """Keep connections and a journal for as long as is asked."""

    def __init__(
        self,
        loaded: Loaded,
        named: dict[str, list[str]],
        folder: Path,
        environ: Mapping[str, str],
    ) -> None:
        self.events = 0
        self._loaded, self._named, self._folder = loaded, named, folder
        self._environ = environ
        self._machine = SystemMachine()
        self._clock = self._machine.clock
        policy = plan.journal_policy(loaded.config.live)
        self._journal = Journal(self._machine.disk, folder, policy)

    async def run(self, seconds: float | None) -> None:
        """Connect, subscribe, and write until the time is up or a signal comes."""
        connections = Connections(
            plan.sites(self._loaded.config),
            self._loaded.config,
            "live",
            self._machine,
            self._resolve,
            0,
        )
        try:
            found = await connections.open(self._named, Snapshot(ts_recv=0))
            self._begin(found, connections)
            for subscription in _wanted(found, connections):
                connections.of(subscription.instrument).subscribe(subscription)
            await self._until_stopped(seconds)
        finally:
            await connections.close()
            if self._journal.sequence:  # else nothing has begun
                self._journal.append(Kind.NOTE, RunEnded(self._clock.now(), "recorded"))
                self._journal.close()

    def _begin(self, found: list[Instrument], connections: Connections) -> None:
        started = RunStarted(
            run=self._folder.name,
            mode="record",
            bot="",
            epoch=0,
            ts_recv=self._clock.now(),
            config=self._loaded.canonical_json(),
            instruments=tuple(found),
            versions=versions(),
        )
        self._journal.append(Kind.NOTE, started)
        connections.relay.connect(self._hear)

    def _hear(self, event: object) -> None:
        if type(event) in MARKET:
            self.events += 1
            self._journal.append(Kind.INPUT, event)

    async def _until_stopped(self, seconds: float | None) -> None:
        loop = asyncio.get_running_loop()
        stopped: asyncio.Future[None] = loop.create_future()

        def stop() -> None:
            if not stopped.done():
                stopped.set_result(None)

        def flush() -> None:
            if not self._journal.flush():
                stop()
            loop.call_later(FLUSH_S, flush)

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        if seconds is not None:
            loop.call_later(seconds, stop)
        flush()
        await stopped
        if self._journal.failure:
            raise DataError(f"{self._journal.failure}; what came before is in {self._folder}")

    def _resolve(self, reference: SecretReference) -> Secret:
        return reference.resolve(self._environ)


def _named(loaded: Loaded, instruments: Sequence[str]) -> dict[str, list[str]]:
    """Return the instruments to record by venue: those given, else those that strategies name."""
    config = loaded.config
    venues = [account.venue for account in config.accounts]
    if instruments:
        named: dict[str, list[str]] = {venue: [] for venue in venues}
        for name in instruments:
            venue = name.rpartition(".")[2]
            if venue not in named:
                raise ConfigError(f"{name} is of no venue of [[accounts]]: {', '.join(venues)}")
            named[venue].append(name)
        return named
    strategies = make_strategies(config, loaded.path.parent)
    named = plan.instrument_names(strategies, venues)
    if not any(named.values()):
        raise ConfigError("nothing to record: no strategy names an instrument; give --instrument")
    return named


def _wanted(found: list[Instrument], connections: Connections) -> Iterator[Subscription]:
    for instrument in found:
        for kind, _ in connections.streams(instrument.id):
            yield Subscription(instrument.id, DataKind(kind))
