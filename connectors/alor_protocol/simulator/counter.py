"""Where commands are judged and carried out, whichever wire they came by.

Answers in the venue's words; the HTTP and socket ends put them into their shapes.
"""

import msgspec

from connectors.alor_protocol.mapping.commands import client_order_id_of
from connectors.alor_protocol.messages.requests import OrderRequest
from connectors.alor_protocol.simulator.profile import Listed, Listings
from connectors.alor_protocol.simulator.records import is_stop, stop_number
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.records import BrokerOrder
from engine.model.commands import OrderType, Side, SubmitOrder, TimeInForce
from engine.model.truth import Standing

_KINDS = {
    "market": OrderType.MARKET,
    "limit": OrderType.LIMIT,
    "stop": OrderType.STOP,
    "stoplimit": OrderType.STOP_LIMIT,
}
_LIVES = {
    "oneday": TimeInForce.DAY,
    "goodtillcancelled": TimeInForce.GTC,
    "bookorcancel": TimeInForce.DAY,
    "immediateorcancel": TimeInForce.IOC,
    "fillorkill": TimeInForce.FOK,
    "attheclose": TimeInForce.FOK,
}
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_CODES = {
    "insufficient funds": ("NotEnoughCash (401)", "Insufficient funds by the client's limits"),
    "session closed": ("ExchangeTradingIsStopped (306)", "Security is not currently trading"),
    "price invalid": ("InternalErrorWithPrices (409)", "Price is invalid"),
}
_COMMENT_MAX = 100
_QUANTITY_MAX = 2**31 - 1


class Taken(msgspec.Struct, frozen=True):
    """Say that a command was carried out on the order of this number."""

    number: str


class Turned(msgspec.Struct, frozen=True):
    """Say why a command was not carried out: an HTTP status, a code and a text."""

    status: int
    code: str
    message: str


_NO_INSTRUMENT = Turned(400, "ExchangeUnknownInstrument", "Unknown instrument in the order")
_FOREIGN = Turned(403, "", "The portfolio is not the client's")
_NOT_TO_CANCEL = Turned(400, "OrderToCancelNotFound (404)", "Order to cancel not found")
_NOT_TO_MODIFY = Turned(400, "OrderToModifyNotFound (403)", "Order to modify not found")
_MALFORMED = Turned(
    400,
    "",
    "Provided json can't be properly deserialised, perhaps you made an error or forgot some field",
)


