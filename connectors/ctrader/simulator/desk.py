"""Turn what the broker tells into execution events, in the sequences of the venue.

Takes no requests; `trading.py` does. Events wait in `events` until they are sent.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import count

import msgspec
from google.protobuf.message import Message

from connectors.ctrader.schema.account_pb2 import ProtoOAMarginChangedEvent
from connectors.ctrader.schema.position_pb2 import ProtoOADeal, ProtoOAOrder, ProtoOAOrderStatus
from connectors.ctrader.schema.trading_pb2 import (
    ProtoOAAmendOrderReq,
    ProtoOAExecutionEvent,
    ProtoOANewOrderReq,
)
from connectors.ctrader.simulator.books import Books
from connectors.ctrader.simulator.listing import MONEY_DIGITS, Listing, account_number
from connectors.ctrader.simulator.order_messages import (
    PROTECTION,
    STOP_OUT,
    deal_message,
    levels_of,
    order_message,
)
from connectors.ctrader.simulator.positions import Levels, Position
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.records import BrokerEvent, BrokerOrder, OrderUpdate
from engine.model.reports import (
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderReplaced,
)

_FIRST_PROTECTION = 9_000_000
_KINDS = {
    OrderAccepted: "ACCEPTED",
    OrderCanceled: "CANCELLED",
    OrderExpired: "EXPIRED",
    OrderReplaced: "REPLACED",
}


class Told(msgspec.Struct, frozen=True):
    """Hold a message for every connection on which an account is authorised."""

    account: str
    message: Message


class Desk:
    """Keep orders and what they asked for in the venue's words, and tell of each change.

    `asking` is the request that the broker is about to be asked for. What has to be done once the
    broker has finished waits too: `take` does it.
    """

    def __init__(self, broker: SimulatedBroker, listing: Listing) -> None:
        self.events: list[Told] = []
        self.asking: ProtoOANewOrderReq | None = None
        self.books = Books(broker, listing)
        self._broker = broker
        self._after: deque[Callable[[], None]] = deque()
        self._requests: dict[str, ProtoOANewOrderReq] = {}
        self._protection_numbers = count(_FIRST_PROTECTION + 1)
        broker.listen(self._hear)

    def take(self) -> list[Told]:
        """Do what waited for the broker, and take the events."""
        while self._after:
            self._after.popleft()()
        told, self.events = self.events, []
        return told

    def take_swapped(self) -> list[Told]:
        """Take the events, a fill before the acknowledgement of its order."""
        told = self.take()
        return [*told[1::-1], *told[2:]] if len(told) > 1 else told

    def order(self, order: BrokerOrder) -> ProtoOAOrder:
        """Return an order as it now is."""
        request = self._requests.get(order.venue_order_id)
        return order_message(order, request, self.books.position_of(order))

    def protect(self, position: Position, levels: Levels, ts: int, *, is_server: bool) -> str:
        """Set what protects a position, and return why not, or an empty text."""
        problem = self._broker.protect(
            position.account, self.books.key(position), ts, levels.stop_loss, levels.take_profit
        )
        if problem:
            return problem
        had = bool(position.protection_id)
        has = levels.stop_loss is not None or levels.take_profit is not None
        position.ts_updated = ts
        if has:
            position.levels = levels
        if has and not had:
            position.protection_id = next(self._protection_numbers)
            position.ts_protected = ts
        order = position.protection("ACCEPTED" if has else "CANCELLED")
        if not has:
            self._end_protection(position, order)
        kind = "REPLACED" if had and has else "ACCEPTED" if has else "CANCELLED"
        if had or has:
            self._tell(position, kind, order, is_server=is_server)
        return ""

    def revise(self, venue_order_id: str, request: ProtoOAAmendOrderReq) -> None:
        """Note the levels that an amended order asks for from now on."""
        asked = self._requests.get(venue_order_id)
        for name in ("stopLoss", "takeProfit", "relativeStopLoss", "relativeTakeProfit"):
            if asked is not None and request.HasField(name):
                setattr(asked, name, getattr(request, name))

    def later(self, act: Callable[[], None]) -> None:
        """Do something once the broker has finished."""
        self._after.append(act)

    def tell(self, account: str, message: Message) -> None:
        """Let a message about an account leave."""
        self.events.append(Told(account, message))

    def tell_of(self, position: Position, kind: str) -> None:
        """Let an event about a position leave that no order caused."""
        self.tell(
            position.account,
            ProtoOAExecutionEvent(
                ctidTraderAccountId=account_number(position.account),
                executionType=kind,
                position=position.message(),
                isServerEvent=True,
            ),
        )

    def refuse(self, order: BrokerOrder, kind: str, code: str) -> None:
        """Let an event of a refused order leave; without a code it reads as still accepted."""
        message = self.order(order)
        if not code:
            message.orderStatus = ProtoOAOrderStatus.ORDER_STATUS_ACCEPTED
        self._tell(self.books.position_of(order), kind, message, status="CREATED", code=code)

    def _hear(self, event: BrokerEvent) -> None:
        if not isinstance(event, OrderUpdate):
            return
        order, report = event.order, event.report
        position = self.books.position_of(order)
        if self.asking is not None and order.venue_order_id not in self._requests:
            position.label = position.label or self.asking.label
            self._requests[order.venue_order_id], self.asking = self.asking, None
        if isinstance(report, OrderFilled):
            self._filled(order, report, position)
            return
        kind = _KINDS.get(type(report))
        if kind is not None and order.remark != PROTECTION:
            is_over = not order.is_working and not position.size
            status = "CLOSED" if is_over else None if position.size else "CREATED"
            if is_over:
                position.ts_updated = position.ts_closed = order.ts_updated
            is_server = order.remark == STOP_OUT
            self._tell(position, kind, self.order(order), status=status, is_server=is_server)

    def _filled(self, order: BrokerOrder, fill: OrderFilled, position: Position) -> None:
        """Book a fill and tell of it, and of what it does to the position's protection."""
        price, granted = self._price(order, fill, position)
        is_protection = order.remark == PROTECTION
        is_server = is_protection or order.remark == STOP_OUT
        executed = position.protection("FILLED", price) if is_protection else self.order(order)
        deal = deal_message(order, fill, price, position, executed.orderId)
        self.books.book(position, fill, deal, granted)
        self.books.deals.append((order.account, deal))
        others = self.books.allot_margin(position)
        kind = "PARTIAL_FILL" if order.leaves else "FILLED"
        if is_protection and not position.size:
            self._end_protection(position, executed)
        # until its protection is gone, a closed position reads as new
        status = "CREATED" if position.protection_id and not position.size else None
        self._tell(position, kind, executed, deal=deal, status=status, is_server=is_server)
        if position.protection_id and not is_protection:
            self._adapt_protection(position)
        for other in others:
            self._tell_margin(other)
        self._book_beside(order, deal, granted)
        self._protect_opened(order, position, fill.ts_event)

    def _price(
        self, order: BrokerOrder, fill: OrderFilled, position: Position
    ) -> tuple[float, int]:
        """Return the price of an execution, and what a guaranteed stop gains over the market's."""
        stop, side = position.levels.stop_loss, position.side
        is_stop = order.remark == PROTECTION and position.levels.guaranteed and stop is not None
        if not is_stop or stop is None or (stop - fill.price) * side <= 0:
            return fill.price, 0
        return stop, round((stop - fill.price) * side * fill.quantity * 10**MONEY_DIGITS)

    def _book_beside(self, order: BrokerOrder, deal: ProtoOADeal, granted: int) -> None:
        """Let the broker's money follow what is no profit by the market's prices."""
        for cents, reason in ((deal.closePositionDetail.swap, "swap"), (granted, "guarantee")):
            if cents:
                self.later(partial(self.books.adjust, order.account, cents, reason))

    def _protect_opened(self, order: BrokerOrder, position: Position, ts: int) -> None:
        """Protect what an order has opened as it asked, once all of it is done."""
        request = self._requests.get(order.venue_order_id)
        if request is None or order.leaves or not position.size:
            return
        levels = levels_of(request, position.price, position.side)
        if levels != Levels():
            self.later(lambda: self._protect(position, levels, ts))

    def _protect(self, position: Position, levels: Levels, ts: int) -> None:
        if position.size:
            self.protect(position, levels, ts, is_server=True)

    def _adapt_protection(self, position: Position) -> None:
        if position.size:
            order = position.protection("ACCEPTED")
            self._tell(position, "REPLACED", order, is_server=True)
        else:
            order = position.protection("CANCELLED")
            self._tell(position, "CANCELLED", order, is_server=True)
            self._end_protection(position, order)

    def _end_protection(self, position: Position, order: ProtoOAOrder) -> None:
        if position.protection_id:
            self.books.past_protections.append((position.account, order))
        position.levels, position.protection_id = Levels(), 0

    def _tell_margin(self, position: Position) -> None:
        event = ProtoOAMarginChangedEvent(
            ctidTraderAccountId=account_number(position.account),
            positionId=position.number,
            usedMargin=position.used_margin,
            moneyDigits=MONEY_DIGITS,
        )
        self.tell(position.account, event)

    def _tell(
        self,
        position: Position,
        kind: str,
        order: ProtoOAOrder,
        *,
        deal: ProtoOADeal | None = None,
        status: str | None = None,
        is_server: bool = False,
        code: str = "",
    ) -> None:
        event = ProtoOAExecutionEvent(
            ctidTraderAccountId=account_number(position.account),
            executionType=f"ORDER_{kind}",
            position=position.message(status),
            order=order,
            isServerEvent=is_server,
        )
        if deal is not None:
            event.deal.CopyFrom(deal)
        if code:
            event.errorCode = code
        self.tell(position.account, event)
