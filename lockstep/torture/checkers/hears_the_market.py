"""Check that a bot hears the market again once nothing goes wrong any more.

Compares what was journaled with when the venues' own markets last moved.
"""

from collections.abc import Iterator

from connectors.simulation.broker import SimulatedBroker
from engine.model.market import MarketEvent
from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Life, Record

_QUIET_NS = 10_000_000_000
"""How long a market that moves may be silent for the bot."""
_SETTLED_NS = 20_000_000_000
"""How long a life, and the time after the faults, must have been to be judged."""


def hears_the_market(record: Record) -> Iterator[Breach]:
    """Demand that at its end the last life hears every market that some life has heard."""
    last = record.lives[-1] if record.lives else None
    if last is None or not last.stopped or not record.healed:
        return
    if last.stopped - max(last.began, record.healed) < _SETTLED_NS:
        return
    since = last.stopped - _QUIET_NS
    heard = dict.fromkeys(name for life in record.lives for name in _last_heard(life))
    recent = _last_heard(last)
    for name in heard:
        moved = max((b.tape.quotes[name].ts_recv for b in _brokers(record, name)), default=0)
        if moved > since and recent.get(name, 0) < since:
            yield Breach(last.stopped, f"{name} moved, and nothing of it was heard any more")


def _last_heard(life: Life) -> dict[str, int]:
    """Return when (ns) a life last heard each market."""
    found: dict[str, int] = {}
    for entry in life.entries:
        if isinstance(entry.body, MarketEvent):
            found[entry.body.instrument] = entry.body.ts_recv
    return found


def _brokers(record: Record, name: str) -> list[SimulatedBroker]:
    return [broker for broker in record.brokers.values() if name in broker.tape.quotes]
