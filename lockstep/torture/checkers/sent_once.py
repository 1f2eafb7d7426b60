"""Check that nothing is sent twice, by what connectors were told and by what venues took.

Knows no wire: a repetition below the connectors shows in the venue's own list.
"""

from collections import Counter
from collections.abc import Iterator

from engine.model.commands import CancelOrder, ReplaceOrder, SubmitOrder
from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record, Sent


def sent_once(record: Record) -> Iterator[Breach]:
    """Demand that each command leaves once, and that no venue takes an order more often than sent.

    A venue that keeps our ids is held to each, but not for orders without one, by which it closes
    positions itself; one that keeps none is held to each instrument and side. A cancel that left
    while the disk refused everything is unknown to the next life, and may follow once more.
    """
    seen: set[tuple[str, str, int]] = set()
    for sent in record.sent:
        key = _key(sent)
        if key in seen:
            yield Breach(sent.ts, f"{sent.command} left a second time")
        if sent.is_durable or not isinstance(sent.command, CancelOrder):
            seen.add(key)
    yield from _taken(record)


def _key(sent: Sent) -> tuple[str, str, int]:
    command = sent.command
    request = command.request if isinstance(command, ReplaceOrder | CancelOrder) else 0
    return type(command).__name__, getattr(command, "client_order_id", ""), request


def _taken(record: Record) -> Iterator[Breach]:
    """Compare, order by order as venues took them, with all that had been sent by then."""
    allowed: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    known: set[tuple[str, str]] = set()
    waiting = list(reversed(record.sent))
    keeps = {each.order.account for each in record.venue if each.order.client_order_id}
    for each in record.venue:
        while waiting and waiting[-1].ts <= each.ts:
            _allow(allowed, waiting.pop())
        order = each.order
        if (order.account, order.venue_order_id) in known:
            continue
        known.add((order.account, order.venue_order_id))
        if order.account in keeps and not order.client_order_id:
            continue
        key = (
            order.client_order_id
            if order.account in keeps
            else f"{order.account} {order.instrument}"
        )
        taken[key] += 1
        if taken[key] > allowed[key]:
            yield Breach(each.ts, f"the venue took {taken[key]} orders of {key!r}: {order}")


def _allow(allowed: Counter[str], sent: Sent) -> None:
    command = sent.command
    if isinstance(command, SubmitOrder | ReplaceOrder):
        allowed[command.client_order_id] += 1
        allowed[f"{command.account} {command.instrument}"] += 1
