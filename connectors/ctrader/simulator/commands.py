"""Requests for orders as commands to the broker behind the simulated venue.

Checks nothing but that the kind of order is known.
"""

from connectors.ctrader.mapping.scaling import nanoseconds, quantity
from connectors.ctrader.schema.position_pb2 import ProtoOAOrderType, ProtoOATimeInForce
from connectors.ctrader.schema.trading_pb2 import ProtoOANewOrderReq
from connectors.ctrader.simulator.refusal import Refusal
from engine.model.commands import OrderType, Side, SubmitOrder, TimeInForce
from engine.model.instrument import Instrument

_TIMES = {
    ProtoOATimeInForce.GOOD_TILL_CANCEL: TimeInForce.GTC,
    ProtoOATimeInForce.GOOD_TILL_DATE: TimeInForce.GTD,
    ProtoOATimeInForce.IMMEDIATE_OR_CANCEL: TimeInForce.IOC,
    ProtoOATimeInForce.FILL_OR_KILL: TimeInForce.FOK,
}


def command_of(
    request: ProtoOANewOrderReq, account: str, instrument: Instrument, now: int
) -> SubmitOrder:
    """Return a request as a command; a market range is a limit that does not rest."""
    side = Side(1 if request.tradeSide == 1 else -1)
    kinds = {
        ProtoOAOrderType.MARKET: OrderType.MARKET,
        ProtoOAOrderType.LIMIT: OrderType.LIMIT,
        ProtoOAOrderType.STOP: OrderType.STOP,
        ProtoOAOrderType.STOP_LIMIT: OrderType.STOP_LIMIT,
        ProtoOAOrderType.MARKET_RANGE: OrderType.LIMIT,
    }
    kind = kinds.get(request.orderType)
    time = _TIMES.get(request.timeInForce)
    if kind is None or time is None:
        raise Refusal("INVALID_REQUEST", "Order type or time in force is not supported")
    at_once = request.orderType in (ProtoOAOrderType.MARKET, ProtoOAOrderType.MARKET_RANGE)
    price, stop = None, request.stopPrice if request.HasField("stopPrice") else None
    if kind is OrderType.STOP_LIMIT and stop is not None:
        price = reached(stop, request.slippageInPoints, side, instrument)
    elif request.orderType == ProtoOAOrderType.MARKET_RANGE:
        base = request.baseSlippagePrice
        price = reached(base, request.slippageInPoints, side, instrument)
    elif kind is OrderType.LIMIT:
        price = request.limitPrice
    return SubmitOrder(
        request.clientOrderId,
        "",
        account,
        instrument.id,
        now,
        side,
        kind,
        quantity(request.volume),
        price,
        stop,
        time_in_force=TimeInForce.IOC if at_once else time,
        expire_ts=nanoseconds(request.expirationTimestamp) if time is TimeInForce.GTD else None,
    )


def reached(price: float, points: int, side: int, instrument: Instrument) -> float:
    """Return a price moved by points against whoever trades."""
    units = instrument.price_to_grid(price) + points * side
    return units / instrument.price_scale
