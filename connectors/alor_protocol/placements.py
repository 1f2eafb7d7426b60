"""The venue orders behind each client order, and what their records say about it.

Sends nothing. A replace makes a new venue order, so a client order may stand for several; only what
the venue says closes one.
"""

from collections import deque
from typing import Any

import msgspec

from connectors.alor_protocol.mapping.commands import client_order_id_of
from connectors.alor_protocol.mapping.records import OrderRow, TradeRow, fill_of, record_of
from engine.model.commands import SubmitOrder
from engine.model.reports import (
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    OrderTriggered,
)
from engine.model.truth import OrderRecord, Standing

RETAINED_MAX = 10_000
"""How many client orders stay known; beyond that the oldest that is closed is forgotten."""

WAITING_MAX = 1_000
"""How many trades wait for the order they belong to; beyond that the oldest goes out unclaimed."""


_NOTHING_TOLD = -1.0
"""Stands for the told quantity where a replacement is to be told, whatever it changed."""


class Placement(msgspec.Struct, kw_only=True, eq=False):
    """Follow one client order: its venue orders by number, in the order they were heard of.

    `command` is what was sent, or what a record of an earlier run says. `replacing` says that the
    answer to the replace `request` is missing. The rest is what was told to the engine; `revision`
    is a time, so that it rises over restarts too.
    """

    command: SubmitOrder
    rows: dict[str, OrderRow] = {}
    replacing: bool = False
    request: int = 0
    revision: int = 0
    told_quantity: float = 0.0
    told_request: int = 0
    accepted: bool = False
    triggered: bool = False
    closed: bool = False

    @property
    def live(self) -> OrderRow | None:
        """Return the newest venue order that works, or a triggered stop whose order is to come."""
        for row in reversed(self.rows.values()):
            if row.is_working or (row.was_triggered and row.born not in self.rows):
                return row
        return None

    @property
    def filled(self) -> float:
        """Return the quantity (units) filled over all venue orders."""
        return sum(row.filled for row in self.rows.values())

    @property
    def quantity(self) -> float:
        """Return the total: what the newest order is for, and what the others filled."""
        live = self.live
        return self.filled if live is None else live.quantity + self.filled - live.filled

    def replaces(self, row: OrderRow) -> bool:
        """Say whether a row that is new came in the place of one that is known."""
        born = any(known.born == row.number for known in self.rows.values())
        return bool(self.rows) and row.number not in self.rows and not born


