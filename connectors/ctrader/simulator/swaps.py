"""Charge swap on what is held over the venue's end of day.

It waits at the position and is booked with the part that is closed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from math import floor

from connectors.ctrader.simulator.conditions import SWAP_MINUTE, TRIPLE_SWAP_DAY, conditions
from connectors.ctrader.simulator.desk import Desk
from connectors.ctrader.simulator.listing import pip
from connectors.ctrader.simulator.positions import Position
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.records import BrokerEvent
from engine.model.market import QuoteTick

_DAY_NS = 86_400 * 10**9
_AFTER_MIDNIGHT_NS = SWAP_MINUTE * 60 * 10**9
_FRIDAY = 5


class Swaps:
    """Follow the time of quotes; each end of a day between two of them is charged once."""

    def __init__(self, broker: SimulatedBroker, desk: Desk) -> None:
        self._broker = broker
        self._desk = desk
        self._charged: int | None = None
        broker.listen(self._hear)

    def _hear(self, event: BrokerEvent) -> None:
        if not isinstance(event, QuoteTick):
            return
        day = (event.ts_recv - _AFTER_MIDNIGHT_NS) // _DAY_NS
        before, self._charged = self._charged, day
        if before is None or day <= before:
            return
        for ended in range(before + 1, day + 1):
            ts = ended * _DAY_NS + _AFTER_MIDNIGHT_NS
            days = _days(datetime.fromtimestamp(ts // 10**9, UTC).isoweekday())
            for position in self._held(ts):
                cents = _cents(position, self._broker, days)
                if cents:
                    self._desk.later(partial(self._charge, position, cents))

    def _held(self, ts: int) -> Iterator[Position]:
        positions = self._desk.books.positions.values()
        return (each for each in positions if each.size and each.ts_opened < ts)

    def _charge(self, position: Position, cents: int) -> None:
        if position.size:
            position.swap += cents
            self._desk.tell_of(position, "SWAP")


def _days(weekday: int) -> int:
    """Return how many days of swap the end of a weekday costs: none at the weekend."""
    if weekday > _FRIDAY:
        return 0
    return 3 if weekday == TRIPLE_SWAP_DAY else 1


def _cents(position: Position, broker: SimulatedBroker, days: int) -> int:
    """Return the swap of a position, rounded against the account."""
    instrument = broker.instruments[position.instrument]
    terms = conditions(instrument.symbol)
    pips = terms.swap_long if position.size > 0 else terms.swap_short
    return floor(pips * pip(instrument) * abs(position.size) * days + 1e-9)
