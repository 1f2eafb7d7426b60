"""The order table: applies evidence from the venue to orders, and keeps what they reserve.

Books no money: it tells the caller which quantity a fill moved, once, whatever doubles arrive.
"""

from collections import Counter

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
    ReplaceRejected,
)
from engine.orders.life import CLOSED, NEXT, Evidence, Life, Request
from engine.orders.order import Order, VenueOrder

_EVIDENCE: dict[type[OrderReport], Evidence] = {
    OrderAccepted: Evidence.ACKNOWLEDGED,
    OrderFilled: Evidence.FILLED,
    OrderReplaced: Evidence.AMENDED,
    OrderRejected: Evidence.REJECTED,
    OrderCanceled: Evidence.CANCELED,
    OrderExpired: Evidence.EXPIRED,
    OrderUnknown: Evidence.TIMED_OUT,
    OrderLost: Evidence.ABSENT,
}
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
"""How many closed orders stay known for late evidence; the oldest is forgotten beyond that, and
counted.
"""


class OrderTable:
    """Keep every order that may still matter, by client order id.

    `counts` tells how often evidence was stale, doubled, late or from an order nobody knows.
    """

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.counts: Counter[str] = Counter()
        self._closed: dict[str, None] = {}

    def sent(self, order: Order, quantity: int) -> None:
        """Take an order that the gate approved: reserve its whole quantity (units)."""
        leg = order.leg = VenueOrder(order, order.id, quantity)
        self.orders[order.id] = order
        order.route.held.open_orders += 1
        order.route.exposure.open_orders += 1
        reserve(leg)

    def requested(self, leg: VenueOrder, request: Request, new_quantity: int = 0) -> None:
        """Note the request in flight; an amend reserves the larger of what is left and asked."""
        leg.request = request
        leg.new_quantity = new_quantity
        if new_quantity:
            reserve(leg)

    def apply(self, report: OrderReport) -> tuple[Order | None, int]:
        """Apply a report; return its order and the quantity (units, unsigned) that it newly filled.

        An order nobody knows gives None: the caller then books the account's position alone.
        """
        order = self.orders.get(report.client_order_id)
        leg = None if order is None else order.leg
        if order is None or leg is None:
            self.counts["report of an unknown order"] += 1
            return None, 0
        if report.venue_order_id and not leg.venue_order_id:
            leg.venue_order_id = report.venue_order_id
        evidence = _EVIDENCE.get(type(report))
        if evidence is None:
            self._answer(leg, report)
            return order, 0
        filled = self._fill(leg, report) if isinstance(report, OrderFilled) else 0
        if evidence != Evidence.FILLED or filled:
            self._advance(leg, evidence, report)
        return order, filled

    def _fill(self, leg: VenueOrder, report: OrderFilled) -> int:
        if report.trade_id and report.trade_id in leg.trades:
            self.counts["doubled fill"] += 1
            return 0
        if CLOSED[leg.life]:
            self.counts["late fill"] += 1
        order = leg.order
        quantity = round(report.quantity * order.route.instrument.quantity_scale)
        leg.trades.append(report.trade_id)
        leg.filled += quantity
        order.notional += report.price * report.quantity
        return quantity

    def _advance(self, leg: VenueOrder, evidence: Evidence, report: OrderReport) -> None:
        was_closed = CLOSED[leg.life]
        following = NEXT[leg.life][evidence]
        if evidence == Evidence.AMENDED:
            following = self._amended(leg, following, report)
        elif evidence in (Evidence.REJECTED, Evidence.CANCELED, Evidence.EXPIRED):
            _mark_dead(leg, report)
        elif evidence == Evidence.TIMED_OUT:
            leg.request = _UNSURE[leg.request]
        elif evidence == Evidence.ACKNOWLEDGED and leg.order.ts_accepted is None:
            leg.order.ts_accepted = report.ts_event
        if following is None:
            self.counts["stale report"] += 1
        else:
            leg.life = following
        _complete(leg)
        reserve(leg)
        if CLOSED[leg.life] is not was_closed:
            self._closing(leg, report) if CLOSED[leg.life] else self._reopening(leg)

    def _amended(self, leg: VenueOrder, following: Life | None, report: OrderReport) -> Life | None:
        assert isinstance(report, OrderReplaced)
        if report.revision <= leg.revision:
            return None
        leg.revision = report.revision
        order = leg.order
        leg.quantity = round(report.quantity * order.route.instrument.quantity_scale)
        order.quantity = report.quantity
        order.price = order.price if report.price is None else report.price
        order.stop = order.stop if report.stop is None else report.stop
        if leg.request in _AMENDS and report.request >= leg.requests:
            leg.request = Request.NONE
        if leg.life == Life.FILLED and (leg.dead or leg.quantity <= leg.filled):
            return Life.FILLED
        return following

    def _answer(self, leg: VenueOrder, report: OrderReport) -> None:
        """Clear the request that a refusal answers, and no other."""
        if isinstance(report, CancelRejected | ReplaceRejected):
            own = _CANCELS if isinstance(report, CancelRejected) else _AMENDS
            if leg.request in own and report.request >= leg.requests:
                leg.request = Request.NONE
                _complete(leg)
                reserve(leg)
                if CLOSED[leg.life]:  # filled already, and only the amend kept it open
                    self._closing(leg, report)
            else:
                self.counts["stale report"] += 1
        else:
            assert isinstance(report, OrderTriggered), report

    def _closing(self, leg: VenueOrder, report: OrderReport) -> None:
        order = leg.order
        leg.request = Request.NONE
        order.ts_closed = report.ts_event
        order.route.held.open_orders -= 1
        order.route.exposure.open_orders -= 1
        self._closed[order.id] = None
        if len(self._closed) > RETAINED_MAX:
            oldest = next(iter(self._closed))
            del self._closed[oldest]
            del self.orders[oldest]
            self.counts["forgotten order"] += 1

    def _reopening(self, leg: VenueOrder) -> None:
        order = leg.order
        order.ts_closed = None
        order.route.held.open_orders += 1
        order.route.exposure.open_orders += 1
        del self._closed[order.id]
        self.counts["reopened order"] += 1


def _mark_dead(leg: VenueOrder, report: OrderReport) -> None:
    leg.dead = True
    leg.request = Request.NONE
    filled = getattr(report, "filled", None)
    if filled is not None:
        leg.cumulative = max(
            leg.cumulative, round(filled * leg.order.route.instrument.quantity_scale)
        )
    leg.order.reason = leg.order.reason or getattr(report, "reason", "")


def _complete(leg: VenueOrder) -> None:
    """Call an order FILLED once all of it is filled and no amend could still add to it."""
    if leg.filled >= leg.quantity and leg.life != Life.FILLED:
        closed = CLOSED[leg.life]
        if (leg.life == Life.WORKING and leg.request not in _AMENDS) or (closed and leg.filled):
            leg.life = Life.FILLED


def reserve(leg: VenueOrder) -> None:
    """Bring the exposures to what an order could still fill; called after every change of it."""
    if CLOSED[leg.life] and leg.life != Life.LOST:
        wanted = max(0, leg.cumulative - leg.filled)
    else:
        wanted = max(0, leg.quantity - leg.filled)
        if leg.request in _AMENDS:
            wanted = max(wanted, leg.new_quantity - leg.filled)
    change = wanted - leg.reserved
    if change:
        leg.reserved = wanted
        route = leg.order.route
        if leg.order.side > 0:
            route.held.buys += change
            route.exposure.buys += change
        else:
            route.held.sells += change
            route.exposure.sells += change
