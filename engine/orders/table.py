"""The order table: applies evidence from the venue to orders, and keeps what they reserve.

Books no money: it tells the caller which quantity a fill moved, once, whatever doubles arrive.
"""

from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from engine.model.reports import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderLost,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    OrderTriggered,
    OrderUnknown,
    ProtectionSet,
    ReplaceRejected,
)
from engine.orders.life import CLOSED, NEXT, Evidence, Life, Request
from engine.orders.order import Order, VenueOrder

# Members of an enumeration are slow to reach through their class; every report needs some.
_SENT, _WORKING, _FILLED, _LOST = Life.SENT, Life.WORKING, Life.FILLED, Life.LOST
_NONE, _CANCEL = Request.NONE, Request.CANCEL
_AMEND, _AMEND_UNSURE = Request.AMEND, Request.AMEND_UNSURE
_ACK, _FILL, _AMENDED, _REJECT, _CANCELED, _EXPIRED, _TIMED_OUT, _ABSENT = Evidence
_UNSURE = {
    Request.NONE: Request.NONE,
    Request.CANCEL: Request.CANCEL_UNSURE,
    Request.AMEND: Request.AMEND_UNSURE,
    Request.CANCEL_UNSURE: Request.CANCEL_UNSURE,
    Request.AMEND_UNSURE: Request.AMEND_UNSURE,
}
_AMENDS = (Request.AMEND, Request.AMEND_UNSURE)
_CANCELS = (Request.CANCEL, Request.CANCEL_UNSURE)
RETAINED_MAX = 10_000
"""How many closed orders stay known for late evidence; beyond that the oldest is forgotten."""

Reader = Callable[[Order, VenueOrder, Any], int]
"""Reads a report of one kind into an order; returns the quantity (units) that it newly filled."""


