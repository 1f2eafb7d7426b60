"""Remember which working orders end at a time: DAY with the session, GTD when they say.

Ends none: it says which are due.
"""

from heapq import heapify, heappop, heappush

from backtest.exchange.market import Market
from backtest.exchange.order import Order
from engine.model.commands import TimeInForce
from engine.model.zones import NEVER

_DAY = TimeInForce.DAY
_SPARE = 1_024

Entry = tuple[int, int, Order, Market]


class Expiries:
    """Keep orders by the time they end, the earliest first; `next_due` is that time or NEVER.

    Orders that stop working earlier stay until then, or until the list has doubled since it was
    last cleared of them, so it never holds more than twice the orders that work, and 1,024.
    """

    __slots__ = ("_entries", "_most", "next_due")

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._most = _SPARE
        self.next_due = NEVER

    def add(self, order: Order, market: Market, ts: int) -> None:
        """Watch a DAY or GTD order that was accepted at `ts`.

        A DAY order ends with the session of its instrument's calendar that covers `ts`, else with
        the next one.
        """
        command = order.command
        if command.time_in_force is _DAY:
            due = market.instrument.calendar.session_end(ts)
        else:
            due = command.expire_ts or ts
        if len(self._entries) >= self._most:
            self._entries = [entry for entry in self._entries if _works(entry)]
            heapify(self._entries)
            self._most = _SPARE + 2 * len(self._entries)
        heappush(self._entries, (due, order.number, order, market))
        self.next_due = self._entries[0][0]

    def due(self, ts: int) -> list[tuple[Order, Market]]:
        """Take out the working orders that end at `ts` or before, in the order of their times."""
        ended: list[tuple[Order, Market]] = []
        while self._entries and self._entries[0][0] <= ts:
            entry = heappop(self._entries)
            if _works(entry):
                ended.append(entry[2:])
        self.next_due = self._entries[0][0] if self._entries else NEVER
        return ended


def _works(entry: Entry) -> bool:
    _, _, order, market = entry
    return market.orders.get(order.id) is order
