"""Play one scenario in virtual time: the simulators, the bot between them, and a witness.

Judges nothing: what was seen is returned as a record. A bot that could not start, that was killed,
whose disk has failed, or whose login a venue has ended for good, is started again as its operator
would: that is another life, on the same disk and at the same venues.
"""

from collections.abc import Callable, Iterator
from contextvars import copy_context
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from connectors.frame.package import SIMULATED_SECRET, VenuePackage
from connectors.frame.timing import pause
from connectors.simulation.faults import Fault, FaultPlan
from engine.config.secret import Secret
from engine.errors import LockstepError, UsageError, VenueError
from engine.journal.entries import Entry, encode
from engine.journal.memory import NO_LIMIT, MemoryDisk
from engine.journal.reader import read_run
from engine.journal.segments import segment_paths
from engine.journal.writer import JOURNAL
from engine.model.connection import LinkChanged, LinkState
from engine.model.risk import Cause, LatchSet
from engine.recovery.run_started import RunStarted
from engine.simulation.chance import seeded_world
from engine.simulation.loop import LoopClock, SeededLoop
from engine.simulation.process import Killed, Process
from lockstep.conformance.card import capabilities_of
from lockstep.live.replaying import replay_run
from lockstep.live.session import Bot
from lockstep.simulators import venue_package
from lockstep.theatre import Theatre
from lockstep.torture.disk import LifeDisk
from lockstep.torture.fate import Fate
from lockstep.torture.operator import Operator
from lockstep.torture.record import Life, Record
from lockstep.torture.scenario import Scenario
from lockstep.torture.witness import Tail, WatchedMachine, Witness

LIVES_MAX = 20
_OVER = "the run's time is over"
_SECOND_NS = 1_000_000_000
_RESTART_NS = 2 * _SECOND_NS
"""How long an operator takes to start a bot again; longer each time that it cannot begin."""
_DOUBLINGS_MAX = 3
_ROOM_S = 5.0
"""How long a disk stays full."""


def play(scenario: Scenario) -> Record:
    """Play a scenario and return what was seen; equal scenarios give equal records.

    Nothing is left behind. A defect that ends the run is told in the record, not raised.
    """
    began = process_time()
    with (
        TemporaryDirectory(prefix="lockstep-") as place,
        seeded_world(scenario.seed) as (loop, clock),
    ):
        stage = Stage(scenario, loop, clock, Path(place))
        record = stage.record
        try:
            loop.run(stage.run())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what was to be found
            record.crash = f"{type(error).__name__}: {error}"
        stage.conclude()
        record.digest = _digest(loop.network.digest, record)
    record.cpu_s = process_time() - began
    return record