class OrderTable:
    """Keep every order that may still matter, by client order id.

    `counts` tells how often evidence was stale, doubled, late or from an order nobody knows;
    `reopened` is told of an order that late evidence has brought back to life. `closed` grows by
    each order that a report has closed; whoever looks after that takes them away.
    """

    def __init__(self, reopened: Callable[[Order], None]) -> None:
        self.orders: dict[str, Order] = {}
        self.counts: Counter[str] = Counter()
        self.closed: list[Order] = []
        self._reopened = reopened
        self._retained: deque[str] = deque()
        self._readers: dict[type[OrderReport], Reader] = {
            OrderAccepted: self._accepted,
            OrderFilled: self._filled,
            OrderReplaced: self._replaced,
            OrderRejected: self._rejected,
            OrderCanceled: self._canceled,
            OrderExpired: self._expired,
            OrderUnknown: self._unknown,
            OrderLost: self._lost,
            CancelRejected: self._cancel_rejected,
            ReplaceRejected: self._replace_rejected,
            OrderTriggered: self._triggered,
            ProtectionSet: self._protected,
        }

    def sent(self, order: Order) -> None:
        """Take an order that the gate approved: reserve its whole quantity."""
        units = order.units
        order.leg = VenueOrder(order.id, units, units)
        self.orders[order.id] = order
        route = order.route
        route.held.open_orders += 1
        route.exposure.open_orders += 1
        _move_reservation(order, units)

    def restore(self, order: Order, leg: VenueOrder) -> None:
        """Take over an order from an earlier run, as it stood.

        One that is lost reserves nothing any more: the session that sent it has ended.
        """
        order.leg = leg
        leg.reserved = 0
        leg.inherited = True
        self.orders[order.id] = order
        if CLOSED[leg.life]:
            self._retained.append(order.id)
        else:
            order.route.held.open_orders += 1
            order.route.exposure.open_orders += 1
        reserve(order, leg)

    def requested(
        self, order: Order, leg: VenueOrder, request: Request, new_quantity: int = 0
    ) -> None:
        """Note the request in flight; an amend reserves the larger of what is left and asked.

        Where a replace makes a second order it reserves both.
        """
        leg.request = request
        if new_quantity:
            leg.amending, leg.new_quantity = leg.requests, new_quantity
            leg.adding = new_quantity - leg.filled if order.route.replace_adds else 0
            reserve(order, leg)

    def apply(self, report: OrderReport) -> tuple[Order | None, int]:
        """Apply a report; return its order and the quantity (units, unsigned) that it newly filled.

        An order nobody knows gives None: the caller then books the account's position alone.
        """
        order = self.orders.get(report.client_order_id)
        if order is None or (leg := order.leg) is None:
            self.counts["report of an unknown order"] += 1
            return None, 0
        if not leg.venue_order_id:
            leg.venue_order_id = report.venue_order_id
        return order, self._readers[type(report)](order, leg, report)

    def _accepted(self, order: Order, leg: VenueOrder, report: OrderAccepted) -> int:
        if order.ts_accepted is None:
            order.ts_accepted = report.ts_event
        if leg.life is _SENT and not leg.filled:  # nearly always: nothing else can change
            leg.life = _WORKING
        else:
            self._settle(order, leg, _ACK, report.ts_event)
        return 0

    def _filled(self, order: Order, leg: VenueOrder, report: OrderFilled) -> int:
        if report.trade_id:
            if report.trade_id in leg.trades:
                self.counts["doubled fill"] += 1
                return 0
            leg.trades = (*leg.trades, report.trade_id)
        if CLOSED[leg.life]:
            self.counts["late fill"] += 1
        units = round(report.quantity * order.route.quantity_scale)
        if units:
            leg.filled += units
            order.notional += report.price * report.quantity
            self._settle(order, leg, _FILL, report.ts_event)
        return units

    def _replaced(self, order: Order, leg: VenueOrder, report: OrderReplaced) -> int:
        if report.revision <= leg.revision:
            self.counts["stale report"] += 1
            if leg.amending and report.request >= leg.amending:  # its terms were told before it
                _amend_answered(leg)
                self._settle(order, leg, None, report.ts_event)
            return 0
        leg.revision = report.revision
        leg.venue_order_id = report.venue_order_id or leg.venue_order_id
        leg.quantity = order.units = round(report.quantity * order.route.quantity_scale)
        order.quantity = report.quantity
        order.price = order.price if report.price is None else report.price
        order.stop = order.stop if report.stop is None else report.stop
        if leg.amending and report.request >= leg.amending:
            _amend_answered(leg)
        if leg.life is _FILLED and (leg.dead or leg.quantity <= leg.filled):
            reserve(order, leg)
        else:
            self._settle(order, leg, _AMENDED, report.ts_event)
        return 0

    def _rejected(self, order: Order, leg: VenueOrder, report: OrderRejected) -> int:
        order.reason = order.reason or report.reason
        _die(leg)
        self._settle(order, leg, _REJECT, report.ts_event)
        return 0

    def _canceled(self, order: Order, leg: VenueOrder, report: OrderCanceled) -> int:
        if report.reason and not order.reason:
            order.reason = report.reason
        if report.filled:
            _note_filled(order, leg, report.filled)
        _die(leg)
        self._settle(order, leg, _CANCELED, report.ts_event)
        return 0

    def _expired(self, order: Order, leg: VenueOrder, report: OrderExpired) -> int:
        if report.filled:
            _note_filled(order, leg, report.filled)
        _die(leg)
        self._settle(order, leg, _EXPIRED, report.ts_event)
        return 0

    def _unknown(self, order: Order, leg: VenueOrder, report: OrderUnknown) -> int:
        leg.request = _UNSURE[leg.request]
        self._settle(order, leg, _TIMED_OUT, report.ts_event)
        return 0

    def _lost(self, order: Order, leg: VenueOrder, report: OrderLost) -> int:
        self._settle(order, leg, _ABSENT, report.ts_event)
        return 0

    def _triggered(self, order: Order, leg: VenueOrder, report: OrderTriggered) -> int:
        return 0  # a triggered stop works as before

    def _protected(self, order: Order, leg: VenueOrder, report: ProtectionSet) -> int:
        """Note the exits of a position; what asked for them has nothing left to fill."""
        legs = order.route.exposure.legs
        if legs is not None:
            legs.protect(report.position_id, report.stop_loss, report.take_profit)
        self._settle(order, leg, _ACK, report.ts_event)
        return 0

    def _cancel_rejected(self, order: Order, leg: VenueOrder, report: CancelRejected) -> int:
        if leg.request in _CANCELS and report.request >= leg.requests:
            overtaken = _AMEND if leg.request is _CANCEL else _AMEND_UNSURE
            leg.request = overtaken if leg.amending else _NONE
            self._settle(order, leg, None, report.ts_event)
        else:
            self.counts["stale report"] += 1
        return 0

    def _replace_rejected(self, order: Order, leg: VenueOrder, report: ReplaceRejected) -> int:
        if leg.amending and report.request >= leg.amending:
            _amend_answered(leg)
            self._settle(order, leg, None, report.ts_event)
        else:
            self.counts["stale report"] += 1
        return 0

    def _settle(self, order: Order, leg: VenueOrder, evidence: Evidence | None, ts: int) -> None:
        """Move an order on by evidence (None: it stays), and all that depends on its life."""
        before = leg.life
        following = before if evidence is None else NEXT[before][evidence]
        if following is None:
            self.counts["stale report"] += 1
            following = before
        if leg.filled >= leg.quantity:
            following = _completed(leg, following)
        leg.life = following
        reserve(order, leg)
        if CLOSED[before]:
            if not CLOSED[following]:
                self._reopen(order)
        elif CLOSED[following]:
            self._close(order, leg, ts)

    def _close(self, order: Order, leg: VenueOrder, ts: int) -> None:
        leg.request = _NONE
        leg.amending = 0
        order.ts_closed = ts
        route = order.route
        route.held.open_orders -= 1
        route.exposure.open_orders -= 1
        self.closed.append(order)
        retained = self._retained
        retained.append(order.id)
        if len(retained) > RETAINED_MAX:
            del self.orders[retained.popleft()]
            self.counts["forgotten order"] += 1

    def _reopen(self, order: Order) -> None:
        order.ts_closed = None
        order.route.held.open_orders += 1
        order.route.exposure.open_orders += 1
        self._retained.remove(order.id)
        self.counts["reopened order"] += 1
        self._reopened(order)


