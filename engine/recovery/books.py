"""Bring the books of an earlier run up to its last entry, without its strategies.

A strategy's code may have changed since, so it is not run again: what it decided stands in the
journal.
"""

from collections.abc import Callable, Iterable
from typing import Any

from engine.gate.approved import Approved
from engine.journal.entries import Entry, Kind
from engine.kernel import Kernel
from engine.model.adjustments import OrderAdopted, PositionAdjusted
from engine.model.commands import (
    CancelOrder,
    ClosePosition,
    Command,
    OrderType,
    ReplaceOrder,
    SetProtection,
    Side,
    SubmitOrder,
)
from engine.model.groups import BracketSaved, GroupSaved, PairSaved
from engine.model.reports import CashAdjusted, OrderReport
from engine.model.run_events import StateSaved
from engine.orders.life import Request
from engine.orders.order import Order, Terms
from engine.recovery import adjusting
from engine.recovery.groups import RestingGroups
from engine.recovery.restore import restore, route_of, take_snapshot
from engine.recovery.snapshot import Snapshot

BOOKED = (OrderReport, CashAdjusted, PositionAdjusted, OrderAdopted)
"""Inputs that change the books; market data and timers do not."""


class Nowhere:
    """Be the execution port of books that only look back: nothing is sent."""

    def send(self, approved: Approved[Command]) -> None:
        """Let a command go."""


def last_snapshot(entries: Iterable[Entry]) -> tuple[Snapshot | None, list[Entry]]:
    """Return the last snapshot of a journal and the entries behind it."""
    snapshot = None
    tail: list[Entry] = []
    for entry in entries:
        if isinstance(entry.body, Snapshot):
            snapshot = entry.body
            tail.clear()
        else:
            tail.append(entry)
    return snapshot, tail


class Books:
    """Apply a snapshot and the entries behind it to a kernel without strategies."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._states: dict[str, bytes] = {}
        self._groups = RestingGroups()
        adjusting.listen(kernel)
        self._decided: dict[type, Callable[[Any], None]] = {
            SubmitOrder: self._submitted,
            ClosePosition: self._closed,
            SetProtection: self._protected,
            ReplaceOrder: self._replaced,
            CancelOrder: self._canceled,
            StateSaved: self._saved,
            BracketSaved: self._grouped,
            PairSaved: self._grouped,
        }

    def bring_up(self, entries: Iterable[Entry]) -> Snapshot:
        """Return the books as they were at the last entry. Raises ConfigError as `restore` does."""
        snapshot, tail = last_snapshot(entries)
        if snapshot is not None:
            self.begin(snapshot)
        for entry in tail:
            self.apply(entry)
        return take_snapshot(self._kernel, self._states)

    def begin(self, snapshot: Snapshot) -> None:
        """Begin with a snapshot. Raises ConfigError as `restore` does."""
        self._groups = restore(self._kernel, snapshot)
        self._states = dict(snapshot.states)

    def apply(self, entry: Entry) -> None:
        """Apply an entry behind the snapshot; one that changes no books changes nothing."""
        if entry.kind is Kind.INPUT and isinstance(entry.body, BOOKED):
            self._kernel.process(entry.body)
        elif entry.kind is Kind.DECISION:
            apply = self._decided.get(type(entry.body))
            if apply is not None:
                apply(entry.body)

    def _submitted(self, command: SubmitOrder) -> None:
        """Take an order into the books: it was sent, or was about to be."""
        kernel = self._kernel
        terms = Terms(
            command.time_in_force,
            command.expire_ts,
            command.post_only,
            command.reduce_only,
            position_id=command.position_id,
        )
        route = route_of(kernel, command.strategy, command.account, command.instrument)
        order = Order(
            route,
            command.client_order_id,
            command.side,
            command.type,
            terms,
            command.quantity,
            command.price,
            command.stop,
            command.trail,
        )
        order.units = round(command.quantity * route.quantity_scale)
        order.arrival_price = route.market.mark()
        order.ts_submitted = command.ts
        kernel.orders.sent(order)
        self._groups.take(order)
        kernel.hosts[command.strategy].open_orders[order.id] = order

    def _closed(self, command: ClosePosition) -> None:
        """Take the close of a position into the books, as the market order that it is."""
        instrument = self._kernel.bus.market(command.instrument).instrument
        legs = self._kernel.portfolio.exposure(command.account, instrument).legs
        leg = None if legs is None else legs.find(command.position_id)
        is_short = leg is not None and leg.position.quantity < 0
        self._submitted(
            SubmitOrder(
                command.client_order_id,
                command.strategy,
                command.account,
                command.instrument,
                command.ts,
                Side.BUY if is_short else Side.SELL,
                OrderType.MARKET,
                command.quantity,
                reduce_only=True,
                position_id=command.position_id,
            )
        )

    def _protected(self, command: SetProtection) -> None:
        """Take exits that a venue was asked to keep into the books: an order of no quantity."""
        ids = command.client_order_id, command.strategy, command.account, command.instrument
        order = ClosePosition(*ids, command.ts, command.position_id, 0.0)
        self._closed(order)

    def _replaced(self, command: ReplaceOrder) -> None:
        self._requested(command, Request.AMEND, command.quantity)

    def _canceled(self, command: CancelOrder) -> None:
        self._requested(command, Request.CANCEL)

    def _requested(
        self, command: ReplaceOrder | CancelOrder, request: Request, quantity: float = 0.0
    ) -> None:
        order = self._kernel.orders.orders.get(command.client_order_id)
        if order is None or order.leg is None or not order.is_open:
            return
        order.leg.requests = command.request
        units = round(quantity * order.route.quantity_scale)
        self._kernel.orders.requested(order, order.leg, request, units)

    def _saved(self, saved: StateSaved) -> None:
        self._states[saved.strategy] = saved.state

    def _grouped(self, saved: GroupSaved) -> None:
        self._groups.keep(saved)
