"""Check that nobody is left in doubt about an order once nothing goes wrong any more.

Takes an alarm for enough where a venue has nothing that could answer.
"""

from collections.abc import Iterator

from engine.model.reports import OrderUnknown
from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record

BOUND_NS = 20_000_000_000
"""How long after the last fault a doubt may go on."""


def doubts_end(record: Record) -> Iterator[Breach]:
    """Demand that each unknown order is resolved in time.

    Where no order bears our id nothing can prove an absence: there an alarm is enough.
    """
    if not record.lives or record.lives[-1].kernel is None:
        return
    last = record.lives[-1]
    since = _doubted(record)
    for order in last.doubtful:
        name = order.id
        began = max(since.get(name, last.began), record.healed)
        if name not in since:
            yield Breach(last.ended, f"{name} is unknown and nobody was told")
        elif order.account not in record.nameless and last.stopped - began > BOUND_NS:
            seconds = (last.stopped - began) / 1e9
            yield Breach(last.stopped, f"{name} was still unknown after {seconds:.1f} s")


def _doubted(record: Record) -> dict[str, int]:
    """Return when the last doubt about each order was told, in whatever life."""
    return {
        entry.body.client_order_id: entry.body.ts_recv
        for life in record.lives
        for entry in life.entries
        if isinstance(entry.body, OrderUnknown)
    }
