"""An order as the simulated broker keeps it, and what the broker tells those who listen.

Decides nothing.
"""

from collections.abc import Callable

import msgspec

from engine.model.commands import OrderType, Side, SubmitOrder, TimeInForce
from engine.model.market import MarketEvent
from engine.model.reports import (
    CashAdjusted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    OrderTriggered,
)
from engine.model.truth import BalanceRecord, OrderRecord, PositionRecord, Standing

_CLOSED: dict[type[OrderReport], Standing] = {
    OrderRejected: Standing.REJECTED,
    OrderCanceled: Standing.CANCELED,
}


class BrokerOrder(msgspec.Struct, eq=False, kw_only=True):
    """Hold one order: what was asked, and what has become of it.

    Numbers rise from 1 over all accounts; `venue_order_id` is the number in the venue's format.
    `position_id` names, on hedging accounts, the position that the order opens or, with `closes`,
    reduces. `remark` is any text that the client attached. `average_price` is NaN before a fill.
    """

    number: int
    venue_order_id: str
    client_order_id: str
    account: str
    instrument: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: float
    price: float | None
    stop: float | None
    trail: float | None
    expire_ts: int | None
    ts_created: int
    ts_updated: int
    position_id: str = ""
    closes: bool = False
    remark: str = ""
    filled: float = 0.0
    average_price: float = float("nan")
    triggered: bool = False
    revision: int = 0
    standing: Standing = Standing.WORKING
    reason: str = ""

    @classmethod
    def taken(
        cls, command: SubmitOrder, number: int, venue_order_id: str, remark: str
    ) -> "BrokerOrder":
        """Make the order that a command asks for."""
        return cls(
            number=number,
            venue_order_id=venue_order_id,
            client_order_id=command.client_order_id,
            account=command.account,
            instrument=command.instrument,
            side=command.side,
            type=command.type,
            time_in_force=command.time_in_force,
            quantity=command.quantity,
            price=command.price,
            stop=command.stop,
            trail=command.trail,
            expire_ts=command.expire_ts,
            ts_created=command.ts,
            ts_updated=command.ts,
            remark=remark,
        )

    @property
    def is_working(self) -> bool:
        """Say whether the order may still fill."""
        return self.standing == Standing.WORKING

    @property
    def leaves(self) -> float:
        """Return what may still fill; zero once the order is closed."""
        return self.quantity - self.filled if self.is_working else 0.0

    def apply(self, report: OrderReport, scale: float) -> None:
        """Let a report of this order's life change it; `scale` is the instrument's of quantity."""
        self.ts_updated = report.ts_event
        if isinstance(report, OrderFilled):
            before = self.filled * self.average_price if self.filled else 0.0
            self.filled = round((self.filled + report.quantity) * scale) / scale
            self.average_price = (before + report.quantity * report.price) / self.filled
            if self.filled >= self.quantity:
                self.standing = Standing.FILLED
        elif isinstance(report, OrderReplaced):
            self.quantity, self.revision = report.quantity, report.revision
            self.price, self.stop = report.price, report.stop
        elif isinstance(report, OrderTriggered):
            self.triggered = True
        elif isinstance(report, OrderRejected | OrderCanceled):
            self.reason = report.reason
            self.standing = _CLOSED[type(report)]
        elif isinstance(report, OrderExpired):
            self.standing = Standing.EXPIRED

    def record(self) -> OrderRecord:
        """Return the row that a venue would list."""
        return OrderRecord(
            account=self.account,
            instrument=self.instrument,
            venue_order_id=self.venue_order_id,
            side=self.side,
            type=self.type,
            quantity=self.quantity,
            filled=self.filled,
            standing=self.standing,
            ts_event=self.ts_updated,
            client_order_id=self.client_order_id,
            price=self.price,
            stop=self.stop,
            position_id=self.position_id,
            reason=self.reason,
        )


class OrderUpdate(msgspec.Struct, frozen=True):
    """Say what just happened to an order, which already holds it.

    `report` is in the broker's own words: its ids are the venue's and the client's.
    """

    order: BrokerOrder
    report: OrderReport


BrokerEvent = MarketEvent | OrderUpdate | PositionRecord | BalanceRecord | CashAdjusted
"""What the broker tells: rows of the market, and changes of orders, positions and money.

After a fill its OrderUpdate comes first, then the position, then the balance.
"""

Listener = Callable[[BrokerEvent], None]
"""Takes an event at once; it must not call the broker from within."""


class IdFormat(msgspec.Struct, frozen=True, kw_only=True):
    """Say how a venue writes the numbers of orders, trades and positions."""

    order: Callable[[int], str] = str
    trade: Callable[[int], str] = str
    position: Callable[[int], str] = str
