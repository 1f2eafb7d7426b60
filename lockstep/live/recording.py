"""Record live market data: crash-safe segments while it comes, the catalogue afterwards.

Trades nothing. Raw frames, where they are wanted, stand beside the events and go nowhere else.
"""

import asyncio
import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import msgspec

from backtest.catalogue.catalogue import Catalogue
from backtest.recorded_events import EventColumns
from connectors.frame.connector import Connector
from engine.config import Loaded
from engine.config.secret import Secret, SecretReference
from engine.errors import ConfigError, DataError
from engine.journal.disk import SystemDisk
from engine.journal.entries import MARKET, Kind
from engine.journal.raw import RawFrame, RawWriter, holds
from engine.journal.reader import cut_torn, read_run
from engine.journal.writer import Journal
from engine.model.connection import FeedChanged
from engine.model.instrument import Instrument
from engine.model.run_events import RunEnded
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
    """Hold what a recording came to: folder, events, rows that were stored, raw frames."""

    folder: Path
    events: int
    stored: dict[str, int]
    frames: int = 0


def record(
    loaded: Loaded,
    instruments: Sequence[str],
    seconds: float | None,
    environ: Mapping[str, str],
    *,
    raw: bool = False,
) -> Recorded:
    """Record instruments, or those that strategies name, until stopped; then store them.

    `raw` keeps every frame of every link beside the events, but those that hold a secret.
    """
    named = _named(loaded, instruments)
    config = loaded.config
    with (
        journaled_folder(Path(config.run.out), "record", config.run.name) as folder,
        asyncio.Runner() as runner,
    ):
        recording = _Recording(loaded, named, folder, environ, raw=raw)
        runner.run(recording.run(seconds))
    stored = store(folder, Path(config.run.catalog))
    return Recorded(folder, recording.events, stored, recording.frames)


def store(run: Path, catalog: Path) -> dict[str, int]:
    """Write a run's market data into a catalogue; return the rows that were new, by stream.

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
            each.id: (EventColumns(each), stack.enter_context(catalogue.writing(each)))
            for each in started.body.instruments
        }
        events = (entry.body for entry in entries)
        while chunk := list(islice(events, _CHUNK)):
            for made, session in sessions.values():
                for columns in made.take(chunk):
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
        *,
        raw: bool,
    ) -> None:
        self.events = 0
        self._loaded, self._named, self._folder = loaded, named, folder
        self._environ = environ
        self._machine = SystemMachine()
        self._clock = self._machine.clock
        policy = plan.journal_policy(loaded.config.live)
        policy = msgspec.structs.replace(policy, keep_market=None)
        self._journal = Journal(self._machine.disk, folder, policy)
        self._secrets: list[str] = []
        self._raw = None
        if raw:
            self._raw = RawWriter(self._machine.disk, folder, policy.segment_bytes)

    @property
    def frames(self) -> int:
        """Return how many raw frames were kept."""
        return 0 if self._raw is None else self._raw.frames

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
        for connection in connections.all.values():
            if self._raw is not None and isinstance(connection, Connector):
                connection.tap = self._frame
        try:
            found = await connections.open(self._named, Snapshot(ts_recv=0))
            self._begin(found, connections)
            for instrument in found:
                for subscription in connections.offered(instrument.id):
                    connections.of(instrument.id).subscribe(subscription)
            await self._until_stopped(seconds)
        finally:
            await connections.close()
            if self._raw is not None:
                self._raw.close()
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
        elif isinstance(event, FeedChanged):
            self._journal.append(Kind.INPUT, event)

    def _frame(self, venue: str, link: str, data: str | bytes, ts: int) -> None:
        """Keep a raw frame, unless it holds a secret that this program was given."""
        assert self._raw is not None
        is_text = isinstance(data, str)
        frame = RawFrame(ts, venue, link, data.encode() if isinstance(data, str) else data, is_text)
        if not holds(frame.data, self._secrets):
            self._raw.take(frame)

    async def _until_stopped(self, seconds: float | None) -> None:
        loop = asyncio.get_running_loop()
        stopped: asyncio.Future[None] = loop.create_future()

        def stop() -> None:
            if not stopped.done():
                stopped.set_result(None)

        def flush() -> None:
            if not self._journal.flush() or (self._raw is not None and not self._raw.flush()):
                stop()
            loop.call_later(FLUSH_S, flush)

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        if seconds is not None:
            loop.call_later(seconds, stop)
        flush()
        await stopped
        failure = self._journal.failure or (self._raw.failure if self._raw is not None else "")
        if failure:
            raise DataError(f"{failure}; what came before is in {self._folder}")

    def _resolve(self, reference: SecretReference) -> Secret:
        secret = reference.resolve(self._environ)
        self._secrets.append(secret.reveal())
        return secret


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
