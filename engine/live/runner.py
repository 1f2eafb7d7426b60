"""The runner: events in at any time, each processed whole, journaled, and what it led to sent.

Opens no connection; `engine.live.life` does, and says when strategies start and stop.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from engine.journal.entries import MARKET
from engine.kernel import TimersDue
from engine.live.inbox import Inbox
from engine.live.outbox import Outbox
from engine.live.recorder import Recorder
from engine.live.timed_gate import TimedGate
from engine.model.run_events import Coalesced, Stalled
from engine.model.zones import NEVER
from engine.telemetry.meters import Meters, Stage, count

TURN_NS = 1_000_000
"""How long the inbox is worked on before the loop gets its turn: 1 ms."""
_SECOND_NS = 1_000_000_000


class Clock(Protocol):
    """Tell the time of the engine."""

    def now(self) -> int:
        """Return nanoseconds UTC; never goes back."""


Step = Callable[[Any], object]


class Runner:
    """Feed a recorder from callbacks of the loop.

    An event is processed in the caller's stack when nothing waits and nothing is being processed,
    else it waits in the inbox. Timers that are due before an event come before it. `divert` takes
    kinds of events elsewhere, such as a venue's answers; `heard` is told of all that was processed
    and what was decided. A defect of the engine's own ends the processing and is told to `failed`;
    `failing` is called once when the journal cannot be written any more.
    """

    def __init__(
        self,
        recorder: Recorder,
        outbox: Outbox,
        clock: Clock,
        meters: Meters,
        *,
        stall_ns: int,
    ) -> None:
        self.recorder = recorder
        self.inbox = Inbox()
        self.heard: list[Callable[[object, list[object]], None]] = []
        self.divert: dict[type, Step] = {}
        self.failed: Callable[[Exception], None] = _raise
        self.failing: Callable[[], object] = _nothing
        self._kernel = recorder.automaton.kernel
        self._gate = self._kernel.gate = TimedGate(clock.now)
        self._outbox = outbox
        self._clock = clock
        self._meters = meters
        self._stall_ns = stall_ns
        self._loop = asyncio.get_running_loop()
        self._busy = True
        self._draining = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = NEVER
        self._told: dict[str, int] = {}
        self._failure_told = False

    def open(self) -> None:
        """Begin to process; what came before has waited."""
        self._busy = False
        self._soon()

    def close(self) -> None:
        """Process nothing more."""
        self._busy = True
        if self._timer is not None:
            self._timer.cancel()

    def feed(self, event: object) -> None:
        """Take an event of a connector, now or as soon as its turn comes."""
        if self._busy or len(self.inbox):
            self.inbox.put(event)
            if not self._busy:
                self._soon()
            return
        self._turn(event)
        self._set_timer()

    def take(self, event: object) -> None:
        """Process an event that the engine's own side makes, ahead of all that waits."""
        if self._busy:
            self.inbox.put(event)
        else:
            self._turn(event)
            self._set_timer()

    def _turn(self, event: Any) -> None:  # noqa: ANN401 - every event there is
        """Process one event and what must come before it; send what may be sent."""
        diverted = self.divert.get(type(event))
        if diverted is not None:
            self._guard(lambda: diverted(event))
        else:
            self._guard(lambda: self._in_time(event))
        if len(self.inbox):
            self._soon()

    def _guard(self, work: Callable[[], object]) -> None:
        """Do one piece of work with nothing in between; a defect closes the runner."""
        self._busy = True
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the books cannot be trusted
            self.close()
            self.failed(error)
        else:
            self._busy = False

    def _in_time(self, event: Any) -> None:  # noqa: ANN401 - as above
        self._pass_time(event.ts_recv - 1)
        self.process(event)

    def process(self, event: Any) -> None:  # noqa: ANN401 - as above
        """Process one event now, from within another's turn."""
        came, now = event.ts_recv, self._kernel.clock.now
        if came < now:
            event = msgspec.structs.replace(event, ts_recv=now)
        began = self._clock.now()
        if type(event) in MARKET:
            self._meters.stages[Stage.PARSE].observe(began - came)
        if not self.recorder.take(event):
            return
        decided = self._clock.now()
        ended = self._release(came, decided)
        self._measure(event, began, decided, ended)
        for heard in self.heard:
            heard(event, self.recorder.latest)

    def _release(self, came: int, decided: int) -> int:
        """Make durable what was decided, then hand over commands; return when that was done.

        What is not sent is told.
        """
        durable, stages = self.recorder.commit(), self._meters.stages
        if not durable and not self._failure_told:
            self._failure_told = True
            self._loop.call_soon(self.failing)
        stored = self._clock.now()
        stages[Stage.JOURNAL].observe(stored - decided)
        if self._outbox.is_empty:
            return stored
        failure = "" if durable else self.recorder.journal.failure
        for report in self._outbox.release(stored, failure):
            self.inbox.put(report)
        sent = self._clock.now()
        stages[Stage.SEND].observe(sent - stored)
        stages[Stage.TOTAL].observe(sent - came)
        return sent

    def _pass_time(self, until: int) -> None:
        timers = self._kernel.timers
        while timers.due <= until:
            self.process(TimersDue(timers.due))

    def _soon(self) -> None:
        if not self._draining:
            self._draining = True
            self._loop.call_soon(self._drain)

    def _drain(self) -> None:
        """Process what waits, for at most one turn of the loop."""
        self._draining = False
        if self._busy:
            return
        until = self._clock.now() + TURN_NS
        while (event := self.inbox.take()) is not None:
            self._turn(event)
            if self._clock.now() >= until:
                break
        self._meters.inbox_depth = len(self.inbox)
        if len(self.inbox):
            self._soon()
        else:
            self._tell_coalesced()
            self._set_timer()

    def _set_timer(self) -> None:
        """Let the loop wake us when the kernel's next timer is due."""
        due = self._kernel.timers.due
        if due == self._timer_due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_due = None, due
        if due < NEVER:
            delay = max(0, due - self._clock.now()) / _SECOND_NS
            self._timer = self._loop.call_later(delay, self._ring)

    def _ring(self) -> None:
        self._timer, self._timer_due = None, NEVER
        if not self._busy and not len(self.inbox):
            self._guard(lambda: self._pass_time(self._clock.now()))
        if len(self.inbox):
            self._soon()
        else:
            self._set_timer()

    def _measure(self, event: Any, began: int, decided: int, ended: int) -> None:  # noqa: ANN401 - as above
        meters = self._meters
        gated = 0
        if self.recorder.latest:
            verdicts, gated = self._gate.take()
            if verdicts:
                meters.stages[Stage.GATE].observe(gated)
        meters.stages[Stage.KERNEL].observe(decided - began - gated)
        kind = type(event).__name__
        count(meters.events, kind)
        if ended - began > self._stall_ns:
            meters.stalls += 1
            self.recorder.note(Stalled(kind, event.ts_recv, ended - began))

    def _tell_coalesced(self) -> None:
        """Journal how many quotes were left out, now that the inbox is empty again."""
        now = self._kernel.clock.now
        for name, total in self.inbox.coalesced.items():
            added = total - self._told.get(name, 0)
            if added:
                self._told[name] = total
                count(self._meters.coalesced, name, added)
                self.recorder.note(Coalesced(name, now, added))


def _nothing() -> None:
    """Do nothing about a journal that fails."""


def _raise(error: Exception) -> None:
    """Let a defect through, where nobody else wants it."""
    raise error
