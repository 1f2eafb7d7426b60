"""Write down what the simulated exchange did, in order, and number its orders and trades.

Decides nothing.
"""

from math import isnan

from backtest.exchange.holding import Holding
from backtest.exchange.order import Order
from engine.model.commands import CancelOrder, ReplaceOrder, SubmitOrder
from engine.model.reports import (
    CancelRejected,
    CashAdjusted,
    Liquidity,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    OrderTriggered,
    ReplaceRejected,
)


class Blotter:
    """Append reports to one list, which the caller empties and nobody replaces.

    `ts_event` and `ts_recv` are the times that the next reports carry: those of the row, or of the
    command, that is being worked on. `orders` and `trades` count what was numbered `V1`, `T1` and
    on; `sequence` counts claims to time priority.
    """

    __slots__ = ("orders", "reports", "sequence", "trades", "ts_event", "ts_recv")

    def __init__(self) -> None:
        self.reports: list[OrderReport | CashAdjusted] = []
        self.orders = self.trades = self.sequence = 0
        self.ts_event = self.ts_recv = 0

    def rejected(self, command: SubmitOrder, reason: str) -> None:
        """Report that a command did not become an order."""
        self.reports.append(
            OrderRejected(
                client_order_id=command.client_order_id,
                instrument=command.instrument,
                ts_event=self.ts_event,
                ts_recv=self.ts_recv,
                account=command.account,
                reason=reason,
            )
        )

    def accepted(self, order: Order) -> None:
        """Report that an order works."""
        self.reports.append(
            OrderAccepted(
                client_order_id=order.id,
                instrument=order.command.instrument,
                ts_event=self.ts_event,
                ts_recv=self.ts_recv,
                venue_order_id=order.venue_order_id,
                account=order.holding.account,
            )
        )

    def triggered(self, order: Order) -> None:
        """Report that a stop's trigger was reached."""
        self.reports.append(
            OrderTriggered(
                client_order_id=order.id,
                instrument=order.command.instrument,
                ts_event=self.ts_event,
                ts_recv=self.ts_recv,
                venue_order_id=order.venue_order_id,
                account=order.holding.account,
            )
        )

    def filled(
        self,
        order: Order,
        quantity: float,
        price: float,
        fee: float,
        currency: str,
        liquidity: Liquidity,
    ) -> None:
        """Report one execution and give it a trade id."""
        self.trades += 1
        command = order.command
        self.reports.append(
            OrderFilled(
                client_order_id=order.id,
                instrument=command.instrument,
                ts_event=self.ts_event,
                ts_recv=self.ts_recv,
                venue_order_id=order.venue_order_id,
                account=order.holding.account,
                trade_id=f"T{self.trades}",
                side=command.side,
                quantity=quantity,
                price=price,
                fee=fee,
                fee_currency=currency,
                liquidity=liquidity,
                position_id=order.holding.position_id,
            )
        )

    def canceled(self, order: Order, filled: float, reason: str) -> None:
        """Report that an order left the market; `filled` is its cumulative filled quantity."""
        self.reports.append(
            OrderCanceled(
                client_order_id=order.id,
                instrument=order.command.instrument,
                ts_event=self.ts_event,
                ts_recv=self.ts_recv,
                venue_order_id=order.venue_order_id,
                account=order.holding.account,
                reason=reason,
                filled=filled,
            )
        )

    def expired(self, order: Order, filled: float) -> None:
        """Report that an order's time in force ended."""
        self.reports.append(
            OrderExpired(
                client_order_id=order.id,
                instrument=order.command.instrument,
                ts_event=self.ts_event,
                ts_recv=self.ts_recv,
                venue_order_id=order.venue_order_id,
                account=order.holding.account,
                filled=filled,
            )
        )

    def replaced(self, order: Order, request: int, quantity: float) -> None:
        """Report what now holds of an order that was replaced."""
        self.reports.append(
            OrderReplaced(
                client_order_id=order.id,
                instrument=order.command.instrument,
                ts_event=self.ts_event,
                ts_recv=self.ts_recv,
                venue_order_id=order.venue_order_id,
                account=order.holding.account,
                request=request,
                revision=order.revision,
                quantity=quantity,
                price=order.limit if order.priced else None,
                stop=None if isnan(order.trigger) else order.trigger,
            )
        )

    def cash_moved(self, holding: Holding, amount: float, reason: str, price: float | None) -> None:
        """Report money that a position gained or lost without a trade."""
        self.reports.append(
            CashAdjusted(
                account=holding.account,
                instrument=holding.instrument.id,
                currency=holding.instrument.currency,
                ts_event=self.ts_event,
                ts_recv=self.ts_recv,
                amount=amount,
                reason=reason,
                price=price,
            )
        )

    def refused(self, command: CancelOrder | ReplaceOrder, reason: str) -> None:
        """Report that a cancel or a replace was refused; the order, if any, is as it was."""
        kind = CancelRejected if isinstance(command, CancelOrder) else ReplaceRejected
        self.reports.append(
            kind(
                client_order_id=command.client_order_id,
                instrument=command.instrument,
                ts_event=self.ts_event,
                ts_recv=self.ts_recv,
                account=command.account,
                request=command.request,
                reason=reason,
            )
        )
