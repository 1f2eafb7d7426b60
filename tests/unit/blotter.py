"""Orders of ten units in a real order table, told things one report at a time.

It judges nothing.
"""

from engine.model.commands import Side
from engine.model.reports import (
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderLost,
    OrderRejected,
    OrderReport,
    OrderUnknown,
)
from engine.orders.life import Life, Request
from engine.orders.order import Order, VenueOrder
from tests.unit.rig import ABC, Rig, make_report

Step = tuple[type[OrderReport], dict[str, object]]
"""A report and the fields that make it up."""


class Blotter:
    """An order table with orders of ten units each; reports go to the table alone."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.rig.trade(1.0)
        self.table = self.rig.kernel.orders
        self.account = self.rig.kernel.portfolio.exposure("main", ABC)
        self.strategy = self.rig.kernel.portfolio.held("one", "main", ABC)
        self.trades = 0

    def send(self, side: Side = Side.BUY) -> Order:
        return self.rig.do(lambda probe: probe.submit(ABC.id, side, 10, 1.0))

    def tell(self, kind: type[OrderReport], order: Order, **fields: object) -> int:
        if kind is OrderFilled:
            self.trades += 1
            fields = {"trade_id": f"T{self.trades}", "price": 1.0, **fields}
        return self.table.apply(make_report(kind, order, 5, **fields))[1]

    def request(self, order: Order, request: Request, new_quantity: int = 0) -> None:
        """Note a request as the gate and the intents do."""
        leg = leg_of(order)
        leg.requests += 1
        self.table.requested(order, leg, request, new_quantity)

    def in_life(self, life: Life) -> Order:
        """Bring an order into a life by the reports that lead there."""
        order = self.send()
        for kind, fields in PATHS[life]:
            self.tell(kind, order, **fields)
        assert leg_of(order).life == life
        return order


def leg_of(order: Order) -> VenueOrder:
    assert order.leg is not None
    return order.leg


PATHS: dict[Life, list[Step]] = {
    Life.SENT: [],
    Life.UNKNOWN: [(OrderUnknown, {})],
    Life.WORKING: [(OrderAccepted, {})],
    Life.FILLED: [(OrderAccepted, {}), (OrderFilled, {"quantity": 10.0})],
    Life.CANCELED: [(OrderAccepted, {}), (OrderCanceled, {})],
    Life.EXPIRED: [(OrderAccepted, {}), (OrderExpired, {})],
    Life.REJECTED: [(OrderRejected, {})],
    Life.LOST: [(OrderUnknown, {}), (OrderLost, {})],
}
