"""Compare the orders in the books with those the venue lists.

Takes nothing for evidence but what the venue says: that an order is not listed closes it only when
its outcome was unknown, and only after several answers.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from engine.kernel import Kernel
from engine.model.adjustments import OrderAdopted, Quarantined
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
    ReplaceRejected,
)
from engine.model.truth import OrderRecord, Standing, VenueTruth
from engine.orders.life import CLOSED, Life, Request
from engine.orders.order import Order, VenueOrder
from engine.recovery.naming import order_named
from engine.recovery.policy import ReconcilePolicy

_DOUBTFUL = (Life.SENT, Life.UNKNOWN, Life.LOST)
_UNSURE = {Request.AMEND_UNSURE: ReplaceRejected, Request.CANCEL_UNSURE: CancelRejected}


class OrdersCheck:
    """Follow one account's orders over the venue's answers."""

    def __init__(self, kernel: Kernel, account: str, policy: ReconcilePolicy) -> None:
        self._kernel = kernel
        self._account = account
        self._policy = policy
        self._absent: Counter[str] = Counter()
        self._told: dict[str, None] = {}

    def named(self, client_order_id: str, venue_order_id: str) -> Order | None:
        """Return the account's order of an id, None for one that is not in the books."""
        return order_named(self._kernel, self._account, client_order_id, venue_order_id)

    def events(self, truth: VenueTruth) -> Iterator[object]:
        """Yield what an answer says of orders that are listed, and of those that are not."""
        for name in truth.absent:
            order = self.named(name, "")
            if order is not None and order.leg is not None and order.leg.life is Life.UNKNOWN:
                yield from self._unlisted(order, truth, is_searched=True)
        if truth.orders is None:
            return
        listed: dict[str, None] = {}
        foreign: list[OrderRecord] = []
        for order, row in self._rows(truth.orders):
            if order is None:
                foreign.append(row)
            else:
                listed[order.id] = None
                yield from self._listed(order, row, truth)
        for order in self._open():
            if order.id not in listed:
                twin = self._twin(order, foreign)
                if twin is None:
                    yield from self._unlisted(order, truth)
                else:
                    foreign.remove(twin)
                    yield from self._listed(order, twin, truth)
        for row in foreign:
            yield from self._foreign(row, truth)

    def _rows(self, rows: tuple[OrderRecord, ...]) -> Iterator[tuple[Order | None, OrderRecord]]:
        """Yield rows with their orders, but for those whose place another has taken since."""
        found = [(self.named(row.client_order_id, row.venue_order_id), row) for row in rows]
        working = [order for order, row in found if order and row.standing == Standing.WORKING]
        for order, row in found:
            if order is None or not _is_past(order, row, working):
                yield order, row

    def _listed(self, order: Order, row: OrderRecord, truth: VenueTruth) -> Iterator[OrderReport]:
        """Bring an order to how the venue lists it."""
        leg = order.leg
        if leg is None:
            return
        self._absent.pop(order.id, None)
        about = _about(order, row.venue_order_id, truth)
        if leg.life in _DOUBTFUL and row.standing == Standing.WORKING:
            yield OrderAccepted(**about)
        missing = row.filled - order.filled
        if truth.fills is None and round(missing * order.route.quantity_scale) > 0:
            yield _fill(order, missing, row, about)
        if row.standing == Standing.WORKING:
            yield from self._changes(order, leg, row, truth)
        elif not CLOSED[leg.life]:
            yield from _closed(leg, row, about)

    def _changes(
        self, order: Order, leg: VenueOrder, row: OrderRecord, truth: VenueTruth
    ) -> Iterator[OrderReport]:
        """Settle requests whose outcome is unknown, and changes that somebody else made."""
        if leg.request in (Request.AMEND, Request.CANCEL):
            return  # on its way: its own answer will come
        about = _about(order, row.venue_order_id, truth)
        if (row.quantity, row.price, row.stop) != (order.quantity, order.price, order.stop):
            yield OrderReplaced(
                **about,
                request=leg.requests,
                revision=leg.revision + 1,
                quantity=row.quantity,
                price=row.price,
                stop=row.stop,
            )
        elif leg.request in _UNSURE and self._settled(order, truth):
            refused = _UNSURE[leg.request]
            yield refused(**about, request=leg.requests, reason="the venue has it as it was")

    def _unlisted(
        self, order: Order, truth: VenueTruth, *, is_searched: bool = False
    ) -> Iterator[object]:
        leg = order.leg
        if leg is None or not self._settled(order, truth):
            return
        if not is_searched and not self._policy.client_order_ids and not leg.venue_order_id:
            return  # it may be one of those that are listed under no name
        if leg.life is Life.SENT:
            return  # its answer is on the way, or will be missed
        self._absent[order.id] += 1
        count = self._absent[order.id]
        if leg.life is Life.UNKNOWN and not leg.filled:
            if count >= self._policy.polls:
                reason = f"{count} answers of the venue do not list it"
                yield OrderLost(**_about(order, "", truth), reason=reason)
        elif count == self._policy.polls:
            yield Quarantined(
                id=f"order {order.id}",
                account=self._account,
                instrument=order.instrument,
                ts_recv=truth.ts_recv,
                message=f"{order!r} is open in the books, and the venue does not list it",
            )

    def _settled(self, order: Order, truth: VenueTruth) -> bool:
        """Say whether an answer was asked for long enough after the order was sent."""
        return truth.ts_asked >= order.ts_submitted + self._policy.settle_ns

    def _twin(self, order: Order, rows: list[OrderRecord]) -> OrderRecord | None:
        """Find an order without our id by its terms, where the venue keeps no ids."""
        leg = order.leg
        if self._policy.client_order_ids or leg is None or leg.venue_order_id:
            return None
        wanted = order.instrument, order.side, order.type, order.quantity, order.price, order.stop
        for row in rows:
            if (row.instrument, row.side, row.type, row.quantity, row.price, row.stop) == wanted:
                return row
        return None

    def _foreign(self, row: OrderRecord, truth: VenueTruth) -> Iterator[object]:
        """Tell once of an order that is not in the books."""
        name = row.client_order_id or row.venue_order_id
        if row.standing != Standing.WORKING or name in self._told:
            return
        self._told[name] = None
        if self._policy.orders == "adopt" and row.instrument in self._kernel.bus.known():
            yield OrderAdopted(
                client_order_id=name,
                venue_order_id=row.venue_order_id,
                account=self._account,
                instrument=row.instrument,
                ts_event=row.ts_event,
                ts_recv=truth.ts_recv,
                side=row.side,
                type=row.type,
                quantity=row.quantity,
                filled=row.filled,
                price=row.price,
                stop=row.stop,
            )
        else:
            yield Quarantined(
                id=f"order {name}",
                account=self._account,
                instrument=row.instrument,
                ts_recv=truth.ts_recv,
                message=f"order {name} works at the venue, and this program did not send it",
            )

    def _open(self) -> list[Order]:
        return [
            order
            for order in self._kernel.orders.orders.values()
            if order.account == self._account and order.is_open and order.leg is not None
        ]


