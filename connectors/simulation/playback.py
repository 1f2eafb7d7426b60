"""Play rows of a market into a broker, as fast as their times say.

Draws no rows: a recording or a generator is handed in.
"""

from collections.abc import Callable, Iterable

import msgspec

from connectors.frame.timing import Clock, pause
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from engine.model.market import Bar, MarketEvent

BURST = 100
"""How many times as fast a market goes in a burst."""


async def play(
    broker: SimulatedBroker,
    rows: Iterable[MarketEvent],
    clock: Clock,
    *,
    speed: float = 1.0,
    flush: Callable[[], None] = lambda: None,
    venue: Clock | None = None,
    faults: FaultPlan | None = None,
) -> None:
    """Feed rows at their distance in time divided by `speed`; the first comes at once.

    Waiting is by `clock`; times of the rows become those of `venue`, which is the same unless it is
    given. `flush` is called after each row.
    """
    pace = _Pace(clock, speed, faults or FaultPlan())
    for row in rows:
        await pause(clock, pace.due(row.ts_recv))
        broker.row(restamped(row, (venue or clock).now()))
        flush()


class _Pace:
    """Say when rows are due by the program's clock: as their times say, and in bursts sooner."""

    def __init__(self, clock: Clock, speed: float, faults: FaultPlan) -> None:
        self._clock = clock
        self._speed = speed
        self._faults = faults
        self._due = clock.now()
        self._before: int | None = None
        self._burst_until = 0

    def due(self, ts: int) -> int:
        """Return when the row of a moment is due; moments do not go back."""
        if self._before is not None:
            factor = self._speed * (BURST if self._due < self._burst_until else 1)
            self._due += round((ts - self._before) / factor)
        self._before = ts
        if self._due >= self._burst_until and self._faults.strikes(Fault.BURST):
            self._burst_until = self._due + self._faults.span_ns(Fault.BURST)
        return self._due


def restamped(row: MarketEvent, now: int) -> MarketEvent:
    """Return a row as if it happened now; a bar keeps its length."""
    if isinstance(row, Bar):
        opened = now - (row.ts_close - row.ts_open)
        return msgspec.structs.replace(row, ts_open=opened, ts_close=now, ts_recv=now)
    return msgspec.structs.replace(row, ts_event=now, ts_recv=now)
