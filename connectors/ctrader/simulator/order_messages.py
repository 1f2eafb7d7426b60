"""Orders and deals as the simulated venue tells of them, zeros included.

Keeps nothing; the desk does.
"""

from math import ceil

from connectors.ctrader.mapping.scaling import milliseconds, volume
from connectors.ctrader.schema.position_pb2 import (
    ProtoOADeal,
    ProtoOAOrder,
    ProtoOATimeInForce,
    ProtoOATradeData,
)
from connectors.ctrader.schema.trading_pb2 import ProtoOANewOrderReq
from connectors.ctrader.simulator.listing import MONEY_DIGITS
from connectors.ctrader.simulator.positions import SIDES, Levels, Position
from connectors.simulation.records import BrokerOrder
from engine.model.commands import OrderType, TimeInForce
from engine.model.reports import OrderFilled
from engine.model.truth import Standing

PROTECTION = "protection"
"""The remark of orders by which the broker itself closes a protected position."""

STOP_OUT = "stop out"
"""The remark of orders by which the venue closes what the equity no longer covers."""

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
_REPEATED = (
    "relativeStopLoss",
    "relativeTakeProfit",
    "stopLoss",
    "takeProfit",
    "slippageInPoints",
    "baseSlippagePrice",
    "stopTriggerMethod",
    "trailingStopLoss",
)
"""What an order repeats of its request."""


def order_message(
    order: BrokerOrder, request: ProtoOANewOrderReq | None, position: Position
) -> ProtoOAOrder:
    """Return an order as it now is; one that the venue made itself had no request."""
    message = ProtoOAOrder(
        orderId=int(order.venue_order_id),
        tradeData=ProtoOATradeData(
            symbolId=position.symbol_id,
            volume=volume(order.quantity),
            tradeSide=SIDES[order.side],
            openTimestamp=milliseconds(order.ts_created),
            label="" if request is None else request.label,
            guaranteedStopLoss=request is not None and request.guaranteedStopLoss,
            comment="" if request is None else request.comment,
            measurementUnits="",
        ),
        orderType=_TYPES[order.type],
        orderStatus=f"ORDER_STATUS_{_STATUS[order.standing]}",
        executedVolume=volume(order.filled),
        utcLastUpdateTimestamp=milliseconds(order.ts_updated),
        closingOrder=order.closes or order.remark == STOP_OUT,
        clientOrderId=order.client_order_id or f"closing-{order.number}",
        timeInForce=_TIMES[order.time_in_force],
        positionId=position.number,
    )
    _write_prices(order, message)
    if order.remark == STOP_OUT:
        message.isStopOut = True
    if order.standing is not Standing.WORKING:
        message.tradeData.closeTimestamp = milliseconds(order.ts_updated)
    if request is not None:
        _repeat(request, message)
    return message


def _write_prices(order: BrokerOrder, message: ProtoOAOrder) -> None:
    if order.price is not None and order.type is OrderType.LIMIT:
        message.limitPrice = order.price
    if order.stop is not None:
        message.stopPrice = order.stop
    if order.filled:
        message.executionPrice = order.average_price
    if order.expire_ts is not None:
        message.expirationTimestamp = milliseconds(order.expire_ts)


def _repeat(request: ProtoOANewOrderReq, message: ProtoOAOrder) -> None:
    """Write into an order what its request said of levels and range."""
    message.orderType = request.orderType
    if request.timeInForce == ProtoOATimeInForce.MARKET_ON_OPEN:
        message.timeInForce = request.timeInForce
    for name in _REPEATED:
        if request.HasField(name):
            setattr(message, name, getattr(request, name))


def deal_message(
    order: BrokerOrder, fill: OrderFilled, price: float, position: Position, order_id: int
) -> ProtoOADeal:
    """Return an execution; commissions are rounded against the account."""
    executed = milliseconds(fill.ts_event)
    return ProtoOADeal(
        dealId=int(fill.trade_id),
        orderId=order_id,
        positionId=position.number,
        volume=volume(order.quantity),
        filledVolume=volume(fill.quantity),
        symbolId=position.symbol_id,
        createTimestamp=milliseconds(order.ts_created),
        executionTimestamp=executed,
        utcLastUpdateTimestamp=executed,
        executionPrice=price,
        tradeSide=SIDES[fill.side],
        dealStatus="PARTIALLY_FILLED" if order.leaves else "FILLED",
        marginRate=price,
        commission=-ceil(fill.fee * 10**MONEY_DIGITS - 1e-9),
        baseToUsdConversionRate=1.0,
        moneyDigits=MONEY_DIGITS,
    )


def levels_of(request: ProtoOANewOrderReq, price: float, side: int) -> Levels:
    """Return the levels that an order asks for, distances counted from the fill."""
    stop = request.stopLoss if request.HasField("stopLoss") else None
    profit = request.takeProfit if request.HasField("takeProfit") else None
    if request.relativeStopLoss:
        stop = round(price - side * request.relativeStopLoss / 100_000, 5)
    if request.relativeTakeProfit:
        profit = round(price + side * request.relativeTakeProfit / 100_000, 5)
    if stop is None:
        return Levels(None, profit)
    return Levels(
        stop, profit, trailing=request.trailingStopLoss, guaranteed=request.guaranteedStopLoss
    )
