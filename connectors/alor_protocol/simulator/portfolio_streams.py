"""Subscriptions to a portfolio at the server: every change is told, with the whole record.

What the broker has is the ledger's to write down.
"""

from collections.abc import Iterator

import msgspec

from connectors.alor_protocol.messages.requests import StreamRequest
from connectors.alor_protocol.messages.spelling import Format
from connectors.alor_protocol.simulator import records
from connectors.alor_protocol.simulator.ledger import Ledger
from connectors.alor_protocol.simulator.profile import Listings
from connectors.alor_protocol.simulator.streams import Send, Stream
from connectors.simulation.records import BrokerEvent, OrderUpdate
from connectors.simulation.simulator import Kind
from engine.model.reports import CancelRejected, OrderFilled, ReplaceRejected
from engine.model.truth import BalanceRecord, PositionRecord


class PortfolioStream(Stream):
    """Be a subscription to one portfolio."""

    def __init__(
        self, request: StreamRequest, spelling: Format, send: Send, ledger: Ledger, of: Listings
    ) -> None:
        super().__init__(request, spelling, send)
        self._ledger = ledger
        self._listings = of
        self._portfolio = request.portfolio or ""

    def start(self) -> None:
        """Send the stored records, unless they were not wanted."""
        if not self.request.skip_history:
            for record in self._stored():
                self._emit(record, Kind.REPORT)

    def hear(self, event: BrokerEvent, now: int) -> None:
        """Send what has changed."""
        if _account(event) == self._portfolio:
            for record in self._changed(event, now):
                self._emit(record, Kind.REPORT)

    def _stored(self) -> Iterator[msgspec.Struct]:
        """Yield the records that there are."""
        raise NotImplementedError

    def _changed(self, event: BrokerEvent, now: int) -> Iterator[msgspec.Struct]:
        """Yield the records that an event of this portfolio changes."""
        raise NotImplementedError

    def _is_wanted(self, status: str) -> bool:
        wanted = self.request.order_statuses
        return wanted is None or status in wanted


class OrderStream(PortfolioStream):
    """Tell ordinary orders, and those that stops became."""

    def _stored(self) -> Iterator[msgspec.Struct]:
        rows = self._ledger.orders(self._portfolio)
        yield from (row for row in rows if self._is_wanted(row.status))

    def _changed(self, event: BrokerEvent, now: int) -> Iterator[msgspec.Struct]:
        order = _changed_order(event)
        if order is not None and self._ledger.shows(order.order) and records.is_listed(order.order):
            listed = self._listings.by_name[order.order.instrument]
            yield records.order_record(order.order, listed, existing=False)


class StopOrderStream(PortfolioStream):
    """Tell stop orders until they are triggered."""

    def _stored(self) -> Iterator[msgspec.Struct]:
        rows = self._ledger.stop_orders(self._portfolio)
        yield from (row for row in rows if self._is_wanted(row.status))

    def _changed(self, event: BrokerEvent, now: int) -> Iterator[msgspec.Struct]:
        update = _changed_order(event)
        if update is None or isinstance(update.report, OrderFilled):
            return
        if records.is_stop(update.order) and self._ledger.shows(update.order):
            listed = self._listings.by_name[update.order.instrument]
            yield records.stop_record(update.order, listed, existing=False)


class ExecutionStream(PortfolioStream):
    """Tell executions, each before the order it changes, as long as it is subscribed first."""

    def _stored(self) -> Iterator[msgspec.Struct]:
        yield from self._ledger.trades(self._portfolio)

    def _changed(self, event: BrokerEvent, now: int) -> Iterator[msgspec.Struct]:
        if isinstance(event, OrderUpdate) and isinstance(event.report, OrderFilled):
            listed = self._listings.by_name[event.order.instrument]
            yield records.trade_record(event.report, listed, event.order.remark, existing=False)


class PositionStream(PortfolioStream):
    """Tell holdings and cash; a closed position comes once more with zeros."""

    def _stored(self) -> Iterator[msgspec.Struct]:
        yield from self._ledger.positions(self._portfolio)

    def _changed(self, event: BrokerEvent, now: int) -> Iterator[msgspec.Struct]:
        if isinstance(event, PositionRecord):
            listed = self._listings.by_name[event.instrument]
            yield records.position_record(event, listed, existing=False)
        elif isinstance(event, BalanceRecord):
            yield self._ledger.cash(self._portfolio, existing=False)


class SummaryStream(PortfolioStream):
    """Tell the money figures."""

    def _stored(self) -> Iterator[msgspec.Struct]:
        yield self._ledger.summary(self._portfolio)

    def _changed(self, event: BrokerEvent, now: int) -> Iterator[msgspec.Struct]:
        if isinstance(event, BalanceRecord):
            yield self._ledger.summary(self._portfolio)


class RiskStream(PortfolioStream):
    """Tell the risk figures."""

    def _stored(self) -> Iterator[msgspec.Struct]:
        yield self._ledger.risk(self._portfolio, 0)

    def _changed(self, event: BrokerEvent, now: int) -> Iterator[msgspec.Struct]:
        if isinstance(event, BalanceRecord):
            yield self._ledger.risk(self._portfolio, now)


class DerivativesRiskStream(PortfolioStream):
    """Tell the money figures of a derivatives portfolio."""

    def _stored(self) -> Iterator[msgspec.Struct]:
        yield self._ledger.derivatives_risk(self._portfolio)

    def _changed(self, event: BrokerEvent, now: int) -> Iterator[msgspec.Struct]:
        if isinstance(event, BalanceRecord):
            yield self._ledger.derivatives_risk(self._portfolio)


def _account(event: BrokerEvent) -> str | None:
    if isinstance(event, OrderUpdate):
        return event.order.account
    return event.account if isinstance(event, PositionRecord | BalanceRecord) else None


def _changed_order(event: BrokerEvent) -> OrderUpdate | None:
    """Return an update of an order; a refused request has changed nothing."""
    if not isinstance(event, OrderUpdate):
        return None
    return None if isinstance(event.report, CancelRejected | ReplaceRejected) else event


PORTFOLIO_STREAMS: dict[str, type[PortfolioStream]] = {
    "OrdersGetAndSubscribeV2": OrderStream,
    "StopOrdersGetAndSubscribeV2": StopOrderStream,
    "StopOrdersGetAndSubscribe": StopOrderStream,
    "TradesGetAndSubscribeV2": ExecutionStream,
    "PositionsGetAndSubscribeV2": PositionStream,
    "SummariesGetAndSubscribeV2": SummaryStream,
    "RisksGetAndSubscribe": RiskStream,
    "SpectraRisksGetAndSubscribe": DerivativesRiskStream,
}
"""The opcodes that are about a portfolio."""
