"""Carry out requests that trade: check them as the venue does, then ask the broker.

Tells nothing itself: the desk hears what the broker does.
"""

from connectors.ctrader.mapping.scaling import quantity, volume
from connectors.ctrader.schema.position_pb2 import ProtoOAOrderType
from connectors.ctrader.schema.trading_pb2 import (
    ProtoOAAmendOrderReq,
    ProtoOAAmendPositionSLTPReq,
    ProtoOACancelOrderReq,
    ProtoOAClosePositionReq,
    ProtoOANewOrderReq,
)
from connectors.ctrader.simulator.checks import (
    check_digits,
    check_order,
    check_sides,
    check_stop,
    check_volume,
)
from connectors.ctrader.simulator.commands import command_of, reached
from connectors.ctrader.simulator.desk import Desk
from connectors.ctrader.simulator.listing import Listing
from connectors.ctrader.simulator.positions import Levels, Position
from connectors.ctrader.simulator.refusal import Refusal
from connectors.simulation.broker import (
    TOO_MUCH_TO_CLOSE,
    UNKNOWN_ORDER,
    UNKNOWN_POSITION,
    SimulatedBroker,
)
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.records import BrokerOrder
from engine.model.commands import OrderType, SubmitOrder
from engine.model.instrument import Instrument
from engine.model.truth import Standing

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

LATE = "late"


class Trading:
    """Take the requests of one account after another; raises Refusal for what is not taken.

    `rejects` says how else an order is refused that the checks let pass: `event` by an execution
    event, `late` by one after that of its acceptance.
    """

    def __init__(
        self,
        broker: SimulatedBroker,
        desk: Desk,
        listing: Listing,
        faults: FaultPlan,
        rejects: str = "",
    ) -> None:
        self._broker = broker
        self._desk = desk
        self._listing = listing
        self._faults = faults
        self._rejects = rejects

    def submit(self, request: ProtoOANewOrderReq, account: str, now: int) -> None:
        """Place an order."""
        instrument = self._listing.known(request.symbolId)
        if self._faults.strikes(Fault.REJECT, request.clientOrderId):
            raise Refusal("TRADING_DISABLED", "Trading is disabled")
        check_order(request, instrument)
        command = command_of(request, account, instrument, now)
        is_new = not request.HasField("positionId")
        if command.type is OrderType.MARKET or request.orderType == ProtoOAOrderType.MARKET_RANGE:
            self._check_market(command, instrument, opens=is_new)
        self._desk.asking = request
        try:
            position_id = "" if is_new else str(request.positionId)
            order = self._broker.submit(command, position_id=position_id)
        finally:
            self._desk.asking = None
        self._check_taken(order)

    def cancel(self, request: ProtoOACancelOrderReq, account: str, now: int) -> None:
        """Take an order out of the market."""
        order = self._own(request.orderId, account)
        problem = self._broker.cancel(str(request.orderId), now)
        if problem and self._rejects:
            self._desk.refuse(order, "CANCEL_REJECTED", _CODES.get(problem, "INVALID_REQUEST"))
        else:
            _check_done(problem, request.orderId)

    def amend(self, request: ProtoOAAmendOrderReq, account: str, now: int) -> None:
        """Change a pending order; what the request leaves out stays."""
        order = self._own(request.orderId, account)
        instrument = self._broker.instruments[order.instrument]
        for name in ("limitPrice", "stopPrice", "stopLoss", "takeProfit"):
            check_digits(request, name, instrument)
        if request.HasField("volume"):
            check_volume(request.volume, instrument)
        stop = request.stopPrice if request.HasField("stopPrice") else order.stop
        price = request.limitPrice if request.HasField("limitPrice") else order.price
        if order.type is OrderType.STOP_LIMIT and stop is not None:
            price = reached(stop, request.slippageInPoints, order.side, instrument)
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
            check_digits(request, name, instrument)
        levels = Levels(
            request.stopLoss if request.HasField("stopLoss") else None,
            request.takeProfit if request.HasField("takeProfit") else None,
            trailing=request.trailingStopLoss,
            guaranteed=request.guaranteedStopLoss,
        )
        quote = self._broker.tape.quotes[position.instrument]
        check_sides(levels, position.side, quote)
        market = self._desk.books.closing_price(position)
        away = None if levels.stop_loss is None else abs(market - levels.stop_loss)
        check_stop(levels, away, instrument)
        _check_no_worse(position, levels)
        self._desk.protect(position, levels, now, is_server=False)

    def close(self, request: ProtoOAClosePositionReq, account: str, now: int) -> None:
        """Close a position or a part of it at the market."""
        position = self._position(request.positionId, account)
        check_volume(request.volume, self._broker.instruments[position.instrument])
        if request.volume > abs(position.size):
            raise Refusal("TRADING_BAD_VOLUME", "Volume is above that of the position")
        order = self._broker.close(
            account, self._desk.books.key(position), now, quantity=quantity(request.volume)
        )
        if isinstance(order, str):
            raise Refusal(_CODES.get(order, "INVALID_REQUEST"), order)
        self._check_taken(order)

    def _check_market(self, command: SubmitOrder, instrument: Instrument, *, opens: bool) -> None:
        """Refuse what cannot be executed now, or what the account's equity would not carry."""
        quote = self._broker.tape.quotes.get(instrument.id)
        if quote is None:
            raise Refusal("NO_QUOTES", "There are no quotes to execute the order on")
        books, account = self._desk.books, command.account
        if not opens or not self._broker.accounts[account].hedges:
            return
        opened = Position(
            number=0,
            account=account,
            instrument=instrument.id,
            symbol_id=0,
            side=command.side,
            size=volume(command.quantity) * command.side,
            price=quote.ask if command.side > 0 else quote.bid,
        )
        if books.margin_with(opened) > books.equity(account):
            raise Refusal("NOT_ENOUGH_MONEY", "Not enough funds to open this Position")

    def _check_taken(self, order: BrokerOrder) -> None:
        if order.standing is not Standing.REJECTED:
            return
        code = _CODES.get(order.reason, "INVALID_REQUEST")
        if not self._rejects:
            raise Refusal(code, order.reason)
        if self._rejects == LATE:
            self._desk.refuse(order, "ACCEPTED", "")
        self._desk.refuse(order, "REJECTED", code)

    def _own(self, order_id: int, account: str) -> BrokerOrder:
        order = self._broker.order(str(order_id))
        if order is None or order.account != account:
            raise Refusal("ORDER_NOT_FOUND", f"Order not found with id {order_id}")
        return order

    def _position(self, number: int, account: str) -> Position:
        position = self._desk.books.positions.get(number)
        if position is None or position.account != account or not position.size:
            raise Refusal("POSITION_NOT_FOUND", f"Position not found with id {number}")
        return position


def _check_no_worse(position: Position, levels: Levels) -> None:
    """Refuse to widen or to give up a stop that is guaranteed."""
    before, now = position.levels.stop_loss, levels.stop_loss
    if not position.levels.guaranteed or before is None:
        return
    if now is None or not levels.guaranteed or (now - before) * position.side < 0:
        raise Refusal("WORSE_GSL_NOT_ALLOWED", "A guaranteed stop loss may not be worse")


def _check_done(problem: str, order_id: int) -> None:
    if problem:
        code = _CODES.get(problem, "INVALID_REQUEST")
        raise Refusal(
            code, f"Order not found with id {order_id}" if code == "ORDER_NOT_FOUND" else problem
        )