def _amend_answered(leg: VenueOrder) -> None:
    """Take note that an amend has its own answer; a cancel that overtook it still waits."""
    leg.amending = 0
    if leg.request in _AMENDS:
        leg.request = _NONE


def _die(leg: VenueOrder) -> None:
    """Take note that the venue ended an order: no request of it will have another answer."""
    leg.dead = True
    leg.request = _NONE
    leg.amending = 0


def _note_filled(order: Order, leg: VenueOrder, filled: float) -> None:
    """Keep the filled quantity that a closing report names: more may still be on its way."""
    leg.cumulative = max(leg.cumulative, round(filled * order.route.quantity_scale))


def _completed(leg: VenueOrder, life: Life) -> Life:
    """Return FILLED for an order that is all filled, unless an amend could still add to it."""
    if life is _WORKING:
        return life if leg.amending else _FILLED
    return _FILLED if CLOSED[life] and leg.filled else life


def reserve(order: Order, leg: VenueOrder) -> None:
    """Bring the exposures to what an order could still fill; called after every change of it."""
    life = leg.life
    if CLOSED[life] and (life is not _LOST or leg.inherited):
        wanted = leg.cumulative - leg.filled
    else:
        wanted = leg.quantity - leg.filled
        if leg.amending:
            wanted = (
                wanted + leg.adding if leg.adding else max(wanted, leg.new_quantity - leg.filled)
            )
    if wanted < 0:  # noqa: PLR1730 - half the cost of max()
        wanted = 0
    change = wanted - leg.reserved
    if change:
        leg.reserved = wanted
        _move_reservation(order, change)


def _move_reservation(order: Order, change: int) -> None:
    """Add to what the strategy and its account reserve; a negative change releases."""
    route = order.route
    held, exposure = route.held, route.exposure
    if order.terms.reduce_only:
        held.reserve_reducing(order.side, change)
        exposure.reserve_reducing(order.side, change)
        if exposure.legs is not None:
            exposure.legs.reserve(order.terms.position_id, change)
    elif order.side > 0:
        held.buys += change
        exposure.buys += change
    else:
        held.sells += change
        exposure.sells += change