class OrderCounter:
    """Create, replace and delete orders at the broker.

    A replace takes the old order out and puts a new one in, under a new number. Refusals come at
    once unless the quirk `rejections` is `late`: then the order shows as rejected in its stream.
    """

    def __init__(
        self,
        broker: SimulatedBroker,
        listings: Listings,
        faults: FaultPlan,
        *,
        late_rejections: bool = False,
    ) -> None:
        self._broker = broker
        self._listings = listings
        self._faults = faults
        self._late = late_rejections

    def execute(
        self, request: OrderRequest, portfolios: tuple[str, ...], now: int
    ) -> Taken | Turned:
        """Carry out a command for a client who has these portfolios."""
        action, _, kind = (request.opcode or "").casefold().partition(":")
        type_ = _KINDS.get(kind)
        if type_ is None or request.user is None:
            return _MALFORMED
        if request.user.portfolio not in portfolios:
            return _FOREIGN
        if action == "create":
            return self._create(request, type_, now)
        if action == "update":
            return self._update(request, type_, now)
        return self._delete(request, type_, now) if action == "delete" else _MALFORMED

    def cancel_all(self, portfolio: str, now: int, *, stops: bool | None) -> Taken | Turned:
        """Cancel all orders of a portfolio, only stops or only others if that is asked."""
        found = [
            order
            for order in self._broker.orders(portfolio)
            if order.is_working and stops in (None, is_stop(order))
        ]
        for order in found:
            self._broker.cancel(order.venue_order_id, now)
        if not found:
            return Turned(400, "OrderToCancelNotFound", "Orders to cancel not found")
        return Taken("")

    def _create(self, request: OrderRequest, kind: OrderType, now: int) -> Taken | Turned:
        listed = self._listed(request)
        if isinstance(listed, Turned):
            return listed
        wrong = _fault_of(request, kind, listed)
        if wrong is not None:
            return wrong
        if self._faults.strikes(Fault.REJECT, request.opcode or ""):
            return Turned(400, "UnknownError (408)", "The order was refused")
        assert request.quantity is not None
        order = self._place(request, kind, request.quantity * listed.lot, listed, now)
        return self._answer(order)

    def _update(self, request: OrderRequest, kind: OrderType, now: int) -> Taken | Turned:
        order = self._find(request, kind)
        listed = self._listed(request)
        if order is None or not order.is_working:
            return _NOT_TO_MODIFY
        if isinstance(listed, Turned):
            return listed
        wrong = _fault_of(request, kind, listed)
        if wrong is not None:
            return wrong
        assert request.quantity is not None
        reason = self._broker.cancel(order.venue_order_id, now)
        if reason:
            return _NOT_TO_MODIFY
        return self._answer(self._place(request, kind, request.quantity * listed.lot, listed, now))

    def _delete(self, request: OrderRequest, kind: OrderType, now: int) -> Taken | Turned:
        order = self._find(request, kind)
        if order is None or not order.is_working:
            return _NOT_TO_CANCEL
        reason = self._broker.cancel(order.venue_order_id, now)
        return _NOT_TO_CANCEL if reason else Taken(request.order_id or "")

    def _place(
        self, request: OrderRequest, kind: OrderType, units: float, listed: Listed, now: int
    ) -> BrokerOrder:
        assert request.user is not None
        life = (request.time_in_force or "oneday").casefold()
        comment = request.comment or ""
        command = SubmitOrder(
            client_order_id=client_order_id_of(comment) or comment,
            strategy="",
            account=request.user.portfolio,
            instrument=listed.instrument.id,
            ts=now,
            side=_SIDES[(request.side or "").casefold()],
            type=kind,
            quantity=units,
            price=request.price if kind in (OrderType.LIMIT, OrderType.STOP_LIMIT) else None,
            stop=request.trigger_price,
            time_in_force=_LIVES.get(life, TimeInForce.DAY),
            post_only=life == "bookorcancel",
        )
        return self._broker.submit(command, remark=comment)

    def _answer(self, order: BrokerOrder) -> Taken | Turned:
        if order.standing is not Standing.REJECTED or self._late:
            return Taken(stop_number(order) if is_stop(order) else order.venue_order_id)
        code, message = _CODES.get(order.reason, ("UnknownError (408)", order.reason))
        return Turned(400, code, message)

    def _listed(self, request: OrderRequest) -> Listed | Turned:
        key = request.instrument
        if key is None:
            return _MALFORMED
        return self._listings.find(key.exchange, key.symbol) or _NO_INSTRUMENT

    def _find(self, request: OrderRequest, kind: OrderType) -> BrokerOrder | None:
        """Return the order that a command names; stop orders have numbers of their own."""
        number = request.order_id or ""
        if kind in (OrderType.LIMIT, OrderType.MARKET):
            return self._broker.order(number)
        assert request.user is not None
        orders = self._broker.orders(request.user.portfolio)
        return next((o for o in orders if is_stop(o) and stop_number(o) == number), None)


def _fault_of(request: OrderRequest, kind: OrderType, listed: Listed) -> Turned | None:
    """Return what is wrong with the values of an order."""
    if request.quantity is None or not 0 < request.quantity <= _QUANTITY_MAX:
        return Turned(400, "ExchangeIncorrectQuantity (304)", "Invalid or unsupported quantity")
    if (request.side or "").casefold() not in _SIDES or len(request.comment or "") > _COMMENT_MAX:
        return _MALFORMED
    needs_price = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    needs_trigger = kind in (OrderType.STOP, OrderType.STOP_LIMIT)
    prices = ([request.price] if needs_price else []) + (
        [request.trigger_price] if needs_trigger else []
    )
    for price in prices:
        if price is None:
            return _MALFORMED
        if listed.instrument.price(price) != price:
            text = f"Price is not a multiple of the step. Minimum price step: {listed.tick}"
            return Turned(400, "InternalErrorWithPrices (409)", text)
    return None