class Placements:
    """Follow the orders of one login and turn the venue's records into reports, each told once."""

    def __init__(self) -> None:
        self._by_id: dict[str, Placement] = {}
        self._by_number: dict[str, Placement] = {}
        self._waiting: deque[TradeRow] = deque()
        self._listed: list[OrderReport] = []

    def sent(self, command: SubmitOrder) -> None:
        """Take note of an order that is about to be sent."""
        self._take(Placement(command=command, told_quantity=command.quantity))

    def get(self, client_order_id: str) -> Placement | None:
        """Return what is known of a client order."""
        return self._by_id.get(client_order_id)

    def replacing(self, placement: Placement, request: int) -> None:
        """Take note of a replace that is about to be sent: a cancel may now be its first half."""
        placement.replacing = True
        placement.request = request

    def answered(self, placement: Placement, row: OrderRow, now: int) -> list[OrderReport]:
        """Take the row that the answer to a submit or a replace stands for.

        The answer to a replace is told even if the venue kept the number, or the stream was first.
        """
        placement.replacing = False
        if placement.told_request < placement.request:
            placement.told_quantity = _NOTHING_TOLD
        known = placement.rows.get(row.number)
        if known is None:
            return self._apply(placement, row, now)
        if placement.told_quantity == _NOTHING_TOLD and known.is_working:
            placement.rows[row.number] = known = msgspec.structs.replace(
                known, quantity=known.filled + row.quantity, price=row.price, stop=row.stop
            )
        return self._settle(placement, known, now)

    def not_replaced(self, placement: Placement, now: int) -> list[OrderReport]:
        """Take note that a replace was refused or not sent: the order before it stands alone."""
        placement.replacing = False
        last = next(reversed(placement.rows.values()), None)
        return [] if last is None else self._settle(placement, last, now)

    def on_order(self, row: OrderRow, now: int) -> list[OrderReport]:
        """Take the whole state of a venue order; doubles and older states change nothing."""
        placement = self._placement_of(row)
        return [] if placement is None else self._apply(placement, row, now)

    def on_trade(self, row: TradeRow, now: int) -> list[OrderReport]:
        """Take one execution; the engine tells doubles by the venue's trade id.

        One of an order that nobody knows waits for a record that tells whose it is.
        """
        owner = self.owner_of(row)
        if owner:
            return [fill_of(row, owner, now)]
        self._waiting.append(row)
        full = len(self._waiting) > WAITING_MAX
        return [fill_of(self._waiting.popleft(), "", now)] if full else []

    def unclaimed(self, before: int, now: int) -> list[OrderReport]:
        """Take the executions that came up to a time and that no order of ours has claimed."""
        found: list[OrderReport] = []
        while self._waiting and self._waiting[0].ts_recv <= before:
            found.append(fill_of(self._waiting.popleft(), "", now))
        return found

    @property
    def waiting_since(self) -> int | None:
        """Return when the oldest execution that waits for its order came."""
        return self._waiting[0].ts_recv if self._waiting else None

    def listed(self) -> list[OrderReport]:
        """Take the reports of replacements that a list has completed."""
        listed, self._listed = self._listed, []
        return listed

    def owner_of(self, row: TradeRow) -> str:
        """Return the client order id that an execution belongs to; empty when it is not ours."""
        placement = self._by_number.get(row.number)
        return placement.command.client_order_id if placement else client_order_id_of(row.comment)

    def truth(self, rows: list[OrderRow]) -> tuple[OrderRecord, ...]:
        """Return the venue's list as the engine has its orders: one record for each client order.

        What it says is kept, so that orders of an earlier run can be changed. It is not reported,
        but for a replacement that only the list completes; `listed` gives that.
        """
        records: dict[str, OrderRecord] = {}
        for row in rows:
            placement = self._placement_of(row)
            if placement is None:
                records[row.number] = record_of(row, "", row.quantity, row.filled)
                continue
            latest = self._note(placement, row)
            placement.accepted = True
            if placement.request and _is_changed(placement):
                self._listed.append(
                    _replaced(placement, placement.live or latest, _head(latest, placement))
                )
            owner = placement.command.client_order_id
            shown = placement.live or latest
            ended = max(placement.told_quantity, placement.filled)
            quantity = placement.quantity if placement.live else ended
            records[owner] = record_of(shown, owner, quantity, placement.filled)
        return tuple(records.values())

    def _placement_of(self, row: OrderRow) -> Placement | None:
        """Return whose a record is; an order of an earlier run is taken up."""
        found = self._by_number.get(row.number)
        owner = client_order_id_of(row.comment)
        if found is None and owner:
            found = self._by_id.get(owner)
            if found is None:
                command = _command_of(row, owner)
                found = Placement(command=command, told_quantity=row.quantity)
                self._take(found)
        return found

    def _take(self, placement: Placement) -> None:
        self._by_id[placement.command.client_order_id] = placement
        if len(self._by_id) > RETAINED_MAX:
            oldest = next((each for each in self._by_id.values() if each.closed), None)
            if oldest is not None:
                del self._by_id[oldest.command.client_order_id]
                for number in oldest.rows:
                    self._by_number.pop(number, None)

    def _note(self, placement: Placement, row: OrderRow) -> OrderRow:
        """Keep a row, and that it has to be told if it came in the place of another."""
        if placement.replaces(row):
            placement.replacing = False
            placement.told_quantity = _NOTHING_TOLD
        known = placement.rows.get(row.number)
        row = row if known is None else _later(known, row)
        placement.rows[row.number] = row
        self._by_number[row.number] = placement
        if row.born:
            self._by_number[row.born] = placement
        return row

    def _apply(self, placement: Placement, row: OrderRow, now: int) -> list[OrderReport]:
        row = self._note(placement, row)
        reports = self._settle(placement, row, now)
        mine = [each for each in self._waiting if self._by_number.get(each.number) is placement]
        if mine:
            self._waiting = deque(each for each in self._waiting if each not in mine)
        return [*reports, *(fill_of(each, self.owner_of(each), now) for each in mine)]

    def _settle(self, placement: Placement, row: OrderRow, now: int) -> list[OrderReport]:
        """Return what is new for the engine, now that `row` stands as it does."""
        found: list[OrderReport] = []
        head = _head(row, placement) | {"ts_recv": now}
        if not placement.accepted and row.standing is not Standing.REJECTED:
            placement.accepted = True
            found.append(OrderAccepted(**head))
        if not placement.triggered and row.was_triggered:
            placement.triggered = True
            found.append(OrderTriggered(**head))
        live = placement.live
        if _is_changed(placement):
            found.append(_replaced(placement, live or row, head))
        ended = live is None and not placement.replacing
        if ended and not placement.closed:
            found += _ending(placement, row, head)
        placement.closed = ended
        return found


def _head(row: OrderRow, placement: Placement) -> dict[str, Any]:
    return {
        "client_order_id": placement.command.client_order_id,
        "instrument": row.instrument,
        "ts_event": row.ts_event,
        "ts_recv": row.ts_event,
        "venue_order_id": row.number,
        "account": row.account,
    }


def _is_changed(placement: Placement) -> bool:
    """Say whether the total is another than was told; what a cancel leaves open is none.

    While an order that was replaced seems to work still, its last fills are not known: the engine
    reserves both until it hears of the replacement.
    """
    *older, _ = placement.rows.values()
    if any(row.is_working for row in older):
        return False
    total, told = placement.quantity, placement.told_quantity
    return total > told or (placement.live is not None and total != told)


def _replaced(placement: Placement, row: OrderRow, head: dict[str, Any]) -> OrderReplaced:
    placement.revision = max(placement.revision + 1, head["ts_recv"])
    placement.told_quantity = placement.quantity
    placement.told_request = placement.request
    return OrderReplaced(
        **{**head, "venue_order_id": row.number},
        request=placement.request,
        revision=placement.revision,
        quantity=placement.quantity,
        price=row.price,
        stop=row.stop,
    )


def _ending(placement: Placement, row: OrderRow, head: dict[str, Any]) -> list[OrderReport]:
    """Return the end of a client order of which nothing works; a complete fill tells itself."""
    if row.standing is Standing.REJECTED and len(placement.rows) == 1:
        return [OrderRejected(**head, reason=row.reason)]
    if placement.filled >= placement.told_quantity:
        return []
    return [OrderCanceled(**head, reason=row.reason, filled=placement.filled)]


def _later(known: OrderRow, row: OrderRow) -> OrderRow:
    """Return the later of two states: an order that ended never works again, fills never shrink."""
    ended = not known.is_working and row.is_working
    return known if ended or row.filled < known.filled else row


def _command_of(row: OrderRow, owner: str) -> SubmitOrder:
    return SubmitOrder(
        client_order_id=owner,
        strategy="",
        account=row.account,
        instrument=row.instrument,
        ts=row.ts_event,
        side=row.side,
        type=row.type,
        quantity=row.quantity,
        price=row.price,
        stop=row.stop,
    )
