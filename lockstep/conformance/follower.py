"""Keep what a connector has told, and what follows from it for orders and positions.

Applies the rules of reports (fills once, by trade id) and no others.
"""

from collections.abc import Iterator
from typing import TypeVar

from connectors.frame.connector import ConnectorEvent
from engine.model.connection import LinkChanged, LinkState
from engine.model.reports import OrderFilled, OrderReport, OrderUnknown
from engine.model.truth import OrderRecord, VenueTruth

T = TypeVar("T")


class Follower:
    """Collect events in order; `fills` holds each execution once, whoever told of it."""

    def __init__(self) -> None:
        self.events: list[ConnectorEvent] = []
        self.fills: dict[str, OrderFilled] = {}

    def hear(self, event: ConnectorEvent) -> None:
        """Take one event."""
        self.events.append(event)
        if isinstance(event, OrderFilled):
            self.fills.setdefault(event.trade_id, event)
        elif isinstance(event, VenueTruth):
            for fill in event.fills or ():
                self.fills.setdefault(fill.trade_id, fill)

    def of(self, kind: type[T], since: int = 0) -> list[T]:
        """Return the events of a kind, from the given place of all events on."""
        return [event for event in self.events[since:] if isinstance(event, kind)]

    def reports(self, client_order_id: str) -> list[OrderReport]:
        """Return the reports of one order."""
        return [r for r in self.of(OrderReport) if r.client_order_id == client_order_id]

    def has(self, client_order_id: str, kind: type[OrderReport]) -> bool:
        """Say whether an order was reported so."""
        return any(isinstance(report, kind) for report in self.reports(client_order_id))

    def filled(self, client_order_id: str) -> float:
        """Return how much of an order was filled, as told."""
        fills = self.fills.values()
        return sum(fill.quantity for fill in fills if fill.client_order_id == client_order_id)

    def position(self, instrument: str) -> float:
        """Return the sum of all fills in an instrument, signed."""
        fills = (fill for fill in self.fills.values() if fill.instrument == instrument)
        return sum(fill.quantity * fill.side for fill in fills)

    def listed(self, since: int = 0) -> Iterator[OrderRecord]:
        """Yield the orders of the last truth that was told."""
        truths = self.of(VenueTruth, since)
        yield from (truths[-1].orders or ()) if truths else ()

    def listed_position(self, instrument: str) -> float:
        """Return the position of the last truth that was told, signed; NaN if it told none."""
        truths = self.of(VenueTruth)
        listed = truths[-1].positions if truths else None
        if listed is None:
            return float("nan")
        return sum(record.quantity for record in listed if record.instrument == instrument)

    def still_unknown(self) -> list[str]:
        """Return the orders of which the last thing told is that nobody knows."""
        last = {report.client_order_id: report for report in self.of(OrderReport)}
        return [name for name, report in last.items() if isinstance(report, OrderUnknown)]

    def links(self, state: LinkState, since: int = 0) -> list[str]:
        """Return the links that reached a state, in order."""
        return [event.link for event in self.of(LinkChanged, since) if event.state is state]
