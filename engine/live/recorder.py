"""Write down every input before it is processed, and every decision after.

Sends nothing: what may be sent is known once the journal has been committed.
"""

from collections import Counter

import msgspec

from engine.journal.entries import Kind
from engine.journal.writer import Journal
from engine.live.automaton import Automaton
from engine.model.reports import OrderFilled, OrderReport
from engine.recovery.naming import order_named
from engine.recovery.restore import take_snapshot
from engine.recovery.trades import SeenTrades

_INPUT, _DECISION, _NOTE = Kind.INPUT, Kind.DECISION, Kind.NOTE


class Recorder:
    """Let an automaton take events through its journal.

    A fill whose trade was booked already, in this run or one before, is counted and goes no
    further; a report that names its order by the venue's id alone gets ours. Every segment of the
    journal but the first begins with a snapshot of the books.
    """

    def __init__(self, journal: Journal, automaton: Automaton, trades: SeenTrades) -> None:
        self.journal = journal
        self.automaton = automaton
        self.counts: Counter[str] = Counter()
        self.latest: list[object] = []
        self.cause = 0
        self._trades = trades
        self._segment = 1

    def take(self, event: object) -> bool:
        """Journal an event, process it, and journal what was decided; `latest` holds that.

        `cause` is then the event's number in the journal.

        Return False for a doubled fill, which goes no further.
        """
        if isinstance(event, OrderReport):
            event = self._named(event)
            if type(event) is OrderFilled and not self._trades.add(event):
                self.counts["doubled fill"] += 1
                return False
        journal = self.journal
        journal.append(_INPUT, event)
        self.cause = journal.sequence
        decided = self.automaton.take(event)
        self.latest.clear()
        self.latest.extend(decided)
        for each in decided:
            journal.append(_DECISION, each)
        return True

    def _named(self, report: OrderReport) -> OrderReport:
        """Give a report our name of its order, where the venue told only its own."""
        kernel = self.automaton.kernel
        if report.client_order_id in kernel.orders.orders or not report.venue_order_id:
            return report
        order = order_named(kernel, report.account, "", report.venue_order_id)
        if order is None:
            self.counts["report of a foreign order"] += 1
            return report
        return msgspec.structs.replace(report, client_order_id=order.id)

    def note(self, body: object) -> None:
        """Journal something that decides nothing."""
        self.journal.append(_NOTE, body)

    def commit(self) -> bool:
        """Make durable what was taken; False when that cannot be done any more."""
        done = self.journal.commit()
        if self.journal.segment > self._segment:
            self._segment = self.journal.segment
            self.note(take_snapshot(self.automaton.kernel, self.automaton.states))
        return done
