"""Commands of the engine to requests of the venue.

Sends nothing. Raises ValueRefused for what the wire cannot say.
"""

from types import MappingProxyType

from connectors.ctrader.directory import Listed
from connectors.ctrader.mapping.scaling import PRICE_DIGITS, milliseconds, volume
from connectors.ctrader.schema.position_pb2 import (
    ProtoOAOrder,
    ProtoOAOrderType,
    ProtoOAPosition,
    ProtoOATimeInForce,
    ProtoOATradeSide,
)
from connectors.ctrader.schema.trading_pb2 import (
    ProtoOAAmendOrderReq,
    ProtoOAAmendPositionSLTPReq,
    ProtoOACancelOrderReq,
    ProtoOAClosePositionReq,
    ProtoOANewOrderReq,
)
from engine.errors import ValueRefused
from engine.model.commands import (
    ClosePosition,
    OrderType,
    Protection,
    ReplaceOrder,
    SetProtection,
    Side,
    SubmitOrder,
    TimeInForce,
)
from engine.model.decimals import canonical, round_15

CLIENT_ORDER_ID_MAX = 50
LABEL_MAX = 100

SIDES = MappingProxyType({Side.BUY: ProtoOATradeSide.BUY, Side.SELL: ProtoOATradeSide.SELL})

TYPES = MappingProxyType(
    {
        OrderType.MARKET: ProtoOAOrderType.MARKET,
        OrderType.LIMIT: ProtoOAOrderType.LIMIT,
        OrderType.STOP: ProtoOAOrderType.STOP,
        OrderType.STOP_LIMIT: ProtoOAOrderType.STOP_LIMIT,
    }
)

TIMES_IN_FORCE = MappingProxyType(
    {
        TimeInForce.GTC: ProtoOATimeInForce.GOOD_TILL_CANCEL,
        TimeInForce.IOC: ProtoOATimeInForce.IMMEDIATE_OR_CANCEL,
        TimeInForce.FOK: ProtoOATimeInForce.FILL_OR_KILL,
        TimeInForce.GTD: ProtoOATimeInForce.GOOD_TILL_DATE,
    }
)


def new_order(command: SubmitOrder, account_id: int, listed: Listed) -> ProtoOANewOrderReq:
    """Return the request that places an order; its label names the strategy.

    A limit that is immediate or cancel goes as a market range without slippage, for as a limit it
    was seen to rest. A stop-limit's limit is told as a distance from its trigger, in points.
    """
    if command.type not in TYPES or command.time_in_force not in TIMES_IN_FORCE:
        raise ValueRefused(f"cTrader takes no {command.type} order {command.time_in_force}")
    if len(command.client_order_id) > CLIENT_ORDER_ID_MAX:
        raise ValueRefused(f"order id {command.client_order_id!r} is above 50 characters")
    is_range = command.type is OrderType.LIMIT and command.time_in_force is TimeInForce.IOC
    request = ProtoOANewOrderReq(
        ctidTraderAccountId=account_id,
        symbolId=listed.symbol_id,
        orderType=ProtoOAOrderType.MARKET_RANGE if is_range else TYPES[command.type],
        tradeSide=SIDES[command.side],
        volume=volume(command.quantity),
        clientOrderId=command.client_order_id,
        label=command.strategy[:LABEL_MAX],
    )
    if command.position_id:
        request.positionId = position_id(command.position_id)
    if command.protection is not None:
        _set_protection(request, command.protection, listed.digits)
    if is_range and command.price is not None:
        request.baseSlippagePrice, request.slippageInPoints = command.price, 0
        return request
    if command.type is not OrderType.MARKET:  # the venue executes those at once or not at all
        request.timeInForce = TIMES_IN_FORCE[command.time_in_force]
    _set_prices(request, command.type, command.price, command.stop, listed.digits, command.side)
    if command.time_in_force is TimeInForce.GTD and command.expire_ts is not None:
        request.expirationTimestamp = milliseconds(command.expire_ts)
    return request


def amendment(
    command: ReplaceOrder, account_id: int, listed: Listed, order: ProtoOAOrder
) -> ProtoOAAmendOrderReq:
    """Return the request that changes a working order.

    What is to stay is repeated, because what an amend leaves out may be lost.
    """
    request = ProtoOAAmendOrderReq(
        ctidTraderAccountId=account_id,
        orderId=order.orderId,
        volume=volume(command.quantity),
    )
    for name in ("stopLoss", "takeProfit", "relativeStopLoss", "relativeTakeProfit"):
        if order.HasField(name):
            setattr(request, name, getattr(order, name))
    for name in ("expirationTimestamp", "trailingStopLoss", "stopTriggerMethod"):
        if order.HasField(name):
            setattr(request, name, getattr(order, name))
    if order.tradeData.guaranteedStopLoss:
        request.guaranteedStopLoss = True
    side = Side.BUY if order.tradeData.tradeSide == ProtoOATradeSide.BUY else Side.SELL
    kind = next((ours for ours, theirs in TYPES.items() if theirs == order.orderType), None)
    if kind is None:
        raise ValueRefused(f"order {order.orderId} is of a kind that the venue alone changes")
    _set_prices(request, kind, command.price, command.stop, listed.digits, side)
    return request


