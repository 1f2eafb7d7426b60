"""Let the market reach an order just before its cancel or change: the race that nobody can win.

Decides no fill itself: the exchange does, on a quote that comes at the worst moment.
"""

from typing import TYPE_CHECKING

from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.records import BrokerOrder
from engine.model.market import QuoteTick

if TYPE_CHECKING:
    from connectors.simulation.broker import SimulatedBroker


class Races:
    """Play the cancel races of one broker."""

    def __init__(self, broker: "SimulatedBroker", faults: FaultPlan) -> None:
        self._broker = broker
        self._faults = faults

    def before_change(self, order: BrokerOrder, now: int) -> None:
        """Let a quote come that fills a working order or half of it, where the fault strikes."""
        level = order.price if order.stop is None or order.triggered else order.stop
        if level is None or not order.is_working:
            return
        if self._faults.strikes(Fault.CANCEL_RACE, order.instrument):
            self._broker.row(self._quote(order, level, now))

    def _quote(self, order: BrokerOrder, level: float, now: int) -> QuoteTick:
        """Return a quote a tick wide whose near side stands at the order's level."""
        instrument = self._broker.instruments[order.instrument]
        tick = instrument.tick_at(level)
        size = order.leaves
        if self._faults.share(Fault.CANCEL_RACE) < 0.5:
            size = max(
                instrument.quantity(size / 2), instrument.quantity_min / instrument.quantity_scale
            )
        below = level if order.side < 0 else max(tick, instrument.price(level - tick))
        above = level if order.side > 0 else instrument.price(level + tick)
        return QuoteTick(order.instrument, now, now, below, above, size, size)
