"""What an order's own history says: acceptance, executions, changes, the end.

It sends nothing. Hub messages carry neither quantities nor executions, so each is a sign to ask
for the order, and everything that is reported comes from the answer.
"""

from collections import Counter
from typing import TypedDict

import msgspec

from connectors.binck.mapping import CHANGES, FULLY_EXECUTED, SIDES, TYPES, Change, nanoseconds
from connectors.binck.messages import Order, StatusEntry
from engine.errors import NotSent
from engine.model.commands import CancelOrder, OrderType, ReplaceOrder
from engine.model.reports import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    ReplaceRejected,
)
from engine.model.truth import OrderRecord, Standing

_STANDINGS = {
    Change.CANCELED: Standing.CANCELED,
    Change.EXPIRED: Standing.EXPIRED,
    Change.REFUSED: Standing.REJECTED,
}


class _Common(TypedDict):
    client_order_id: str
    venue_order_id: str
    instrument: str
    account: str
    ts_event: int
    ts_recv: int


_Key = tuple[str, str, int]
"""Time and status of an entry, and how many like it came before."""


class Followed(msgspec.Struct, eq=False):
    """Hold what was reported of an order, and which requests wait for an answer.

    `told` has the keys of the entries of its history that were read.
    """

    quantity: float = 0.0
    told: dict[_Key, None] = msgspec.field(default_factory=dict)
    accepted: bool = False
    amend_request: int = 0
    cancel_request: int = 0


class OrderBook:
    """Follow the orders of a login by the venue's numbers; ours are the references they carry."""

    def __init__(self) -> None:
        self._orders: dict[tuple[str, int], Followed] = {}
        self._numbers: dict[str, int] = {}

    def number_of(self, client_order_id: str) -> int:
        """Return the venue's number of an order. Raises NotSent while it is not known."""
        number = self._numbers.get(client_order_id)
        if number is None:
            raise NotSent(f"Binck has not told its number of order {client_order_id} yet")
        return number

    def quantity_of(self, account: str, client_order_id: str) -> float:
        """Return the quantity that the venue has of an order."""
        return self._followed(account, self.number_of(client_order_id)).quantity

    def know(self, account: str, row: Order) -> Followed:
        """Learn an order's number and quantity, without telling anything of it."""
        if row.reference_id:
            self._numbers[row.reference_id] = row.number
        order = self._followed(account, row.number)
        order.quantity = row.quantity
        return order

    def asked(self, command: ReplaceOrder | CancelOrder) -> None:
        """Take note of a request whose answer will be a status of the order."""
        order = self._followed(command.account, self.number_of(command.client_order_id))
        if isinstance(command, ReplaceOrder):
            order.amend_request = command.request
        else:
            order.cancel_request = command.request

    def update(self, account: str, instrument: str, row: Order, now: int) -> list[OrderReport]:
        """Take an order as the venue lists it; return what is new in its history."""
        order = self.know(account, row)
        reports: list[OrderReport] = []
        executions: Counter[str] = Counter()
        for key, entry in _history(row):
            trade_id = f"{row.number}-{entry.date_time}-{executions[entry.date_time]}"
            executions[entry.date_time] += entry.executed_quantity is not None
            if key not in order.told:
                order.told[key] = None
                common = _common(account, instrument, row, entry, now)
                reports += _read(order, row, entry, trade_id, common)
        return reports

    def _followed(self, account: str, number: int) -> Followed:
        return self._orders.setdefault((account, number), Followed())


def record_of(account: str, instrument: str, row: Order) -> OrderRecord:
    """Return a row of the venue's list of orders."""
    change = CHANGES.get(row.last_status, Change.WORKING)
    done = row.last_status in FULLY_EXECUTED and row.executed_quantity >= row.quantity
    return OrderRecord(
        account=account,
        instrument=instrument,
        venue_order_id=str(row.number),
        side=SIDES[row.side],
        type=TYPES.get(row.type, OrderType.LIMIT),
        quantity=row.quantity,
        filled=row.executed_quantity,
        standing=Standing.FILLED if done else _STANDINGS.get(change, Standing.WORKING),
        ts_event=nanoseconds(row.last_status_date_time),
        client_order_id=row.reference_id,
        price=row.limit_price,
        stop=row.stop_price,
    )


def _history(row: Order) -> list[tuple[_Key, StatusEntry]]:
    """Return the entries oldest first, the last status included where the history lacks it."""
    entries = [*reversed(row.status_history)]
    if row.last_status not in [entry.status for entry in entries]:
        last = StatusEntry(date_time=row.last_status_date_time, status=row.last_status)
        entries.append(last)
    entries.sort(key=lambda entry: entry.date_time)
    like: Counter[tuple[str, str]] = Counter()
    found = []
    for entry in entries:
        kind = entry.date_time, entry.status
        found.append(((*kind, like[kind]), entry))
        like[kind] += 1
    return found


def _common(account: str, instrument: str, row: Order, entry: StatusEntry, now: int) -> _Common:
    return {
        "client_order_id": row.reference_id,
        "venue_order_id": str(row.number),
        "instrument": instrument,
        "account": account,
        "ts_event": nanoseconds(entry.date_time),
        "ts_recv": now,
    }


def _read(
    order: Followed, row: Order, entry: StatusEntry, trade_id: str, common: _Common
) -> list[OrderReport]:
    """Return what one entry of the history says; words that are not known say nothing."""
    change = CHANGES.get(entry.status)
    reports: list[OrderReport] = []
    if not order.accepted and change is not Change.REFUSED:
        order.accepted = True
        reports.append(OrderAccepted(**common))
    if entry.executed_quantity and entry.execution_price is not None:
        reports.append(_fill(row, entry, trade_id, common))
    if change in _ENDS:
        reports.append(_end(change, row, entry, common))
    elif change in _ANSWERS:
        reports += _answer(change, order, row, common)
    return reports


_ENDS = (Change.CANCELED, Change.EXPIRED, Change.REFUSED)
_ANSWERS = (Change.AMENDED, Change.AMEND_REFUSED, Change.CANCEL_REFUSED)


def _fill(row: Order, entry: StatusEntry, trade_id: str, common: _Common) -> OrderFilled:
    """Return an execution; its id is made of its place in the history, so it stays the same."""
    return OrderFilled(
        **common,
        trade_id=trade_id,
        side=SIDES[row.side],
        quantity=entry.executed_quantity or 0.0,
        price=entry.execution_price or 0.0,
        fee=0.0,  # costs are booked as transactions, later
        fee_currency=row.currency,
    )


def _end(change: Change | None, row: Order, entry: StatusEntry, common: _Common) -> OrderReport:
    if change is Change.REFUSED:
        return OrderRejected(**common, reason=entry.status)
    if change is Change.CANCELED:
        return OrderCanceled(**common, filled=row.executed_quantity)
    return OrderExpired(**common, filled=row.executed_quantity)


def _answer(
    change: Change | None, order: Followed, row: Order, common: _Common
) -> list[OrderReport]:
    if change is Change.CANCEL_REFUSED:
        request, order.cancel_request = order.cancel_request, 0
        return [CancelRejected(**common, request=request, reason="cancelationRefused")]
    request, order.amend_request = order.amend_request, 0
    if change is Change.AMEND_REFUSED:
        return [ReplaceRejected(**common, request=request, reason="modificationRefused")]
    return [
        OrderReplaced(
            **common,
            request=request,
            revision=common["ts_event"],
            quantity=row.quantity,
            price=row.limit_price,
            stop=row.stop_price,
        )
    ]
