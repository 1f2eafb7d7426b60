"""Which order of the venue is which of ours, although the venue keeps no id of ours.

It sends nothing. The answer to a placement names the order; where the answer is lost, an order of
the stream is taken for ours only if nothing else it could be is there: same account, market, side,
quantity and price, made in the time in which ours must have arrived. Anything ambiguous freezes
the market and alarms, until a person has looked.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from connectors.b2trader.mapping import SIDES, Directory, exact, nanoseconds
from connectors.b2trader.messages import ClosedOrder, Execution, Number, OrderItem
from connectors.b2trader.tracked import Tracked, base_units
from engine.errors import NotSent
from engine.model.commands import ClosePosition, OrderType, Side, SubmitOrder
from engine.model.reports import OrderFilled, OrderReport, OrderTriggered, OrderUnknown
from engine.model.truth import OrderRecord, Standing

WINDOW_NS = 30_000_000_000
"""By how much the venue's clock and its delays may move an order's creation from our sending."""


class OrderDesk:
    """Follow every order of a login."""

    def __init__(self, directory: Directory, window_ns: int = WINDOW_NS) -> None:
        self._directory = directory
        self._window_ns = window_ns
        self._by_client: dict[str, Tracked] = {}
        self._by_venue: dict[str, Tracked] = {}
        self._unclaimed: dict[str, tuple[str, OrderItem]] = {}
        self._closing: dict[str, ClosePosition] = {}
        self._frozen: dict[tuple[str, str], str] = {}

    # What we do.

    def sending(self, command: SubmitOrder) -> None:
        """Take note of an order that is about to be sent.

        Raises NotSent where all is frozen, and for the twin of an order that is not acknowledged:
        if both answers were lost, nobody could tell the two apart.
        """
        frozen = self._frozen.get((command.account, command.instrument))
        if frozen:
            raise NotSent(f"{command.instrument} is frozen on {command.account}: {frozen}")
        order = Tracked(
            client_order_id=command.client_order_id,
            account=command.account,
            terms=self._directory.of_instrument(command.instrument),
            side=command.side,
            type=command.type,
            quantity=command.quantity,
            price=command.price,
            ts_sent=command.ts,
        )
        for other in self._by_client.values():
            if self._could_be_confused(order, other):
                raise NotSent(f"order {other.client_order_id}, just like it, is not acknowledged")
        self._by_client[command.client_order_id] = order

    def placed(self, client_order_id: str, item: OrderItem, now: int) -> list[OrderReport]:
        """Take the answer to a placement, and what the stream has said of the order before it."""
        order = self._by_client[client_order_id]
        reports = self._bind(order, item, now)
        return reports + self._settle(now)

    def refused(self, client_order_id: str, now: int) -> list[OrderReport]:
        """Forget an order that the venue refused."""
        self._by_client.pop(client_order_id, None)
        return self._settle(now)

    def unknown(self, client_order_id: str, now: int) -> list[OrderReport]:
        """Take note that no answer came: from now on the streams are searched for the order."""
        order = self._by_client.get(client_order_id)
        if order is not None and not order.venue_order_id:
            order.unknown_since = now
        return self._settle(now)

    def adopt(self, record: OrderRecord) -> None:
        """Follow an order of an earlier run; one without a venue's id is searched by its shape."""
        order = Tracked(
            client_order_id=record.client_order_id,
            account=record.account,
            terms=self._directory.of_instrument(record.instrument),
            side=record.side,
            type=record.type,
            quantity=record.quantity,
            price=record.price,
            ts_sent=record.ts_event,
            venue_order_id=record.venue_order_id,
            standing=record.standing if record.venue_order_id else None,
            filled=exact(record.filled),
            notional=None if record.filled else Decimal(0),
            unknown_since=None if record.venue_order_id else record.ts_event,
        )
        self._by_client[order.client_order_id] = order
        if order.venue_order_id:
            self._by_venue[order.venue_order_id] = order

    def of_client(self, client_order_id: str) -> Tracked:
        """Return an order that the venue is known to have. Raises NotSent when it is not."""
        order = self._by_client.get(client_order_id)
        if order is None or not order.venue_order_id:
            raise NotSent(
                f"B2TRADER has not told its id of order {client_order_id}: nothing can be asked of "
                "it before it is found"
            )
        return order

    def closing(self, command: ClosePosition) -> None:
        """Take note that a position is asked to be closed: the venue will make an order of it."""
        self._closing[command.position_id] = command

    def not_closing(self, command: ClosePosition) -> None:
        """Forget a close that the venue refused, or that was not sent."""
        self._closing.pop(command.position_id, None)

    def resolve(self, account: str = "", instrument: str = "") -> list[str]:
        """Lift the freeze of a market (of all that match), once a person has looked at its orders.

        Returns the instruments that were frozen. Rows that nobody could tell apart stay unclaimed.
        """
        lifted = [
            key for key in self._frozen if account in ("", key[0]) and instrument in ("", key[1])
        ]
        for key in lifted:
            del self._frozen[key]
        return [name for _, name in lifted]

    # What the venue says.

    def seen(self, account: str, item: OrderItem, now: int) -> list[OrderReport]:
        """Take a row of the stream of open orders."""
        order = self._by_venue.get(item.order_id)
        if order is not None:
            order.listed = True
            return order.update(item, now)
        if self._directory.of_market(item.market_id) is None:
            return []
        self._as_order(account, item, now)  # a row that makes no sense raises before it is kept
        self._unclaimed[item.order_id] = (account, item)
        return self._settle(now)

    def listed(self, account: str, items: tuple[OrderItem, ...], now: int) -> list[OrderReport]:
        """Take a whole list: an order that is gone from it without a word is unknown now."""
        reports = [report for item in items for report in self.seen(account, item, now)]
        present = {item.order_id for item in items}
        for order in self._by_venue.values():
            gone = order.account == account and order.listed and order.is_open
            if gone and order.venue_order_id not in present and not order.alarmed:
                reports.append(_alarm(order, "it left the list of open orders without a word", now))
        return reports

    def executed(self, executions: tuple[Execution, ...], now: int) -> list[OrderFilled]:
        """Take executions of the history: fills of ours that no stream has told."""
        reports: list[OrderFilled] = []
        totals: dict[str, tuple[Decimal, Decimal, Decimal]] = {}
        for each in sorted(executions, key=lambda one: (one.created_at, one.execution_id)):
            order = self._by_venue.get(each.order_id)
            if order is None:
                continue
            filled, notional, fee = totals.get(each.order_id, (Decimal(0),) * 3)
            amount = Decimal(str(each.base_amount))
            filled += amount
            notional += amount * Decimal(str(each.execution_price))
            fee += sum(Decimal(str(one.amount)) for one in each.commissions)
            totals[each.order_id] = filled, notional, fee
            if filled > order.filled:
                currency = each.commissions[0].asset_id.upper() if each.commissions else ""
                ts = nanoseconds(each.created_at, now)
                reports += order.fill(
                    filled, notional, fee, currency or order.terms.instrument.currency, ts, now
                )
        return reports

    def closed(self, account: str, item: ClosedOrder, now: int) -> list[OrderReport]:
        """Take an order that closed a position; without a price its history has to be asked."""
        terms = self._directory.of_market(item.market_id)
        if terms is None:
            return []
        order = self._by_venue.get(item.order_id)
        if order is None:
            quantity = terms.units(item.position_close_lot_amount)
            command = self._closing.pop(item.position_id or "", None)
            order = Tracked(
                client_order_id=command.client_order_id if command else "",
                account=account,
                terms=terms,
                side=SIDES[item.side],
                type=OrderType.MARKET,
                quantity=quantity,
                price=None,
                ts_sent=now,
                venue_order_id=item.order_id,
                standing=Standing.FILLED,
            )
            self._by_venue[item.order_id] = order
        if item.close_price is None or order.filled:
            return []
        filled = Decimal(repr(order.quantity))
        notional = filled * Decimal(str(item.close_price))
        ts = nanoseconds(item.closed_at, now)
        return [*order.fill(filled, notional, Decimal(0), terms.instrument.currency, ts, now)]

    def lost_since(self, account: str) -> int | None:
        """Return when the oldest order was sent of which nobody knows what became; None for none.

        It is early by the window in which the venue's times may differ.
        """
        sent = [
            each.ts_sent
            for each in self._by_client.values()
            if each.account == account and each.is_lost
        ]
        return min(sent) - self._window_ns if sent else None

    def absent(self, account: str) -> tuple[str, ...]:
        """Return the lost orders that cannot be resting anywhere: those at the market."""
        return tuple(
            each.client_order_id
            for each in self._by_client.values()
            if each.account == account and each.is_lost and each.type is OrderType.MARKET
        )

    def is_followed(self, venue_order_id: str) -> bool:
        """Say whether an order of the venue is known, ours or not."""
        return venue_order_id in self._by_venue

    def missed(self, account: str, items: Iterable[OrderItem], now: int) -> list[OrderReport]:
        """Take orders that the history shows filled: one of them may be ours, its answer lost.

        What the history does not tell is taken from the lost order: its price must be one at which
        it could have filled.
        """
        reports: list[OrderReport] = []
        for item in items:
            if self.is_followed(item.order_id):
                continue
            row = self._as_order(account, item, now)
            lost = [
                order
                for order in self._by_client.values()
                if order.is_lost
                and _could_fill(order, item)
                and self._may_be(order, order.priced(row))
            ]
            if len({order.price for order in lost}) > 1:
                reports += self._freeze(lost, row, [item.order_id], now)
            elif lost:
                price = None if lost[0].price is None else repr(lost[0].price)
                named = msgspec.structs.replace(item, requested_price=price)
                reports += self.seen(account, named, now)
        return reports

    def without_fills(self, account: str) -> tuple[str, ...]:
        """Return the venue's ids of orders that closed positions at a price nobody told yet."""
        return tuple(
            venue_id
            for venue_id, order in self._by_venue.items()
            if order.account == account and order.standing is Standing.FILLED and not order.filled
        )

    # How unclaimed rows find their orders.

    def _bind(self, order: Tracked, item: OrderItem, now: int) -> list[OrderReport]:
        order.venue_order_id = item.order_id
        self._by_venue[item.order_id] = order
        reports = order.update(item, now)
        _, earlier = self._unclaimed.pop(item.order_id, ("", None))
        return reports if earlier is None else reports + order.update(earlier, now)

    def _settle(self, now: int) -> list[OrderReport]:
        """Give unclaimed rows to the orders they must be; keep those that may yet be claimed."""
        reports: list[OrderReport] = []
        for account, item in list(self._unclaimed.values()):
            row = self._as_order(account, item, now)
            waiting = [order for order in self._by_client.values() if self._may_be(order, row)]
            if not waiting:
                reports += self._claim_stop_or_stranger(row, item, now)
            elif all(order.unknown_since is not None for order in waiting):
                reports += self._claim_unknown(waiting, row, item, now)
        return reports

    def _could_be_confused(self, order: Tracked, other: Tracked) -> bool:
        """Say whether a row that is one of two orders might be the other as well."""
        if other.venue_order_id or not other.is_open or not other.resembles(order):
            return False
        since = other.unknown_since
        return since is None or order.ts_sent <= since + 2 * self._window_ns

    def _may_be(self, order: Tracked, row: Tracked) -> bool:
        """Say whether an order without a venue's id may be this row."""
        if order.venue_order_id or not order.resembles(row):
            return False
        latest = order.unknown_since if order.unknown_since is not None else row.ts_sent
        return order.ts_sent - self._window_ns <= row.ts_sent <= latest + self._window_ns

    def _claim_unknown(
        self, waiting: list[Tracked], row: Tracked, item: OrderItem, now: int
    ) -> list[OrderReport]:
        rows = [
            other
            for account, other in self._unclaimed.values()
            if self._may_be(waiting[0], self._as_order(account, other, now))
        ]
        if len(waiting) == len(rows) == 1:
            return self._bind(waiting[0], item, now)
        return self._freeze(waiting, row, [other.order_id for other in rows], now)

    def _claim_stop_or_stranger(self, row: Tracked, item: OrderItem, now: int) -> list[OrderReport]:
        stops = [
            order
            for order in self._by_client.values()
            if order.waits_for_trigger and order.is_open and order.venue_order_id
            if item.source == "StopOrder" and order.resembles(row)
        ]
        if len(stops) > 1:
            return self._freeze(stops, row, [item.order_id], now)
        if stops:
            [stop] = stops
            stop.triggered = True
            reports = [_triggered(stop, now)]
            return reports + self._bind(stop, item, now)
        del self._unclaimed[item.order_id]
        self._by_venue[item.order_id] = row
        row.update(item, now)  # what a stranger's order did before we saw it is in the position
        return []

    def _freeze(
        self, orders: list[Tracked], row: Tracked, venue_ids: list[str], now: int
    ) -> list[OrderReport]:
        instrument = row.terms.instrument.id
        text = f"any of the venue's orders {', '.join(venue_ids)} may be it; a person has to look"
        self._frozen[row.account, instrument] = text
        return [_alarm(order, text, now) for order in orders if not order.alarmed]

    def _as_order(self, account: str, item: OrderItem, now: int) -> Tracked:
        terms = self._directory.of_market(item.market_id)
        assert terms is not None, "rows of unknown markets are not kept"
        return Tracked(
            client_order_id="",
            account=account,
            terms=terms,
            side=SIDES[item.side],
            type=OrderType(item.order_type.lower()),
            quantity=base_units(item, terms),
            price=_number(item.requested_price),
            ts_sent=nanoseconds(item.created_at, now),
            venue_order_id=item.order_id,
        )


def _could_fill(order: Tracked, item: OrderItem) -> bool:
    """Say whether the price of an execution is not worse than an order's limit."""
    price = _number(item.execution_price)
    if order.price is None or price is None:
        return True
    return price <= order.price if order.side is Side.BUY else price >= order.price


def _number(value: Number | None) -> float | None:
    return None if value is None else float(value)


def _triggered(order: Tracked, now: int) -> OrderReport:
    return OrderTriggered(
        client_order_id=order.client_order_id,
        venue_order_id=order.venue_order_id,
        instrument=order.terms.instrument.id,
        account=order.account,
        ts_event=now,
        ts_recv=now,
    )


def _alarm(order: Tracked, reason: str, now: int) -> OrderReport:
    order.alarmed = True
    return OrderUnknown(
        client_order_id=order.client_order_id,
        venue_order_id=order.venue_order_id,
        instrument=order.terms.instrument.id,
        account=order.account,
        ts_event=now,
        ts_recv=now,
        reason=reason,
    )