class Stage:
    """Hold one run: virtual time, venues, a disk in memory, and the bot's lives, one by one."""

    def __init__(self, scenario: Scenario, loop: SeededLoop, clock: LoopClock, place: Path) -> None:
        self.scenario = scenario
        self.faults = FaultPlan(scenario.seed)
        self.disk = MemoryDisk()
        self._loop, self._clock, self._place = loop, clock, place
        config = scenario.loaded.config
        self._theatre = Theatre(config, clock, self.faults, scenario.speed)
        brokers = self._theatre.brokers
        self.record = Record(
            scenario=scenario,
            brokers=brokers,
            began=clock.now(),
            reducing=_at(scenario, lambda package: package.rates.keeps_reduce_only),
            nameless=_at(scenario, lambda each: not capabilities_of(each).client_order_ids),
        )
        self._operator = Operator(loop, clock, self.faults)
        self._witness = Witness(self.record, clock)
        self._end = clock.now() + round(scenario.lasts_seconds * _SECOND_NS)

    async def run(self) -> None:
        """Open the venues, let the bot live again and again, and close them."""
        scenario, clock = self.scenario, self._clock
        self._sites = await self._theatre.open()
        self._witness.attend(self._theatre)
        self._context = copy_context()
        self.faults.heard = self._struck
        self._loop.call_later(scenario.calm_seconds, self._go_wrong)
        self._operator.look()
        self._loop.call_later(scenario.lasts_seconds - scenario.heal_seconds, self._heal)
        failures = 0
        for number in range(1, LIVES_MAX + 1):
            has_begun = await self._live(number)
            if clock.now() >= self._end:
                break
            failures = 0 if has_begun else failures + 1
            wait = _RESTART_NS << min(failures, _DOUBLINGS_MAX)
            await pause(clock, min(self._end, clock.now() + wait))
        await self._theatre.close()

    def conclude(self) -> None:
        """Read back what the bot has written, and replay it."""
        record = self.record
        record.ended = self._clock.now()
        record.faults = {fault.value: count for fault, count in self.faults.counts.items()}
        record.written = {str(path): bytes(data) for path, data in self.disk.files.items()}
        for life in record.lives:
            record.written |= {str(path): path.read_bytes() for path in life.folder.glob("*.jsonl")}
            if not segment_paths(self.disk, life.folder / JOURNAL):
                continue  # it ended before it began a journal
            try:
                life.entries = list(read_run(self.disk, life.folder))
                if not life.entries:
                    continue  # it was killed before the first entry was whole
                life.difference = replay_run(life.folder, self.disk).difference
            except LockstepError as error:
                record.crash = record.crash or f"{type(error).__name__}: {error}"

    def _go_wrong(self) -> None:
        for fault, chance in self.scenario.chances.items():
            self.faults.set(fault, chance)

    def _heal(self) -> None:
        self.faults.clear()
        self._make_room()
        self._operator.relent()
        self.record.healed = self._clock.now()

    async def _live(self, number: int) -> bool:
        """Let the bot live until the run's time is over, or until it has to be started again.

        Return whether it came to begin.
        """
        folder = self._place / f"{number:02d}-torture"
        folder.mkdir()
        life = Life(number=number, folder=folder, began=self._clock.now())
        self.record.lives.append(life)
        process = Process(self._loop)
        disk = LifeDisk(self.disk, process, self.faults)
        Fate(process, disk, self.faults, f"{self.scenario.seed}/{number}")
        machine = WatchedMachine(
            self._clock, disk, self.scenario.seed, self._witness, self._durable(folder)
        )
        bot = self._bot(folder, machine)
        self._operator.attend(process, bot)
        self._witness.follow(bot)
        bot.heard.append(lambda event, _decided: self._look_after(event, life, bot))
        left = (self._end - self._clock.now()) / _SECOND_NS
        over = self._loop.call_later(left, self._stop, life, bot, _OVER)
        try:
            life.exit_code = (await process.run(bot.run())).exit_code
        except (VenueError, UsageError) as error:
            life.state = str(error)
        except Killed as end:
            life.state = str(end)
            bot.abandon()
            machine.abandon()
        finally:
            over.cancel()
            life.kernel, life.ended = bot.kernel, self._clock.now()
        return bot.kernel is not None

    def _durable(self, folder: Path) -> Tail:
        """Return what tells whether a life's journal has something as safely as it promises."""
        policy = self.scenario.loaded.config.live.journal
        return Tail(self.disk, folder / JOURNAL, synced=policy.durability == "power")

    def _struck(self, fault: Fault, what: str) -> None:
        self._witness.struck(fault, what)
        if fault is Fault.DISK_FULL:
            self._loop.call_later(_ROOM_S, self._make_room, context=self._context)

    def _make_room(self) -> None:
        self.disk.capacity = NO_LIMIT

    def _bot(self, folder: Path, machine: WatchedMachine) -> Bot:
        return Bot(
            self.scenario.loaded,
            "rehearsal",
            folder,
            self._place / "state",
            {},
            self._sites,
            _simulated,
            machine,
        )

    def _look_after(self, event: object, life: Life, bot: Bot) -> None:
        """Stop a bot that has lost a link or its journal for good: a new start mends that."""
        if life.stopped:
            return
        if isinstance(event, LinkChanged) and event.state is LinkState.CLOSED:
            self._loop.call_soon(self._stop, life, bot, f"link {event.link} is closed")
        elif isinstance(event, LatchSet) and event.cause is Cause.STORAGE:
            self._loop.call_soon(self._stop, life, bot, event.reason)

    def _stop(self, life: Life, bot: Bot, reason: str) -> None:
        if life.stopped or life.ended:
            return
        if bot.desk is None:  # it hears nothing before it has begun
            self._loop.call_later(1.0, self._stop, life, bot, reason, context=self._context)
            return
        life.stopped, life.state = self._clock.now(), reason
        life.is_ready = bot.desk.is_ready()
        bot.stop(reason)


def _at(scenario: Scenario, holds: Callable[[VenuePackage], bool]) -> frozenset[str]:
    """Return the accounts at those venues for which something holds."""
    accounts = scenario.loaded.config.accounts
    return frozenset(each.id for each in accounts if holds(venue_package(each.venue)))


def _simulated(_reference: object) -> Secret:
    return Secret(SIMULATED_SECRET)


def _digest(wire: str, record: Record) -> str:
    """Return the hash of all that travelled and all that was journaled but where files are."""
    found = blake2b(wire.encode(), digest_size=8)
    for entry in _entries(record):
        if not isinstance(entry.body, RunStarted):
            found.update(encode(entry))
    return found.hexdigest()


def _entries(record: Record) -> Iterator[Entry]:
    for life in record.lives:
        yield from life.entries