def _set_prices(
    request: ProtoOANewOrderReq | ProtoOAAmendOrderReq,
    kind: OrderType,
    price: float | None,
    stop: float | None,
    digits: int,
    side: Side,
) -> None:
    if kind is OrderType.LIMIT and price is not None:
        request.limitPrice = price
    if kind in (OrderType.STOP, OrderType.STOP_LIMIT) and stop is not None:
        request.stopPrice = stop
    if kind is OrderType.STOP_LIMIT and price is not None and stop is not None:
        points = round((price - stop) * side * 10**digits)
        if points < 0:
            raise ValueRefused(
                f"limit {price!r} is on the near side of trigger {stop!r}; cTrader reaches only "
                "from the trigger on"
            )
        request.slippageInPoints = points


def _set_protection(request: ProtoOANewOrderReq, asked: Protection, digits: int) -> None:
    """Write the levels that the venue is to keep at what an order opens.

    Orders that execute at once take distances alone: their price is not known before.
    """
    at_once = request.orderType in (ProtoOAOrderType.MARKET, ProtoOAOrderType.MARKET_RANGE)
    if at_once and (asked.stop_loss is not None or asked.take_profit is not None):
        raise ValueRefused(
            "cTrader takes no prices as exits of an order that executes at once; give distances"
        )
    if asked.stop_loss is not None:
        request.stopLoss = asked.stop_loss
    if asked.take_profit is not None:
        request.takeProfit = asked.take_profit
    if asked.stop_distance is not None:
        request.relativeStopLoss = _distance(asked.stop_distance, digits)
    if asked.profit_distance is not None:
        request.relativeTakeProfit = _distance(asked.profit_distance, digits)
    _set_flags(request, asked)


def _set_flags(request: ProtoOANewOrderReq, asked: Protection) -> None:
    """Write how the stop is; without one there is nothing to trail or to guarantee."""
    has_stop = asked.stop_loss is not None or asked.stop_distance is not None
    if not has_stop and (asked.trailing or asked.guaranteed):
        raise ValueRefused("a stop that trails or is guaranteed needs a stop-loss")
    if asked.trailing:
        request.trailingStopLoss = True
    if asked.guaranteed:
        request.guaranteedStopLoss = True


def _distance(value: float, digits: int) -> int:
    """Return a distance in 10^-5; one that is no whole number of ticks is refused."""
    ticks: int = round(value * 10**digits)
    if ticks <= 0 or canonical(ticks, digits) != round_15(value):
        raise ValueRefused(f"distance {value!r} is no number of ticks of 10^-{digits}")
    return ticks * int(10 ** (PRICE_DIGITS - digits))


def cancellation(order: ProtoOAOrder, account_id: int) -> ProtoOACancelOrderReq:
    """Return the request that takes an order out of the market."""
    return ProtoOACancelOrderReq(ctidTraderAccountId=account_id, orderId=order.orderId)


def closing(command: ClosePosition, account_id: int) -> ProtoOAClosePositionReq:
    """Return the request that closes a position or a part of it."""
    return ProtoOAClosePositionReq(
        ctidTraderAccountId=account_id,
        positionId=position_id(command.position_id),
        volume=volume(command.quantity),
    )


def protection(
    command: SetProtection, account_id: int, position: ProtoOAPosition | None
) -> ProtoOAAmendPositionSLTPReq:
    """Return the request that sets both levels of a position: None removes one.

    What else holds of the position's stop is repeated: by which prices it is triggered, and whether
    it is guaranteed.
    """
    request = ProtoOAAmendPositionSLTPReq(
        ctidTraderAccountId=account_id, positionId=position_id(command.position_id)
    )
    if command.stop_loss is not None:
        request.stopLoss = command.stop_loss
        request.trailingStopLoss = command.trailing
    elif command.trailing:
        raise ValueRefused("a stop that trails needs a stop-loss")
    if command.take_profit is not None:
        request.takeProfit = command.take_profit
    if position is not None:
        request.guaranteedStopLoss = position.guaranteedStopLoss
        request.stopLossTriggerMethod = position.stopLossTriggerMethod
    return request


def position_id(text: str) -> int:
    """Return the venue's number of a position; raises ValueRefused for what is none."""
    if not (text.isascii() and text.isdigit()):
        raise ValueRefused(f"position {text!r} is no number; name one that the account holds")
    return int(text)
