"""Answer operators: what a run is doing, and what they ask of it as events of the kernel.

Speaks no protocol; `engine.control.server` does.
"""

from collections.abc import Callable

from engine.control import views
from engine.control.desk import (
    Action,
    Instruction,
    LinkStatus,
    OrderStatus,
    PositionStatus,
    RiskStatus,
    Scope,
    Status,
)
from engine.errors import UsageError
from engine.live.figures import measure
from engine.live.life import Life, Phase
from engine.live.runner import Clock, Runner
from engine.model.connection import LinkState
from engine.model.reports import DenialReason
from engine.model.risk import (
    FIRM,
    OVERRIDABLE,
    CancelAll,
    Cause,
    Flatten,
    LatchCleared,
    LatchSet,
    OverrideGranted,
    RiskScope,
    RiskState,
    ScopeLevel,
)
from engine.model.zones import SECOND_NS
from engine.telemetry.meters import Meters

OVERRIDE_MINUTES_MAX = 24 * 60
"""The longest that a rule can be passed by one override."""

_LATCHED = (Cause.KILL_SWITCH, Cause.EXECUTION_THROTTLE, Cause.DAILY_LOSS, Cause.DRAWDOWN)


class LiveDesk:
    """Be the desk of one run.

    `release` lets venues send again to markets of an account or instrument (all where empty) that
    they froze, and returns which those were.
    """

    def __init__(
        self,
        run_id: str,
        mode: str,
        version: str,
        life: Life,
        runner: Runner,
        meters: Meters,
        clock: Clock,
        release: Callable[[str, str], list[str]],
    ) -> None:
        self._release = release
        self._meters = meters
        self._facts = {"run_id": run_id, "mode": mode, "version": version}
        self._life = life
        self._runner = runner
        self._kernel = runner.recorder.automaton.kernel
        self._clock = clock
        self._started = clock.now()
        self._actions: dict[Action, Callable[[Instruction, RiskScope, int], str]] = {
            Action.PAUSE: self._pause,
            Action.RESUME: self._resume,
            Action.FLATTEN: self._flatten,
            Action.CANCEL_ALL: self._cancel_all,
            Action.STOP: self._stop,
            Action.KILL: self._kill,
            Action.ENABLE: self._enable,
            Action.OVERRIDE: self._override,
        }

    @property
    def meters(self) -> Meters:
        """Return every figure as of now."""
        self._meters.inbox_depth = len(self._runner.inbox)
        measure(self._kernel, self._meters, self._clock.now())
        return self._meters

    def status(self) -> Status:
        """Return the state of the run as of now."""
        kernel = self._kernel
        links = self._life.links.values()
        return Status(
            **self._facts,
            state=self._life.phase.value,
            started=self._started,
            now=self._clock.now(),
            open_orders=len(views.orders(kernel)),
            unknown_orders=views.unknown_orders(kernel),
            inbox_depth=len(self._runner.inbox),
            strategies=views.strategies(kernel),
            links=tuple(
                LinkStatus(name=f"{each.venue} {each.link}", state=each.state, since=each.ts_recv)
                for each in links
            ),
            feeds=views.feeds(kernel),
            accounts=views.accounts(kernel),
            risk=tuple(
                RiskStatus(
                    scope=Scope(latch.scope.level),
                    name=latch.scope.name,
                    state=latch.state,
                    reason=f"{latch.cause}: {latch.reason}",
                )
                for latch in kernel.control.latches.all()
            ),
        )

    def orders(self) -> tuple[OrderStatus, ...]:
        """Return every open order."""
        return views.orders(self._kernel)

    def positions(self) -> tuple[PositionStatus, ...]:
        """Return every position that is not flat."""
        return views.positions(self._kernel)

    def is_ready(self) -> bool:
        """Say whether connected, reconciled, and not halted."""
        private = [each for each in self._life.links.values() if each.private]
        connected = all(each.state is LinkState.READY for each in private)
        halted = self._kernel.control.latches.state(FIRM) is RiskState.HALTED
        return self._life.phase is Phase.RUNNING and connected and not halted

    @property
    def is_running(self) -> bool:
        """Say whether strategies run, so that instructions are taken."""
        return self._life.phase is Phase.RUNNING

    def instruct(self, instruction: Instruction) -> str:
        """Carry out an instruction; it is an event, and so stands in the journal."""
        if self._life.phase is not Phase.RUNNING and instruction.action is not Action.STOP:
            raise UsageError(f"the bot is {self._life.phase}; try again when it runs")
        scope = self._scope(instruction)
        return self._actions[instruction.action](instruction, scope, self._clock.now())

    def _scope(self, instruction: Instruction) -> RiskScope:
        """Return the scope; an unknown name is refused, for a kill of nobody helps nobody."""
        level, name = ScopeLevel(instruction.scope), instruction.name
        known = {
            ScopeLevel.FIRM: [""],
            ScopeLevel.ACCOUNT: list(self._kernel.portfolio.accounts),
            ScopeLevel.STRATEGY: list(self._kernel.hosts),
            ScopeLevel.INSTRUMENT: list(self._kernel.bus.markets),
        }[level]
        if name not in known:
            raise UsageError(f"there is no {level} {name!r}; it is one of: {', '.join(known)}")
        return RiskScope(level, name)

    def _pause(self, asked: Instruction, scope: RiskScope, now: int) -> str:
        why = _why(asked, "paused by an operator")
        self._runner.take(LatchSet(scope, Cause.PAUSED, RiskState.REDUCING, *why, now))
        return f"{scope} only reduces"

    def _resume(self, asked: Instruction, scope: RiskScope, now: int) -> str:
        self._runner.take(LatchCleared(scope, Cause.PAUSED, *_why(asked, "resumed"), now))
        return f"{scope} is {self._kernel.control.latches.state(scope)}"

    def _flatten(self, asked: Instruction, scope: RiskScope, now: int) -> str:
        self._runner.take(Flatten(scope, *_why(asked, "flattened by an operator"), now))
        return f"{scope} is paused, and its orders and positions are being closed"

    def _cancel_all(self, asked: Instruction, scope: RiskScope, now: int) -> str:
        before = len(views.orders(self._kernel))
        self._runner.take(CancelAll(scope, *_why(asked, "canceled by an operator"), now))
        return f"orders of {scope} are being canceled; {before} were open in all"

    def _stop(self, asked: Instruction, scope: RiskScope, now: int) -> str:
        self._life.ask_stop(f"asked by {_why(asked, '')[0]}")
        return "the bot is stopping"

    def _kill(self, asked: Instruction, scope: RiskScope, now: int) -> str:
        why = _why(asked, "killed by an operator")
        self._runner.take(LatchSet(scope, Cause.KILL_SWITCH, RiskState.HALTED, *why, now))
        return f"{scope} is halted, over restarts too, until it is enabled"

    def _enable(self, asked: Instruction, scope: RiskScope, now: int) -> str:
        if not asked.reason.strip():
            raise UsageError("enable needs a reason; it stands in the journal")
        for cause in _LATCHED:
            self._runner.take(LatchCleared(scope, cause, *_why(asked, asked.reason), now))
        told = f"{scope} is {self._kernel.control.latches.state(scope)}"
        released = self._released(scope)
        return f"{told}; {', '.join(released)} no longer frozen" if released else told

    def _released(self, scope: RiskScope) -> list[str]:
        """Let venues send again where they could not tell orders apart; a person has looked."""
        if scope.level == ScopeLevel.STRATEGY:
            return []
        account = scope.name if scope.level == ScopeLevel.ACCOUNT else ""
        instrument = scope.name if scope.level == ScopeLevel.INSTRUMENT else ""
        return self._release(account, instrument)

    def _override(self, asked: Instruction, scope: RiskScope, now: int) -> str:
        if not asked.reason.strip():
            raise UsageError("an override needs a reason; it stands in the journal")
        if asked.rule not in OVERRIDABLE:
            raise UsageError(f"{asked.rule!r} cannot be overridden; only {', '.join(OVERRIDABLE)}")
        if not 0 < asked.minutes <= OVERRIDE_MINUTES_MAX:
            most = f"{OVERRIDE_MINUTES_MAX:g}"
            raise UsageError(f"an override of {asked.minutes:g} minutes; give up to {most}")
        until = now + round(asked.minutes * 60 * SECOND_NS)
        why = _why(asked, asked.reason)
        self._runner.take(OverrideGranted(scope, DenialReason(asked.rule), until, *why, now))
        return f"{scope} passes {asked.rule} for {asked.minutes:g} minutes"


def _why(asked: Instruction, otherwise: str) -> tuple[str, str]:
    """Return who asked and why."""
    return asked.by.strip() or "operator", asked.reason.strip() or otherwise
