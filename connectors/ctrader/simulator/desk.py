"""Turn what the broker tells into execution events, in the sequences of the venue.

Takes no requests; `trading.py` does. Events wait in `events` until they are sent.
"""

from collections import deque
from collections.abc import Callable
from itertools import count
from math import ceil

import msgspec
from google.protobuf.message import Message

from connectors.ctrader.mapping.scaling import milliseconds, volume
from connectors.ctrader.schema.position_pb2 import ProtoOADeal, ProtoOAOrder, ProtoOATradeData
from connectors.ctrader.schema.trading_pb2 import (
    ProtoOAAmendOrderReq,
    ProtoOAExecutionEvent,
    ProtoOANewOrderReq,
)
from connectors.ctrader.simulator.listing import MONEY_DIGITS, Listing, account_number
from connectors.ctrader.simulator.positions import SIDES, Levels, Position, Purse, size_of
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.records import BrokerEvent, BrokerOrder, OrderUpdate
from engine.model.commands import OrderType, TimeInForce
from engine.model.reports import (
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderReplaced,
)
from engine.model.truth import Standing

PROTECTION = "protection"
"""The remark of orders by which the broker itself closes a protected position."""

_FIRST_NETTED, _FIRST_PROTECTION = 4_000_000, 9_000_000
_STATUS = {
    Standing.WORKING: "ACCEPTED",
    Standing.FILLED: "FILLED",
    Standing.CANCELED: "CANCELLED",
    Standing.EXPIRED: "EXPIRED",
    Standing.REJECTED: "REJECTED",
}
_TYPES = {
    OrderType.MARKET: "MARKET",
    OrderType.LIMIT: "LIMIT",
    OrderType.STOP: "STOP",
    OrderType.STOP_LIMIT: "STOP_LIMIT",
}
_TIMES = {
    TimeInForce.GTC: "GOOD_TILL_CANCEL",
    TimeInForce.IOC: "IMMEDIATE_OR_CANCEL",
    TimeInForce.FOK: "FILL_OR_KILL",
    TimeInForce.GTD: "GOOD_TILL_DATE",
}


class Told(msgspec.Struct, frozen=True):
    """Hold a message for every connection on which an account is authorised."""

    account: str
    message: Message


