"""Kernel and strategies as one machine: events in, decisions out, and nothing else has a say.

Reads no clock and does no I/O, so that a run and its replay are the same machine fed twice.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from engine.errors import StrategyError
from engine.kernel import Decision, Kernel
from engine.model.adjustments import PositionAdjusted
from engine.model.commands import CancelOrder, SubmitOrder
from engine.model.groups import GroupSaved
from engine.model.market import Bar
from engine.model.run_events import StateSaved, StrategiesStarted, StrategiesStopped, WarmedUp
from engine.recovery import adjusting
from engine.recovery.groups import catch_up, groups_of, revive
from engine.recovery.restore import restore
from engine.recovery.snapshot import Snapshot
from engine.strategy.attach import Bound, attach
from engine.strategy.base import Strategy
from engine.strategy.context import Context, Streams

Decided = Decision | StateSaved | GroupSaved
"""What a run decides: what the kernel does, and what is kept for the next start."""

_GROUPED = (SubmitOrder, CancelOrder)
"""Commands with which a group becomes another one."""


class Automaton:
    """Drive a kernel and its strategies by events alone.

    Beside what the kernel takes there are `Snapshot` (the books to begin with), `StrategiesStarted`
    (`on_start` of each), `WarmedUp` (a strategy's bars; from then on it runs) and
    `StrategiesStopped`. Until it starts, a strategy hears nothing; positions that were adjusted
    before are told once it has been warmed up. Brackets and pairs of an earlier run live again with
    `StrategiesStarted`, once each strategy has set itself up.
    """

    def __init__(
        self, kernel: Kernel, strategies: Sequence[Bound], streams: Callable[[str], Streams]
    ) -> None:
        self.kernel = kernel
        self._strategies = {name: strategy for name, _, strategy in strategies}
        self._bars = _GivenBars()
        self.contexts: dict[str, Context] = {}
        for name, accounts, strategy in strategies:
            self.contexts[name] = attach(kernel, strategy, name, accounts, streams, self._bars)
        self._muted = [_mute(context) for context in self.contexts.values()]
        self._adjusted: list[PositionAdjusted] = []
        self._states: dict[str, bytes] = {}
        self._encode = msgspec.msgpack.Encoder().encode
        self._keeping = [
            (name, strategy)
            for name, strategy in self._strategies.items()
            if msgspec.structs.fields(type(strategy.state))
        ]
        adjusting.listen(kernel)
        self._steps: dict[type, Callable[[Any], None]] = {
            Snapshot: self._on_snapshot,
            StrategiesStarted: self._on_start,
            WarmedUp: self._on_warmed_up,
            StrategiesStopped: self._on_stop,
            PositionAdjusted: self._on_adjusted,
        }

    @property
    def states(self) -> dict[str, bytes]:
        """Return the declared states of strategies as they were last saved."""
        return self._states

    def take(self, event: Any) -> list[Decided]:  # noqa: ANN401 - every event
        """Process one event and return what was decided, in order; a report is not repeated.

        Groups come before the commands of their orders: a journal that has the order has the group.
        """
        kind = type(event)
        step = self._steps.get(kind)
        if step is not None:
            step(event)
        elif self.kernel.takes(kind):
            self.kernel.process(event)
        waiting = self.kernel.decisions
        decided: list[Decided] = []
        if waiting:
            decided += [each for each in waiting if each is not event]
            waiting.clear()
            decided[:0] = self._grouped(decided)
        for name, strategy in self._keeping:
            state = self._encode(strategy.state)
            if state != self._states.get(name):
                self._states[name] = state
                decided.append(StateSaved(name, state))
        return decided

    def _grouped(self, decided: list[Decided]) -> tuple[GroupSaved, ...]:
        """Return the groups whose orders are sent or withdrawn by what was decided."""
        orders = self.kernel.orders.orders
        named = [each.client_order_id for each in decided if isinstance(each, _GROUPED)]
        return groups_of(orders[name] for name in named if name in orders)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        restore(self.kernel, snapshot)
        for name, strategy in self._strategies.items():
            kept = snapshot.states.get(name)
            if kept is not None:
                setattr(strategy, "state", _state_of(name, strategy, kept))  # noqa: B010 - ClassVar
                self._states[name] = kept

    def _on_start(self, event: StrategiesStarted) -> None:
        self.kernel.clock.now = event.ts_recv
        for unmute in self._muted:
            unmute()
        self._muted.clear()
        groups = revive(self.kernel)
        for context in self.contexts.values():
            context.set_up()
        for order in groups:
            catch_up(self.kernel, order)

    def _on_warmed_up(self, event: WarmedUp) -> None:
        self.kernel.clock.now = event.ts_recv
        context = self.contexts[event.strategy]
        self._bars.given = event.bars
        context.warm_up()
        callback = context.host.calls.get(PositionAdjusted)
        for adjusted in self._adjusted:
            if callback is not None and adjusted.account in context.host.accounts:
                self.kernel.call(context.host, callback, adjusted)

    def _on_stop(self, event: StrategiesStopped) -> None:
        self.kernel.clock.now = event.ts_recv
        for context in self.contexts.values():
            context.finish()

    def _on_adjusted(self, event: PositionAdjusted) -> None:
        if self._muted:
            self._adjusted.append(event)
        self.kernel.process(event)


class _GivenBars:
    """Be the history of warm-ups: the bars that the event brought."""

    def __init__(self) -> None:
        self.given: tuple[Bar, ...] = ()

    def bars(self, instrument: str, spec: str, count: int, before: int) -> list[Bar]:
        """Return the bars of one instrument and specification."""
        found = [b for b in self.given if b.instrument == instrument and b.spec == spec]
        return [bar for bar in found if bar.ts_close < before][-count:]


def _mute(context: Context) -> Callable[[], None]:
    """Let a strategy hear nothing; return what lets it hear again."""
    host = context.host
    heard, calls = (host.on_order, host.on_fill), host.calls
    host.listen(None, None)
    host.calls = {}

    def unmute() -> None:
        host.listen(*heard)
        host.calls = calls

    return unmute


def _state_of(name: str, strategy: Strategy, kept: bytes) -> object:
    try:
        return msgspec.msgpack.decode(kept, type=type(strategy.state))
    except msgspec.MsgspecError as error:
        raise StrategyError(
            f"the State that strategy {name} left does not fit the one it declares now ({error}); "
            "give new fields defaults, or choose another [live] state"
        ) from None
