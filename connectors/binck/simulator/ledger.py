"""The history of every order, as Binck keeps it: one entry for each thing that happened to it.

It listens to the broker and changes nothing.
"""

from connectors.binck.mapping import SIDE_WORDS, TYPE_WORDS
from connectors.binck.messages import Brief, Order, StatusEntry
from connectors.frame.iso_time import to_iso
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.records import BrokerEvent, BrokerOrder, OrderUpdate
from engine.model.commands import TimeInForce
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
from engine.model.truth import Standing

_WORDS: dict[type[OrderReport], str] = {
    OrderAccepted: "placementConfirmed",
    OrderRejected: "refused",
    OrderReplaced: "modified",
    CancelRejected: "cancelationRefused",
    ReplaceRejected: "modificationRefused",
}
_DURATIONS = {TimeInForce.GTC: "goodTillCancelled", TimeInForce.GTD: "goodTillDate"}
HUB_WORDS = {"executed": "completelyExecuted"}
"""What the hub calls a status otherwise than the REST interface."""


class OrderLedger:
    """Keep the histories; `status` is the last word of each."""

    def __init__(self, broker: SimulatedBroker) -> None:
        self._broker = broker
        self._entries: dict[str, list[StatusEntry]] = {}
        broker.listen(self._hear)

    def status(self, order: BrokerOrder) -> str:
        """Return the last status of an order."""
        return self._entries[order.venue_order_id][-1].status

    def note(self, order: BrokerOrder, status: str, now: int) -> None:
        """Add what the venue itself has to say of an order, such as that a cancel was requested."""
        self._entries[order.venue_order_id].append(
            StatusEntry(date_time=to_iso(now), status=status)
        )

    def row(self, order: BrokerOrder, instrument_id: str) -> Order:
        """Return an order with its history, newest entry first."""
        entries = self._entries[order.venue_order_id]
        return Order(
            number=int(order.venue_order_id),
            instrument=Brief(id=instrument_id, name=order.instrument.rpartition(".")[0]),
            type=TYPE_WORDS[order.type],
            quantity=order.quantity,
            last_status=entries[-1].status,
            last_status_date_time=entries[-1].date_time,
            side=SIDE_WORDS[order.side],
            executed_quantity=order.filled,
            limit_price=order.price,
            stop_price=order.stop,
            status_history=tuple(reversed(entries)),
            currency=self._broker.instruments[order.instrument].currency,
            duration=_DURATIONS.get(order.time_in_force, "day"),
            reference_id=order.client_order_id,
        )

    def _hear(self, event: BrokerEvent) -> None:
        if not isinstance(event, OrderUpdate) or event.order.instrument not in (
            self._broker.instruments
        ):
            return
        order, report = event.order, event.report
        placed = StatusEntry(date_time=to_iso(order.ts_created), status="placed")
        entries = self._entries.setdefault(order.venue_order_id, [placed])
        if (word := _word(order, report)) is not None:
            entries.append(_entry(word, report))


def _word(order: BrokerOrder, report: OrderReport) -> str | None:
    if isinstance(report, OrderFilled):
        return "executed" if order.standing is Standing.FILLED else "partiallyExecuted"
    if isinstance(report, OrderCanceled):
        return "remainderCanceled" if order.filled else "canceled"
    if isinstance(report, OrderExpired):
        return "remainderExpired" if order.filled else "expired"
    return _WORDS.get(type(report))


def _entry(word: str, report: OrderReport) -> StatusEntry:
    time = to_iso(report.ts_event)
    if not isinstance(report, OrderFilled):
        return StatusEntry(date_time=time, status=word)
    return StatusEntry(
        date_time=time,
        status=word,
        executed_quantity=report.quantity,
        execution_price=report.price,
    )