class Desk:
    """Keep orders, deals, positions and money in the venue's words, and tell of each change.

    `asking` is the request that the broker is about to be asked for. `after` holds what must be
    done once the broker has finished: `settle` does it.
    """

    def __init__(self, broker: SimulatedBroker, listing: Listing) -> None:
        self.events: list[Told] = []
        self.asking: ProtoOANewOrderReq | None = None
        self.positions: dict[int, Position] = {}
        self.deals: list[tuple[str, ProtoOADeal]] = []
        self.purses = {
            name: Purse(round(account.terms.balance * 10**MONEY_DIGITS), account.total())
            for name, account in broker.accounts.items()
        }
        self._broker = broker
        self._listing = listing
        self._after: deque[Callable[[], None]] = deque()
        self._requests: dict[str, ProtoOANewOrderReq] = {}
        self._netted: dict[tuple[str, str], int] = {}
        self._netted_numbers = count(_FIRST_NETTED + 1)
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
        message = ProtoOAOrder(
            orderId=int(order.venue_order_id),
            tradeData=ProtoOATradeData(
                symbolId=self._listing.number(order.instrument),
                volume=volume(order.quantity),
                tradeSide=SIDES[order.side],
                openTimestamp=milliseconds(order.ts_created),
                label="" if request is None else request.label,
                guaranteedStopLoss=False,
                comment="" if request is None else request.comment,
                measurementUnits="",
            ),
            orderType=_TYPES[order.type],
            orderStatus=f"ORDER_STATUS_{_STATUS[order.standing]}",
            executedVolume=volume(order.filled),
            utcLastUpdateTimestamp=milliseconds(order.ts_updated),
            closingOrder=order.closes,
            clientOrderId=order.client_order_id or f"closing-{order.number}",
            timeInForce=_TIMES[order.time_in_force],
            positionId=self.position_of(order).number,
        )
        if order.price is not None and order.type is OrderType.LIMIT:
            message.limitPrice = order.price
        if order.stop is not None:
            message.stopPrice = order.stop
        if order.filled:
            message.executionPrice = order.average_price
        if order.expire_ts is not None:
            message.expirationTimestamp = milliseconds(order.expire_ts)
        if order.standing is not Standing.WORKING:
            message.tradeData.closeTimestamp = milliseconds(order.ts_updated)
        if request is not None:
            _repeat(request, message)
        return message

    def position_of(self, order: BrokerOrder) -> Position:
        """Return the position that an order opens or changes; on a netting account the one."""
        number = int(order.position_id) if order.position_id else self._netted_number(order)
        position = self.positions.get(number)
        if position is None:
            position = self.positions[number] = Position(
                number=number,
                account=order.account,
                instrument=order.instrument,
                symbol_id=self._listing.number(order.instrument),
                side=order.side,
            )
        return position

    def protect(self, position: Position, levels: Levels, ts: int, *, is_server: bool) -> str:
        """Set what protects a position, and return why not, or an empty text."""
        problem = self._broker.protect(
            position.account, self.key(position), ts, levels.stop_loss, levels.take_profit
        )
        if problem:
            return problem
        had, has = bool(position.protection_id), levels != Levels(trailing=levels.trailing)
        position.ts_updated = ts
        if has:
            position.levels = levels
        if has and not had:
            position.protection_id = next(self._protection_numbers)
            position.ts_protected = ts
        order = position.protection("ACCEPTED" if has else "CANCELLED")
        if not has:
            position.levels, position.protection_id = Levels(), 0
        kind = "REPLACED" if had and has else "ACCEPTED" if has else "CANCELLED"
        if had or has:
            self._tell(position, f"ORDER_{kind}", order, is_server=is_server)
        return ""

    def revise(self, venue_order_id: str, request: ProtoOAAmendOrderReq) -> None:
        """Note the levels that an amended order asks for from now on."""
        asked = self._requests.get(venue_order_id)
        for name in ("stopLoss", "takeProfit", "relativeStopLoss", "relativeTakeProfit"):
            if asked is not None and request.HasField(name):
                setattr(asked, name, getattr(request, name))

    def key(self, position: Position) -> str:
        """Return the name under which the broker keeps a position."""
        hedges = self._broker.accounts[position.account].hedges
        return str(position.number) if hedges else position.instrument

    def later(self, act: Callable[[], None]) -> None:
        """Do something once the broker has finished."""
        self._after.append(act)

    def _netted_number(self, order: BrokerOrder) -> int:
        key = order.account, order.instrument
        if key not in self._netted:
            self._netted[key] = next(self._netted_numbers)
        return self._netted[key]

    def _hear(self, event: BrokerEvent) -> None:
        if not isinstance(event, OrderUpdate):
            return
        order, report = event.order, event.report
        if self.asking is not None and order.venue_order_id not in self._requests:
            self._requests[order.venue_order_id], self.asking = self.asking, None
        if isinstance(report, OrderFilled):
            self._filled(order, report)
            return
        kinds = {
            OrderAccepted: "ORDER_ACCEPTED",
            OrderCanceled: "ORDER_CANCELLED",
            OrderExpired: "ORDER_EXPIRED",
            OrderReplaced: "ORDER_REPLACED",
        }
        kind = kinds.get(type(report))
        if kind is not None and order.remark != PROTECTION:
            position = self.position_of(order)
            is_over = not order.is_working and not position.size
            status = "CLOSED" if is_over else None if position.size else "CREATED"
            if is_over:
                position.ts_updated = position.ts_closed = order.ts_updated
            self._tell(position, kind, self.order(order), status=status)

    def _filled(self, order: BrokerOrder, fill: OrderFilled) -> None:
        """Book a fill and tell of it, and of what it does to the position's protection."""
        position = self.position_of(order)
        is_server = order.remark == PROTECTION
        executed = position.protection("FILLED", fill.price) if is_server else self.order(order)
        deal = self._deal(order, fill, position, executed.orderId)
        self._book(position, fill, deal)
        self.deals.append((order.account, deal))
        kind = "ORDER_PARTIAL_FILL" if order.leaves else "ORDER_FILLED"
        if position.size or not position.protection_id or is_server:
            self._tell(position, kind, executed, deal=deal, is_server=is_server)
        else:  # the position reads as new until its protection is gone
            self._tell(position, kind, executed, deal=deal, status="CREATED")
        if position.protection_id and not is_server:
            self._adapt_protection(position)
        if not position.size:
            position.levels, position.protection_id = Levels(), 0
        request = self._requests.get(order.venue_order_id)
        if request is not None and not order.leaves and position.size:
            levels = _levels(request, position.price, position.side)
            if levels != Levels():
                self.later(lambda: self._protect(position, levels, fill.ts_event))

    def _protect(self, position: Position, levels: Levels, ts: int) -> None:
        if position.size:
            self.protect(position, levels, ts, is_server=True)

    def _adapt_protection(self, position: Position) -> None:
        kind, status = ("REPLACED", "ACCEPTED") if position.size else ("CANCELLED", "CANCELLED")
        self._tell(position, f"ORDER_{kind}", position.protection(status), is_server=True)

    def _deal(
        self, order: BrokerOrder, fill: OrderFilled, position: Position, order_id: int
    ) -> ProtoOADeal:
        created = milliseconds(order.ts_created)
        return ProtoOADeal(
            dealId=int(fill.trade_id),
            orderId=order_id,
            positionId=position.number,
            volume=volume(order.quantity),
            filledVolume=volume(fill.quantity),
            symbolId=position.symbol_id,
            createTimestamp=created,
            executionTimestamp=milliseconds(fill.ts_event),
            utcLastUpdateTimestamp=milliseconds(fill.ts_event),
            executionPrice=fill.price,
            tradeSide=SIDES[fill.side],
            dealStatus="PARTIALLY_FILLED" if order.leaves else "FILLED",
            marginRate=fill.price,
            commission=-ceil(fill.fee * 10**MONEY_DIGITS - 1e-9),
            baseToUsdConversionRate=1.0,
            moneyDigits=MONEY_DIGITS,
        )

    def _book(self, position: Position, fill: OrderFilled, deal: ProtoOADeal) -> None:
        """Move a position by a fill; what closes a part of it moves the account's money."""
        account, purse = self._broker.accounts[position.account], self.purses[position.account]
        signed, before, worth = size_of(fill.quantity) * fill.side, position.size, account.total()
        gross = round((worth - purse.worth + fill.fee) * 10**MONEY_DIGITS)
        purse.worth = worth
        if before * signed < 0:
            detail = position.close(min(abs(before), abs(signed)), gross, deal.commission)
            purse.book(detail)
            deal.closePositionDetail.CopyFrom(detail)
        else:
            position.commission += deal.commission
        position.size = before + signed
        position.ts_updated = fill.ts_event
        if not before:
            position.ts_opened, position.ts_closed = fill.ts_event, 0
        if position.size:
            position.side = fill.side if before * position.size <= 0 else position.side
            position.price = account.holdings[self.key(position)].book.average_price
        else:
            position.ts_closed = fill.ts_event

    def _tell(
        self,
        position: Position,
        kind: str,
        order: ProtoOAOrder,
        *,
        deal: ProtoOADeal | None = None,
        status: str | None = None,
        is_server: bool = False,
    ) -> None:
        event = ProtoOAExecutionEvent(
            ctidTraderAccountId=account_number(position.account),
            executionType=kind,
            position=position.message(status),
            order=order,
            isServerEvent=is_server,
        )
        if deal is not None:
            event.deal.CopyFrom(deal)
        self.events.append(Told(position.account, event))


def _repeat(request: ProtoOANewOrderReq, order: ProtoOAOrder) -> None:
    """Write into an order what its request said of levels and range."""
    order.orderType = request.orderType
    for name in (
        "relativeStopLoss",
        "relativeTakeProfit",
        "stopLoss",
        "takeProfit",
        "slippageInPoints",
        "baseSlippagePrice",
    ):
        if request.HasField(name):
            setattr(order, name, getattr(request, name))


def _levels(request: ProtoOANewOrderReq, price: float, side: int) -> Levels:
    """Return the levels that an order asks for, distances counted from the fill."""
    stop = request.stopLoss if request.HasField("stopLoss") else None
    profit = request.takeProfit if request.HasField("takeProfit") else None
    if request.relativeStopLoss:
        stop = round(price - side * request.relativeStopLoss / 100_000, 5)
    if request.relativeTakeProfit:
        profit = round(price + side * request.relativeTakeProfit / 100_000, 5)
    return Levels(stop, profit, trailing=request.trailingStopLoss and stop is not None)
