"""The risk gate: decides each intent by the state it is given; only it makes what can be sent.

Reads no clock and keeps no state of its own, so that the same journal gives the same verdicts.
`engine.gate.control` chooses which rules a route has.
"""

import msgspec

from engine.gate.approved import Approved
from engine.gate.rates.rule import Traffic
from engine.gate.rules.hedged import unprotectable
from engine.gate.verdict import Change, Denial, Waiting
from engine.model.commands import (
    CancelOrder,
    ClosePosition,
    ReplaceOrder,
    SetProtection,
    SubmitOrder,
)
from engine.model.reports import DenialReason
from engine.model.zones import NEVER
from engine.orders.life import CLOSED, Life, Request
from engine.orders.order import PLAIN, Order, Terms, VenueOrder

_EXIT, _ENTRY = Traffic.EXIT, Traffic.ENTRY
_WORKING = Life.WORKING
_CANCELS = (Request.CANCEL, Request.CANCEL_UNSURE)


class RiskGate:
    """Approve or deny intents.

    An order is weighed at its limit, else its trigger, else the reference price. Every method
    returns an `Approved` command, the denial `(reason, message)`, or WAITING where a limit on the
    rate lets it through later. Limits are asked last, so that a denied intent uses none up.
    """

    __slots__ = ()

    def submit(self, order: Order, now: int) -> Approved[SubmitOrder] | Denial | Waiting:
        """Decide a new order; without a price it is weighed at its `arrival_price`."""
        units, route, terms = order.units, order.route, order.terms
        if order.leg is not None:
            return DenialReason.ALREADY_SENT, f"order {order.id} was sent once already"
        bound = order.price
        if bound is None:
            bound = order.arrival_price if order.stop is None else order.stop
        traffic = _EXIT if route.is_exit(order, units) else _ENTRY
        denial = self._judge(order, units, units, bound, traffic)
        if denial is not None:
            return denial
        leave_by = NEVER
        if route.pace is not None:
            asked = route.pace.submit(order, traffic, now)
            if not isinstance(asked, int):
                return asked
            leave_by = asked
        for note in route.notes:
            note(order, bound)
        command = SubmitOrder(
            order.id,
            route.strategy,
            route.account.id,
            route.name,
            now,
            order.side,
            order.type,
            order.quantity,
            order.price,
            order.stop,
            order.trail,
        )
        return Approved(command if terms is PLAIN else _under(command, terms), leave_by)

    def close(self, order: Order, now: int) -> Approved[ClosePosition] | Denial | Waiting:
        """Decide to close the position that an order names, or a part of it, at the market."""
        units, route = order.units, order.route
        if order.leg is not None:
            return DenialReason.ALREADY_SENT, f"order {order.id} was sent once already"
        denial = self._judge(order, units, units, order.arrival_price, _EXIT)
        if denial is not None:
            return denial
        leave_by = NEVER
        if route.pace is not None:
            asked = route.pace.close(order, now)
            if not isinstance(asked, int):
                return asked
            leave_by = asked
        name, position = route.account.id, order.terms.position_id
        command = ClosePosition(
            order.id, route.strategy, name, route.name, now, position, order.quantity
        )
        return Approved(command, leave_by)

    def protect(self, order: Order, now: int) -> Approved[SetProtection] | Denial | Waiting:
        """Decide to set the exits that the venue keeps at the position that an order names."""
        route, terms = order.route, order.terms
        denial = order.problem or unprotectable(order)
        for rule in route.exit_rules if denial is None else ():
            denial = denial or rule(order, 0, 0, order.arrival_price)
        if denial is not None:
            return denial
        leave_by = NEVER
        if route.pace is not None:
            asked = route.pace.protect(order, now)
            if not isinstance(asked, int):
                return asked
            leave_by = asked
        trailing = terms.protection is not None and terms.protection.trailing
        name, position = route.account.id, terms.position_id
        exits = order.stop, order.price, trailing
        command = SetProtection(order.id, route.strategy, name, route.name, now, position, *exits)
        return Approved(command, leave_by)

    def replace(
        self,
        order: Order,
        leg: VenueOrder,
        change: Change,
        now: int,
    ) -> Approved[ReplaceOrder] | Denial | Waiting:
        """Decide a change of a working order; limits weigh only what it adds to the worst case.

        `change` is the new (quantity, price, stop).
        """
        if leg.life is not _WORKING or leg.request:
            return _not_ready(order, leg)
        quantity, price, stop = change
        route = order.route
        units = round(quantity * route.quantity_scale)
        if units <= leg.filled:
            return (
                DenialReason.QUANTITY_TOO_SMALL,
                f"quantity {quantity:g} is not above the {order.filled:g} filled",
            )
        wanted = units - leg.filled
        added = wanted if route.replace_adds else max(0, wanted - leg.reserved)
        bound = price
        if bound is None:
            bound = route.market.mark() if stop is None else stop
        traffic = _EXIT if route.is_exit(order, added) else _ENTRY
        denial = self._judge(order, units, added, bound, traffic)
        if denial is not None:
            return denial
        leave_by = NEVER
        if route.pace is not None:
            asked = route.pace.replace(order, change, traffic, now)
            if not isinstance(asked, int):
                return asked
            leave_by = asked
        leg.requests += 1
        for note in route.notes:
            note(order, bound)
        account = route.account.id
        return Approved(
            ReplaceOrder(order.id, account, route.name, now, leg.requests, quantity, price, stop),
            leave_by,
        )

    def cancel(
        self, order: Order, leg: VenueOrder, now: int
    ) -> Approved[CancelOrder] | Denial | Waiting:
        """Decide a cancel: only an order that is closed or already being canceled is refused.

        It overtakes a change that has no answer yet.
        """
        if CLOSED[leg.life] or leg.request in _CANCELS:
            return _not_ready(order, leg)
        route, leave_by = order.route, NEVER
        if route.pace is not None:
            asked = route.pace.cancel(order, now)
            if not isinstance(asked, int):
                return asked
            leave_by = asked
        leg.requests += 1
        command = CancelOrder(order.id, route.account.id, route.name, now, leg.requests)
        return Approved(command, leave_by)

    def _judge(
        self, order: Order, quantity: int, added: int, bound: float, traffic: Traffic
    ) -> Denial | None:
        route = order.route
        if order.problem is not None:
            return order.problem
        if not route.quantity_min <= quantity <= route.quantity_max:
            return _off_size(order, quantity)
        if order.terms.reduce_only and not route.account.hedging:
            if not route.keeps_reduce_only:
                return DenialReason.NOT_SUPPORTED, f"{route.account.venue} has no reduce-only"
            if route.exposure.position.quantity * order.side >= 0:
                return DenialReason.NOTHING_TO_REDUCE, "the account holds nothing that this reduces"
        for rule in route.exit_rules if traffic is _EXIT else route.entry_rules:
            denial = rule(order, quantity, added, bound)
            if denial is not None:
                return denial
        return None


def _under(command: SubmitOrder, terms: Terms) -> SubmitOrder:
    """Return an order under terms that are not the plain ones, which most orders share."""
    return msgspec.structs.replace(
        command,
        time_in_force=terms.time_in_force,
        expire_ts=terms.expire_ts,
        post_only=terms.post_only,
        reduce_only=terms.reduce_only,
        position_id=terms.position_id,
        protection=terms.protection,
    )


def _off_size(order: Order, quantity: int) -> Denial:
    route = order.route
    scale = route.quantity_scale
    asked = f"asked {order.asked_quantity if order.leg is None else quantity / scale:g}"
    if quantity < route.quantity_min:
        least = f"the least is {route.quantity_min / scale:g}"
        return DenialReason.QUANTITY_TOO_SMALL, f"{asked}, {least}"
    return DenialReason.QUANTITY_TOO_LARGE, f"{asked}, the most is {route.quantity_max / scale:g}"


def _not_ready(order: Order, leg: VenueOrder) -> Denial:
    reason = DenialReason.ORDER_CLOSED if CLOSED[leg.life] else DenialReason.REQUEST_IN_FLIGHT
    return reason, f"order is {order.status.value}"
