"""The life of a run: reconcile, arm the gate, start strategies, go on, and stop as it was agreed.

Loads no strategy and builds no connector; `lockstep.live` does.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from engine.config.live import LiveConfig
from engine.errors import LockstepError
from engine.gate.latch_file import LatchFile
from engine.live.answers import LiveAnswers
from engine.live.connection import Connection
from engine.live.runner import Clock, Runner
from engine.model.adjustments import Quarantined
from engine.model.connection import LinkChanged
from engine.model.market import Bar
from engine.model.risk import (
    ENGINE,
    FIRM,
    BaselineSet,
    Cause,
    Flatten,
    LatchCleared,
    LatchSet,
    RiskState,
)
from engine.model.run_events import (
    RunEnded,
    StrategiesStarted,
    StrategiesStopped,
    WarmedUp,
)
from engine.model.subscription import DataKind, Subscription
from engine.model.truth import VenueTruth
from engine.recovery.reconcile import Reconciler
from engine.strategy.state import STOPPED

_SECOND_NS = 1_000_000_000
_PATIENCE_NS = 30 * _SECOND_NS
_HALT = "the bot is stopping"
_DOUBLINGS_MAX = 3
_ROUNDS_TO_SETTLE = 5
"""How many questions about a doubt may come too early to prove anything."""
_KEPT = (LatchSet, LatchCleared, BaselineSet)


class Phase(StrEnum):
    """Name what a run is doing."""

    STARTING = "starting"
    RECONCILING = "reconciling"
    RUNNING = "running"
    STOPPING = "stopping"


class Life:
    """Lead one run from connected to stopped.

    `tell` hears, in one line each, what a person should know; `started` is called once strategies
    run. `ask_stop` may be called at any time: the first call stops in order, the second at once.
    `left` lists, after the end, what the policy wanted gone and still is at the venue.
    """

    def __init__(
        self,
        runner: Runner,
        connections: Mapping[str, Connection],
        reconcilers: Mapping[str, Reconciler],
        answers: LiveAnswers,
        latches: LatchFile,
        config: LiveConfig,
        clock: Clock,
        tell: Callable[[str], None],
    ) -> None:
        self.phase = Phase.STARTING
        self.links: dict[str, LinkChanged] = {}
        self.fault: Exception | None = None
        self.halted_by_stop = False
        self.left: tuple[str, ...] = ()
        self._runner = runner
        self._kernel = runner.recorder.automaton.kernel
        self._connections = connections
        self._reconcilers = reconcilers
        self._answers = answers
        self._latches = latches
        self._config = config
        self._clock = clock
        self._tell = tell
        self._stop: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._force: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.started: Callable[[], object] = _nothing
        runner.heard.append(self._hear)
        runner.divert[VenueTruth] = self.truth
        runner.failed = self.fail

    def ask_stop(self, reason: str) -> None:
        """Stop in order; asked again, stop at once and leave everything at the venue as it is."""
        if not self._stop.done():
            self._stop.set_result(reason)
        elif not self._force.done():
            self._force.set_result(None)

    def fail(self, error: Exception) -> None:
        """Take note of a fault: nothing is processed any more, and the run ends at once."""
        self.fault = error
        reason = str(error) if isinstance(error, LockstepError) else f"a defect: {error!r}"
        self._tell(reason)
        for _ in range(2):
            self.ask_stop(reason)

    def truth(self, answer: VenueTruth) -> None:
        """Process what follows from a venue's answer."""
        reconciler = self._reconcilers.get(answer.account)
        if reconciler is None:
            return
        for event in reconciler.events(answer):
            self._runner.process(event)

    async def run(self) -> str:
        """Live until asked to stop; return the reason. The connections are open already."""
        self._begin()
        if await self._reconcile():
            self._arm()
            await self._start()
        if not self._stop.done():
            self.phase = Phase.RUNNING
            self.started()
            await self._watch()
        reason = await self._stop
        await self._finish(reason)
        return reason

    def _begin(self) -> None:
        """Take everything that was under way when the last run ended for unknown."""
        self._runner.open()
        now = self._clock.now()
        for reconciler in self._reconcilers.values():
            for unknown in list(reconciler.begin(now)):
                self._runner.take(unknown)

    async def _reconcile(self) -> bool:
        """Ask until nothing is in doubt; False when asked to stop meanwhile."""
        self.phase = Phase.RECONCILING
        every, told = self._config.reconcile.every_ns, self._clock.now()
        while not self._stop.done():
            if all(each.is_settled for each in self._reconcilers.values()):
                return True
            for name, connection in self._connections.items():
                if connection.is_ready:
                    await self._ask(connection)
                elif self._clock.now() > told + _PATIENCE_NS:
                    told = self._clock.now()
                    self._tell(f"waiting for {name}: its connections are not ready")
            await self._pause(every)
        return False

    async def _watch(self) -> None:
        """Live until asked to stop; while an order or a position is in doubt, ask about it.

        Answered often enough without an end, a doubt is left to the slow questions of the
        connection and to people. While there is no answer, the questions become slower.
        """
        reconcile = self._config.reconcile
        asked_about: tuple[str, ...] = ()
        rounds = failures = 0
        while not self._stop.done():
            await self._pause(reconcile.every_ns << min(failures, _DOUBLINGS_MAX))
            found = tuple(name for each in self._reconcilers.values() for name in each.questions)
            rounds = 0 if found != asked_about else rounds
            asked_about = found
            if found and rounds < reconcile.polls + _ROUNDS_TO_SETTLE:
                answers = [await self._ask(each) for each in self._connections.values()]
                rounds, failures = (rounds + 1, 0) if all(answers) else (rounds, failures + 1)

    async def _ask(self, connection: Connection) -> bool:
        """Ask a connection for the truth, but not longer than until asked to stop.

        Return False where no answer came.
        """
        if not connection.is_ready:
            return False
        asking = asyncio.get_running_loop().create_task(connection.resync())
        try:
            await self._until(asking)
        finally:
            asking.cancel()
        try:
            await asking
        except LockstepError as error:
            self._tell(f"reconciliation waits: {error}")
            return False
        except asyncio.CancelledError:
            return False
        return connection.is_ready

    def _arm(self) -> None:
        """Give the gate what it held before the restart: kills and baselines stay."""
        for kept in self._latches.load():
            self._runner.take(kept)

    async def _start(self) -> None:
        """Start strategies, subscribe to what they need, and warm them up."""
        self._runner.take(StrategiesStarted(self._clock.now()))
        automaton = self._runner.recorder.automaton
        for name, context in automaton.contexts.items():
            for subscription in wanted(context.needed):
                self._connection(subscription.instrument).subscribe(subscription)
            bars: list[Bar] = []
            for instrument, spec, count in context.warmups:
                bars += await self._warmup(name, instrument, spec, count)
            self._runner.take(WarmedUp(name, self._clock.now(), tuple(bars)))

    async def _warmup(self, name: str, instrument: str, spec: str, count: int) -> Sequence[Bar]:
        try:
            return await self._answers.bars(instrument, spec, count, self._clock.now())
        except LockstepError as error:
            self._tell(f"strategy {name} is not warmed up with {spec} of {instrument}: {error}")
            return ()

    def _connection(self, instrument: str) -> Connection:
        return self._connections[instrument.rpartition(".")[2]]

    async def _finish(self, reason: str) -> None:
        """Stop strategies and orders by policy, wait for the venue, and end the journal."""
        self.phase = Phase.STOPPING
        self._tell(f"stopping: {reason}")
        now = self._clock.now()
        self._runner.take(StrategiesStopped(now, reason))
        if self._config.on_stop == "flatten":
            self._runner.take(Flatten(FIRM, ENGINE, _HALT, now))
        elif self._config.on_stop == "cancel":
            halt = LatchSet(FIRM, Cause.PAUSED, RiskState.HALTED, ENGINE, _HALT, now)
            self._runner.take(halt)
            self.halted_by_stop = self._kernel.control.latches.find(FIRM, Cause.KILL_SWITCH) is None
        if self._config.on_stop != "keep":
            await self._wait_for_venue()
        self._answers.close()
        self._runner.close()
        for connection in self._connections.values():
            await connection.close()
        self._runner.recorder.note(RunEnded(self._clock.now(), reason))
        self._runner.recorder.journal.close()

    async def _wait_for_venue(self) -> None:
        until = self._clock.now() + self._config.stop_within_ns
        while self._left() and not self._force.done() and self._clock.now() < until:
            await self._pause(50_000_000)
        self.left = self._left()

    def _left(self) -> tuple[str, ...]:
        """Return what still works or, where all is to be flat, is held."""
        orders = [order for order in self._kernel.orders.orders.values() if order.is_open]
        held = [
            position
            for account in self._kernel.portfolio.accounts.values()
            for position in account.positions.values()
            if position.quantity and self._config.on_stop == "flatten"
        ]
        return (*map(repr, orders), *(f"{each.size:g} {each.instrument.id}" for each in held))

    async def _pause(self, span: int) -> None:
        """Wait, but not longer than until asked to stop at once."""
        waiting = asyncio.get_running_loop().create_future()
        timer = asyncio.get_running_loop().call_later(span / _SECOND_NS, _wake, waiting)
        await self._until(waiting)
        timer.cancel()

    async def _until(self, done: asyncio.Future[None]) -> None:
        """Wait for something, or for being asked to stop; while stopping, to stop at once."""
        waiting = asyncio.get_running_loop().create_future()

        def ring(_asked: object) -> None:
            _wake(waiting)

        heard: list[asyncio.Future[Any]] = [done, self._force]
        heard += [] if self.phase is Phase.STOPPING else [self._stop]
        for future in heard:
            future.add_done_callback(ring)
        await waiting
        for future in heard:
            future.remove_done_callback(ring)

    def _hear(self, event: object, decided: list[object]) -> None:
        """Keep latches for the next start, and tell of what a person should know."""
        if decided or type(event) in _KEPT:
            self._keep(filter(_outlives_run, (event, *decided)))
        if isinstance(event, Quarantined):
            self._tell(event.message)
        elif isinstance(event, LinkChanged):
            self.links[f"{event.venue} {event.link}"] = event

    def _keep(self, decisions: Iterable[object]) -> None:
        """Keep latches on the disk; where it refuses, say so once and try again at the next."""
        was_behind = self._latches.is_behind
        try:
            self._latches.keep(decisions)
        except OSError as error:
            if not was_behind:
                why = error.strerror or error
                self._tell(f"latches cannot be written, a restart would forget the last: {why}")

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Return the strategies of the run that failed, with their faults."""
        contexts = self._runner.recorder.automaton.contexts
        hosts = [context.host for context in contexts.values()]
        return [(host.name, host.fault) for host in hosts if host.state is STOPPED]


def _outlives_run(each: object) -> bool:
    """Leave out what holds for this run alone: a full disk, and the stop itself."""
    if isinstance(each, LatchSet | LatchCleared):
        return each.cause is not Cause.STORAGE and each.reason != _HALT
    return True


def _nothing() -> None:
    """Do nothing when the run has started."""


def wanted(needed: Mapping[tuple[str, str, str | None], None]) -> list[Subscription]:
    """Return the subscriptions that a strategy's needs come to."""
    return [
        Subscription(instrument, DataKind(kind), spec="" if spec is None else spec)
        for instrument, kind, spec in needed
    ]


def _wake(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)
