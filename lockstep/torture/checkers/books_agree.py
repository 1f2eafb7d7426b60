"""Check that books, fills and the venue's truth are one at rest.

Compares once the bot has stopped in order and nothing travels any more.
"""

from collections import Counter
from collections.abc import Iterator

from engine.journal.entries import Kind
from engine.model.adjustments import PositionAdjusted
from engine.model.reports import OrderFilled
from lockstep.differences import differences_of
from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record

_TINY = 1e-9


def books_agree(record: Record) -> Iterator[Breach]:
    """Demand that the position is the sum of fills and adjustments, and what the venue has.

    Orders and money have to agree as well, but for orders that only a person can find out about. A
    bot that could not trade when it stopped knows no better.
    """
    last = record.lives[-1] if record.lives else None
    if last is None or last.kernel is None or last.exit_code is None or not last.is_ready:
        return
    doubted = [f"order {each.id}:" for each in last.doubtful if each.account in record.nameless]
    for difference in differences_of(last.kernel, record.brokers):
        if not any(difference.startswith(name) for name in doubted):
            yield Breach(last.ended, difference)
    booked = _booked(record)
    for name, account in last.kernel.portfolio.accounts.items():
        for instrument, position in account.positions.items():
            moved = booked[name, instrument]
            if abs(position.size - moved) > _TINY:
                yield Breach(
                    last.ended,
                    f"{name} holds {position.size:g} of {instrument}, its fills come to {moved:g}",
                )


def _booked(record: Record) -> Counter[tuple[str, str]]:
    """Return what fills and adjustments of all lives come to."""
    found: Counter[tuple[str, str]] = Counter()
    for life in record.lives:
        for entry in life.entries:
            body = entry.body
            if entry.kind is not Kind.INPUT:
                continue
            if isinstance(body, OrderFilled):
                found[body.account, body.instrument] += body.quantity * body.side  # type: ignore[assignment] # sums of floats
            elif isinstance(body, PositionAdjusted):
                found[body.account, body.instrument] += body.after - body.before  # type: ignore[assignment] # as above
    return found