def _is_past(order: Order, row: OrderRecord, working: list[Order]) -> bool:
    """Say whether a closed row is an order that a replace has put another in the place of."""
    if row.standing == Standing.WORKING or order.leg is None:
        return False
    known = order.leg.venue_order_id
    has_other = bool(known) and bool(row.venue_order_id) and row.venue_order_id != known
    return has_other or any(each is order for each in working)


def _about(order: Order, venue_order_id: str, truth: VenueTruth) -> dict[str, Any]:
    return {
        "client_order_id": order.id,
        "instrument": order.instrument,
        "account": order.account,
        "venue_order_id": venue_order_id,
        "ts_event": truth.ts_recv,
        "ts_recv": truth.ts_recv,
    }


def _fill(order: Order, quantity: float, row: OrderRecord, about: dict[str, Any]) -> OrderFilled:
    """Report the increase of the cumulative quantity, where the venue has no list of fills."""
    scale = order.route.quantity_scale
    return OrderFilled(
        **about,
        trade_id="",
        side=order.side,
        quantity=round(quantity * scale) / scale,
        price=order.arrival_price if row.price is None else row.price,
        fee=0.0,
        fee_currency=order.route.instrument.currency,
    )


def _closed(leg: VenueOrder, row: OrderRecord, about: dict[str, Any]) -> Iterator[OrderReport]:
    """Report the end of an order; its fills close one that is filled, once no amend is open."""
    if row.standing == Standing.CANCELED:
        yield OrderCanceled(**about, reason=row.reason, filled=row.filled)
    elif row.standing == Standing.EXPIRED:
        yield OrderExpired(**about, filled=row.filled)
    elif row.standing == Standing.REJECTED:
        yield OrderRejected(**about, reason=row.reason or "rejected")
    elif leg.request in _UNSURE:
        yield _UNSURE[leg.request](**about, request=leg.requests, reason="the order is filled")
