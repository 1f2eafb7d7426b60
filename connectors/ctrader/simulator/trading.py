"""Carry out requests that trade: check them as the venue does, then ask the broker.

Tells nothing itself: the desk hears what the broker does.
"""

from connectors.ctrader.mapping.scaling import PRICE_DIGITS, nanoseconds, quantity, volume
from connectors.ctrader.schema.position_pb2 import ProtoOAOrderType, ProtoOATimeInForce
from connectors.ctrader.schema.trading_pb2 import (
    ProtoOAAmendOrderReq,
    ProtoOAAmendPositionSLTPReq,
    ProtoOACancelOrderReq,
    ProtoOAClosePositionReq,
    ProtoOANewOrderReq,
)
from connectors.ctrader.simulator.desk import Desk
from connectors.ctrader.simulator.listing import Listing
from connectors.ctrader.simulator.positions import Levels, Position
from connectors.simulation.broker import (
    TOO_MUCH_TO_CLOSE,
    UNKNOWN_ORDER,
    UNKNOWN_POSITION,
    SimulatedBroker,
)
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.records import BrokerOrder
from engine.model.commands import OrderType, Side, SubmitOrder, TimeInForce
from engine.model.instrument import Instrument
from engine.model.truth import Standing

_TIMES = {
    ProtoOATimeInForce.GOOD_TILL_CANCEL: TimeInForce.GTC,
    ProtoOATimeInForce.GOOD_TILL_DATE: TimeInForce.GTD,
    ProtoOATimeInForce.IMMEDIATE_OR_CANCEL: TimeInForce.IOC,
    ProtoOATimeInForce.FILL_OR_KILL: TimeInForce.FOK,
}
_CODES = {
    "insufficient funds": "NOT_ENOUGH_MONEY",
    "session closed": "MARKET_CLOSED",
    "expiry has passed": "TRADING_BAD_EXPIRATION_DATE",
    "quantity invalid": "TRADING_BAD_VOLUME",
    "price invalid": "TRADING_BAD_PRICES",
    "stop invalid": "TRADING_BAD_PRICES",
    UNKNOWN_POSITION: "POSITION_NOT_FOUND",
    TOO_MUCH_TO_CLOSE: "TRADING_BAD_VOLUME",
    UNKNOWN_ORDER: "ORDER_NOT_FOUND",
    "order is not working": "ORDER_NOT_FOUND",
}
"""The venue's codes for what the broker and its exchange say."""


