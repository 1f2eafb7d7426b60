"""Run a bot from its configuration to its end: the one place where all parts of a live run meet.

Decides nothing about orders and speaks no protocol.
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from connectors.frame.package import Resolve
from engine.assembly import make_kernel, rates_of
from engine.config import Loaded
from engine.control.station import Station
from engine.errors import LockstepError, UsageError
from engine.gate.latch_file import LatchFile
from engine.journal.disk import InstanceLock
from engine.journal.writer import Journal
from engine.kernel import Kernel
from engine.live.answers import LiveAnswers
from engine.live.automaton import Automaton
from engine.live.beginning import begin, last_run, recover
from engine.live.desk import LiveDesk
from engine.live.feed_watch import FeedWatch
from engine.live.life import Life
from engine.live.outbox import Outbox
from engine.live.recorder import Recorder
from engine.live.runner import Runner
from engine.live.spinning import Spinner
from engine.live.storage import StorageWatch
from engine.market_state import MarketState
from engine.model.commands import CancelOrder, Command, ReplaceOrder
from engine.model.identifiers import OrderIds
from engine.model.instrument import Instrument
from engine.model.run_events import CommandSent
from engine.ports import ExecutionPort
from engine.recovery.books import Nowhere
from engine.recovery.reconcile import Reconciler
from engine.recovery.run_started import RunStarted
from engine.recovery.snapshot import Snapshot
from engine.recovery.state_folder import Identity, StateFolder
from engine.recovery.trades import SeenTrades
from engine.telemetry.meters import count
from lockstep.folders import journaled_folder
from lockstep.live import ending, plan
from lockstep.live.connections import Connections
from lockstep.live.machine import Machine, SystemMachine
from lockstep.live.notices import Notices
from lockstep.live.plan import Mode, Site
from lockstep.live.record import LiveRecord
from lockstep.live.retention import prune
from lockstep.manifest import versions
from lockstep.running import code_hash, json_bytes, make_strategies

Heard = Callable[[object, list[object]], None]


class Result(msgspec.Struct, frozen=True):
    """Hold how a run ended: its folder, its summary, and the exit code that tells it."""

    folder: Path
    summary: dict[str, object]
    exit_code: int


def run_bot(loaded: Loaded, mode: Mode, environ: Mapping[str, str]) -> Result:
    """Run until stopped. Raises UsageError for what cannot be run as configured."""
    plan.check(loaded, mode)
    state = plan.state_folder(loaded.config)
    state.mkdir(parents=True, exist_ok=True)
    lock = InstanceLock(state / "lock")
    try:
        with (
            journaled_folder(Path(loaded.config.run.out), mode, loaded.config.run.name) as folder,
            asyncio.Runner(loop_factory=loop_factory()) as runner,
        ):
            return runner.run(Bot(loaded, mode, folder, state, environ).run())
    finally:
        lock.release()


class Bot:
    """Put the parts of one run together, and let it live.

    `sites` and `resolve` are the configuration's, and `machine` is this one, unless a rehearsal
    brings its own. `heard` is told of every event that was processed and what was decided.
    `kernel` and `desk`, where operators ask, are there once the run has begun.
    """

    def __init__(
        self,
        loaded: Loaded,
        mode: Mode,
        folder: Path,
        state: Path,
        environ: Mapping[str, str],
        sites: Mapping[str, Site] | None = None,
        resolve: Resolve | None = None,
        machine: Machine | None = None,
    ) -> None:
        config = loaded.config
        self._loaded, self._config, self._mode = loaded, config, mode
        self._folder, self._state = folder, state
        self._machine = machine or SystemMachine()
        self._disk, self._clock = self._machine.disk, self._machine.clock
        self._station = Station(config.run.name, folder, self._clock.now, environ, config.log)
        self._notices = Notices(self._station.alerts, self._station.meters)
        self._strategies = make_strategies(config, loaded.path.parent)
        self._sites = plan.sites(config) if sites is None else sites
        self._resolve = resolve or self._station.secret
        self._life: Life | None = None
        self.heard: list[Heard] = []
        self.kernel: Kernel | None = None
        self.desk: LiveDesk | None = None

    async def run(self) -> Result:
        """Recover, connect, reconcile, live, and leave a summary."""
        try:
            return await self._connected()
        finally:
            await self._station.close()

    async def _connected(self) -> Result:
        """Begin an epoch and live; every connection is closed at the end."""
        state = StateFolder(self._disk, self._state, self._machine.new_bot)
        with _disk_that_may_refuse():
            identity = state.next_epoch()
        self._connections = Connections(
            self._sites,
            self._config,
            self._mode,
            self._machine,
            self._resolve,
            identity.epoch,
        )
        try:
            return await self._run(state, identity)
        finally:
            await self._connections.close()

    def stop(self, reason: str) -> None:
        """Ask for an end in order, as a signal does; a run that has not begun goes on."""
        if self._life is not None:
            self._life.ask_stop(reason)

    def abandon(self) -> None:
        """Let go of all that the system held for a run that was killed; writes and says nothing."""
        self._station.abandon()

    async def _run(self, state: StateFolder, identity: Identity) -> Result:
        before = last_run(self._disk, identity)
        known = {} if before is None else {each.id: each for each in before.instruments}
        with _disk_that_may_refuse():
            books, trades = recover(self._disk, state, lambda: self._looking_back(known))
        named = plan.instrument_names(self._strategies, self._sites)
        found = await self._connections.open(named, books)
        instruments = known | {each.id: each for each in found}
        recorder, outbox = self._begin(identity, instruments, books, trades)
        with _disk_that_may_refuse():
            state.point_to(self._folder.resolve())
            prune(self._disk, self._folder, self._config.live.journal.keep_runs)
        return await self._live(recorder, outbox, trades)

    def _looking_back(self, instruments: Mapping[str, Instrument]) -> Kernel:
        """Return a kernel for the books of the last run."""
        ports = {account.id: Nowhere() for account in self._config.accounts}
        return make_kernel(self._config, instruments, ports, OrderIds("x", 0))

    def _begin(
        self,
        identity: Identity,
        instruments: Mapping[str, Instrument],
        books: Snapshot,
        trades: SeenTrades,
    ) -> tuple[Recorder, Outbox]:
        """Build kernel and strategies, and begin the journal with the books."""
        config, now = self._config, self._clock.now()
        ports: dict[str, ExecutionPort] = {
            account.id: self._connections.all[account.venue] for account in config.accounts
        }
        outbox = Outbox(ports, config.live.send_within_ns, self._sent)
        shipped = {name: site.package.rates for name, site in self._sites.items()}
        kernel = make_kernel(
            config,
            instruments,
            dict.fromkeys(ports, outbox),
            OrderIds(identity.bot, identity.epoch),
            rates_of(config, shipped, now),
        )
        started = RunStarted(
            run=self._folder.name,
            mode=self._mode,
            bot=identity.bot,
            epoch=identity.epoch,
            ts_recv=now,
            config=self._loaded.canonical_json(),
            folder=str(self._loaded.path.parent.resolve()),
            instruments=tuple(instruments.values()),
            streams={name: self._connections.streams(name) for name in instruments},
            rates=shipped,
            code={name: code_hash(type(strategy)) for name, _, strategy in self._strategies},
            versions=versions(),
        )
        automaton = Automaton(kernel, self._strategies, self._connections.streams)
        journal = Journal(self._disk, self._folder, plan.journal_policy(config.live))
        self._recorder = begin(journal, started, automaton, books, trades)
        self._describe(started)
        return self._recorder, outbox

    def _describe(self, started: RunStarted) -> None:
        """Leave in the folder what the run is made of, and a summary for if it never ends."""
        config = msgspec.json.decode(started.config)
        made_of = {"versions": started.versions, "config": config, "strategies": started.code}
        self._write("manifest.json", made_of)
        self._write("summary.json", {**self._facts(), "reason": "running, or killed"})

    def _write(self, name: str, value: dict[str, object]) -> None:
        try:
            self._disk.replace(self._folder / name, json_bytes(value))
        except OSError as error:  # nobody needs the file to go on or to recover
            self._notices.say(f"{name} cannot be written: {error.strerror or error}")

    def _facts(self) -> dict[str, object]:
        return {"run_id": self._folder.name, "mode": self._mode, "name": self._config.run.name}

    async def _live(self, recorder: Recorder, outbox: Outbox, trades: SeenTrades) -> Result:
        """Let the run live, and serve operators and signals meanwhile."""
        config, station = self._config, self._station
        runner = Runner(
            recorder,
            outbox,
            self._clock,
            station.meters,
            stall_ns=config.live.stall_ns,
        )
        kernel = self.kernel = recorder.automaton.kernel
        answers = kernel.requests = LiveAnswers(self._connections.of, self._clock, runner.feed)
        life = Life(
            runner,
            self._connections.all,
            self._reconcilers(kernel, trades),
            answers,
            LatchFile(self._disk, self._state / "latches.json"),
            config.live,
            self._clock,
            self._notices.say,
        )
        self._life = life
        if config.live.busy_poll_ns and self._mode != "rehearsal":
            runner.heard.append(Spinner(config.live.busy_poll_ns, self._clock).hear)
        self._notices.cause = lambda: recorder.cause
        self._notices.late_fills = lambda: kernel.orders.counts["late fill"]
        runner.heard += [self._notices.hear, *self.heard]
        version = versions()["lockstep"]
        desk = self.desk = LiveDesk(
            self._folder.name,
            self._mode,
            version,
            life,
            runner,
            station.meters,
            self._clock,
            self._connections.release,
        )
        await station.open(desk, config.control, config.alerts)
        self._notices.alerts = station.alerts
        storage = StorageWatch(recorder.journal, runner, self._clock, self._storage)
        runner.failing = storage.check
        record = self._record(kernel, runner)
        feeds = self._feed_watch(recorder.automaton)
        life.started = lambda: self._started(storage, record, feeds)
        self._connections.relay.connect(runner.feed)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, life.ask_stop, f"signal {number.name}")
        begun = self._clock.now()
        reason = await life.run()
        storage.stop()
        feeds.stop()
        station.service.stopping()
        station.alerts.tell("stopped", self._folder.name, reason)
        if life.left:
            station.alerts.tell("left_at_venue", self._folder.name, ", ".join(life.left))
        result = self._result(kernel, life, reason, begun, record)
        if isinstance(life.fault, LockstepError):
            raise life.fault
        return result

    def _reconcilers(self, kernel: Kernel, trades: SeenTrades) -> dict[str, Reconciler]:
        found = {}
        for account in self._config.accounts:
            venue = self._connections.venues[account.venue]
            names_kept = self._mode == "paper" or venue.capabilities.client_order_ids
            policy = plan.reconcile_policy(self._config.live, self._mode, names_kept=names_kept)
            found[account.id] = Reconciler(kernel, account.id, policy, trades)
        return found

    def _record(self, kernel: Kernel, runner: Runner) -> LiveRecord | None:
        """Keep tables of the run from now on, where they are wanted."""
        if not self._machine.keeps_tables:
            return None
        interval = self._config.run.equity_interval_ns
        record = LiveRecord(kernel, self._folder, interval, self._clock, self._notices.say)
        runner.heard.append(record.hear)
        return record

    def _feed_watch(self, automaton: Automaton) -> FeedWatch:
        """Watch the instruments that strategies have subscribed to."""

        def markets() -> list[MarketState]:
            found = [name for each in automaton.contexts.values() for name, _, _ in each.needed]
            return [automaton.kernel.bus.market(name) for name in dict.fromkeys(found)]

        tell = partial(self._station.alerts.tell, "feed_stale")
        return FeedWatch(markets, self._clock, self._config.alerts.silence_ns, tell)

    def _started(self, storage: StorageWatch, record: LiveRecord | None, feeds: FeedWatch) -> None:
        storage.start()
        feeds.start()
        if record is not None:
            record.start()
        self._station.service.ready()
        self._station.alerts.tell("started", self._folder.name, f"{self._mode} run")
        self._notices.say(f"strategies run: {', '.join(name for name, _, _ in self._strategies)}")

    def _storage(self, text: str) -> None:
        self._notices.say(text)
        self._station.alerts.tell("journal_failed", self._folder.name, text)

    def _sent(self, command: Command, now: int) -> None:
        """Note when a command was handed over: what latency a venue shows is measured by it."""
        request = command.request if isinstance(command, CancelOrder | ReplaceOrder) else 0
        name = getattr(command, "client_order_id", "")
        self._recorder.note(CommandSent(name, request, now))
        count(self._station.meters.commands, type(command).__name__)

    def _result(
        self, kernel: Kernel, life: Life, reason: str, begun: int, record: LiveRecord | None
    ) -> Result:
        wall_s = round((self._clock.now() - begun) / 1e9, 3)
        summary: dict[str, object] = {**self._facts(), "reason": reason}
        if record is not None:
            try:
                about = kernel, self._folder, self._config, self._mode
                summary |= ending.figures_of_record(record, *about)
            except LockstepError as error:
                self._notices.say(f"no figures: {error}")
        summary |= {**ending.summary_of(kernel, life, self._notices), "wall_s": wall_s}
        self._write("summary.json", summary)
        if record is not None:
            ending.report(self._folder, self._config, self._notices)
        return Result(self._folder, summary, ending.exit_code(kernel, life))


@contextmanager
def _disk_that_may_refuse() -> Iterator[None]:
    """Turn what the disk says before a run has begun into words for a person."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"the bot's state cannot be read or written: {error.strerror or error}; make room, or "
            "mend the disk, and start again"
        ) from None


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes the loop: uvloop's where there is one."""
    if sys.platform == "win32":
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop
