"""Check that an intent never works twice at a venue.

Looks at venues that keep our ids; where they do not, `sent_once` counts.
"""

from collections.abc import Iterator

from engine.model.truth import Standing
from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record


def one_live_order(record: Record) -> Iterator[Breach]:
    """Demand at most one working order for each of our ids at any time."""
    live: dict[tuple[str, str], set[str]] = {}
    for each in record.venue:
        order = each.order
        if not order.client_order_id:
            continue
        working = live.setdefault((order.account, order.client_order_id), set())
        if order.standing is not Standing.WORKING:
            working.discard(order.venue_order_id)
            continue
        working.add(order.venue_order_id)
        if len(working) > 1:
            both = ", ".join(sorted(working))
            yield Breach(each.ts, f"{order.client_order_id} works as {both} at once")