class Refusal(Exception):
    """Carry the code and the words with which a request is refused."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.description = description


class Trading:
    """Take the requests of one account after another; raises Refusal for what is not taken."""

    def __init__(
        self, broker: SimulatedBroker, desk: Desk, listing: Listing, faults: FaultPlan
    ) -> None:
        self._broker = broker
        self._desk = desk
        self._listing = listing
        self._faults = faults

    def submit(self, request: ProtoOANewOrderReq, account: str, now: int) -> None:
        """Place an order."""
        instrument = self._listing.instrument(request.symbolId)
        if instrument is None:
            raise Refusal("SYMBOL_NOT_FOUND", f"Symbol not found with id {request.symbolId}")
        if self._faults.strikes(Fault.REJECT, request.clientOrderId):
            raise Refusal("TRADING_DISABLED", "Trading is disabled")
        _check(request, instrument)
        command = _command(request, account, instrument, now)
        if command.type is OrderType.MARKET and instrument.id not in self._broker.tape.quotes:
            raise Refusal("NO_QUOTES", "There are no quotes to execute the order on")
        position_id = str(request.positionId) if request.HasField("positionId") else ""
        self._desk.asking = request
        try:
            order = self._broker.submit(command, position_id=position_id, remark=request.label)
        finally:
            self._desk.asking = None
        _check_taken(order)

    def cancel(self, request: ProtoOACancelOrderReq, account: str, now: int) -> None:
        """Take an order out of the market."""
        self._own(request.orderId, account)
        _check_done(self._broker.cancel(str(request.orderId), now), request.orderId)

    def amend(self, request: ProtoOAAmendOrderReq, account: str, now: int) -> None:
        """Change a pending order; what the request leaves out stays."""
        order = self._own(request.orderId, account)
        instrument = self._broker.instruments[order.instrument]
        for name in ("limitPrice", "stopPrice", "stopLoss", "takeProfit"):
            _check_digits(request, name, instrument)
        if request.HasField("volume"):
            _check_volume(request.volume, instrument)
        stop = request.stopPrice if request.HasField("stopPrice") else order.stop
        price = request.limitPrice if request.HasField("limitPrice") else order.price
        if order.type is OrderType.STOP_LIMIT and stop is not None:
            price = _reached(stop, request.slippageInPoints, order.side, instrument)
        self._desk.revise(order.venue_order_id, request)
        problem = self._broker.replace(
            str(request.orderId),
            now,
            quantity=quantity(request.volume) if request.HasField("volume") else None,
            price=price,
            stop=stop,
        )
        _check_done(problem, request.orderId)

    def protect(self, request: ProtoOAAmendPositionSLTPReq, account: str, now: int) -> None:
        """Set both levels of a position; one that is left out is removed."""
        position = self._position(request.positionId, account)
        instrument = self._broker.instruments[position.instrument]
        for name in ("stopLoss", "takeProfit"):
            _check_digits(request, name, instrument)
        levels = Levels(
            request.stopLoss if request.HasField("stopLoss") else None,
            request.takeProfit if request.HasField("takeProfit") else None,
            trailing=request.trailingStopLoss,
        )
        self._check_sides(levels, position)
        self._desk.protect(position, levels, now, is_server=False)

    def close(self, request: ProtoOAClosePositionReq, account: str, now: int) -> None:
        """Close a position or a part of it at the market."""
        position = self._position(request.positionId, account)
        _check_volume(request.volume, self._broker.instruments[position.instrument])
        if request.volume > abs(position.size):
            raise Refusal("TRADING_BAD_VOLUME", "Volume is above that of the position")
        order = self._broker.close(
            account, self._desk.key(position), now, quantity=quantity(request.volume)
        )
        if isinstance(order, str):
            raise Refusal(_CODES.get(order, "INVALID_REQUEST"), order)
        _check_taken(order)

    def _own(self, order_id: int, account: str) -> BrokerOrder:
        order = self._broker.order(str(order_id))
        if order is None or order.account != account:
            raise Refusal("ORDER_NOT_FOUND", f"Order not found with id {order_id}")
        return order

    def _position(self, number: int, account: str) -> Position:
        position = self._desk.positions.get(number)
        if position is None or position.account != account or not position.size:
            raise Refusal("POSITION_NOT_FOUND", f"Position not found with id {number}")
        return position

    def _check_sides(self, levels: Levels, position: Position) -> None:
        """Refuse a level that the market has passed already."""
        quote = self._broker.tape.quotes[position.instrument]
        is_long = position.size > 0
        price, word = (quote.bid, "BID") if is_long else (quote.ask, "ASK")
        side = 1 if is_long else -1
        named = (("SL", levels.stop_loss, -side), ("TP", levels.take_profit, side))
        for name, level, direction in named:
            if level is not None and (level - price) * direction < 0:
                whose = "BUY" if is_long else "SELL"
                raise Refusal(
                    "TRADING_BAD_STOPS",
                    f"New {name} for {whose} position is on the wrong side of the current {word} "
                    f"price. current {word}: {price}, {name}: {level}",
                )


def _command(
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
        price = _reached(stop, request.slippageInPoints, side, instrument)
    elif request.orderType == ProtoOAOrderType.MARKET_RANGE:
        base = request.baseSlippagePrice
        price = _reached(base, request.slippageInPoints, side, instrument)
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


def _reached(price: float, points: int, side: int, instrument: Instrument) -> float:
    """Return a price moved by points against whoever trades."""
    units = instrument.price_to_grid(price) + points * side
    return units / instrument.price_scale


def _check(request: ProtoOANewOrderReq, instrument: Instrument) -> None:
    _check_volume(request.volume, instrument)
    for name in ("limitPrice", "stopPrice", "stopLoss", "takeProfit", "baseSlippagePrice"):
        _check_digits(request, name, instrument)
    if request.orderType == ProtoOAOrderType.MARKET and (request.stopLoss or request.takeProfit):
        raise Refusal(
            "INVALID_REQUEST",
            "SL/TP in absolute values are allowed only for order types: [LIMIT, STOP, STOP_LIMIT]",
        )
    unit = 10 ** (PRICE_DIGITS - instrument.price_digits)
    for name, what in (("relativeStopLoss", "stop loss"), ("relativeTakeProfit", "take profit")):
        if getattr(request, name) % unit or getattr(request, name) < 0:
            raise Refusal("INVALID_REQUEST", f"Relative {what} has invalid precision")


def _check_volume(units: int, instrument: Instrument) -> None:
    scale = instrument.quantity_scale
    step, least = volume(instrument.quantity_step / scale), volume(instrument.quantity_min / scale)
    most = None if instrument.quantity_max is None else volume(instrument.quantity_max / scale)
    if units < least or units % step or (most is not None and units > most):
        raise Refusal(
            "TRADING_BAD_VOLUME", f"Volume {units} is not from {least} in steps of {step}"
        )


def _check_digits(
    request: ProtoOANewOrderReq | ProtoOAAmendOrderReq | ProtoOAAmendPositionSLTPReq,
    name: str,
    instrument: Instrument,
) -> None:
    price, digits = getattr(request, name), instrument.price_digits
    if round(price, digits) != price:
        what = "protection" if name in ("stopLoss", "takeProfit") else "price"
        raise Refusal(
            "INVALID_REQUEST",
            f"Order {what} = {price} has more digits than symbol allows. Allowed {digits} digits",
        )


def _check_taken(order: BrokerOrder) -> None:
    if order.standing is Standing.REJECTED:
        raise Refusal(_CODES.get(order.reason, "INVALID_REQUEST"), order.reason)


def _check_done(problem: str, order_id: int) -> None:
    if problem:
        code = _CODES.get(problem, "INVALID_REQUEST")
        raise Refusal(
            code, f"Order not found with id {order_id}" if code == "ORDER_NOT_FOUND" else problem
        )
