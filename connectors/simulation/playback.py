"""Play rows of a market into a broker, as fast as their times say.

Draws no rows: a recording or a generator is handed in.
"""

from collections.abc import Callable, Iterable

import msgspec

from connectors.frame.timing import Clock, pause
from connectors.simulation.broker import SimulatedBroker
from engine.model.market import Bar, MarketEvent


async def play(
    broker: SimulatedBroker,
    rows: Iterable[MarketEvent],
    clock: Clock,
    *,
    speed: float = 1.0,
    flush: Callable[[], None] = lambda: None,
) -> None:
    """Feed rows at their distance in time divided by `speed`; the first comes at once.

    Times of the rows become those of the clock. `flush` is called after each row.
    """
    start = clock.now()
    first: int | None = None
    for row in rows:
        first = row.ts_recv if first is None else first
        await pause(clock, start + round((row.ts_recv - first) / speed))
        broker.row(restamped(row, clock.now()))
        flush()


def restamped(row: MarketEvent, now: int) -> MarketEvent:
    """Return a row as if it happened now; a bar keeps its length."""
    if isinstance(row, Bar):
        opened = now - (row.ts_close - row.ts_open)
        return msgspec.structs.replace(row, ts_open=opened, ts_close=now, ts_recv=now)
    return msgspec.structs.replace(row, ts_event=now, ts_recv=now)
