"""The lists of the venue: what the broker has, as records, with the delay for strangers.

Reads the broker and changes nothing.
"""

from math import isnan

from connectors.alor_protocol.messages.account import Order, Position, StopOrder, Trade
from connectors.alor_protocol.messages.clusters import Cluster
from connectors.alor_protocol.messages.market import Book, PublicTrade, Quote
from connectors.alor_protocol.messages.risk import DerivativesRisk, Risk, Summary
from connectors.alor_protocol.simulator import records
from connectors.alor_protocol.simulator.clusters import cluster_records
from connectors.alor_protocol.simulator.past import PastMarket
from connectors.alor_protocol.simulator.profile import Listed, Listings, status_of
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.market import book_around
from connectors.simulation.records import BrokerOrder
from engine.model.instrument import AssetClass
from engine.model.market import BookSnapshot, TradeTick
from engine.model.truth import Standing

_SECOND = 1_000_000_000

DELAY_NS = 15 * 60 * 1_000_000_000
"""How old public data is for those who show no token."""


class Ledger:
    """Write the venue's lists. Orders that were refused at once are in none of them."""

    def __init__(
        self,
        broker: SimulatedBroker,
        listings: Listings,
        faults: FaultPlan,
        past: PastMarket,
        *,
        late_rejections: bool = False,
    ) -> None:
        self.past = past
        self._broker = broker
        self._listings = listings
        self._faults = faults
        self._late = late_rejections

    @property
    def now(self) -> int:
        """Return the venue's time (ns)."""
        return self._broker.now

    def shows(self, order: BrokerOrder) -> bool:
        """Say whether an order is in the venue's lists at all."""
        return order.standing is not Standing.REJECTED or self._late

    def orders(self, portfolio: str) -> list[Order]:
        """Return the rows of ordinary orders."""
        found = [order for order in self._orders(portfolio) if records.is_listed(order)]
        return [
            records.order_record(order, self._listings.by_name[order.instrument], existing=True)
            for order in found
        ]

    def stop_orders(self, portfolio: str) -> list[StopOrder]:
        """Return the rows of stop orders."""
        found = [order for order in self._orders(portfolio) if records.is_stop(order)]
        return [
            records.stop_record(order, self._listings.by_name[order.instrument], existing=True)
            for order in found
        ]

    def trades(self, portfolio: str) -> list[Trade]:
        """Return the rows of executions."""
        fills = self._broker.fills(portfolio)
        if fills and self._faults.strikes(Fault.STALE_LIST, "trades"):
            fills = fills[:-1]
        found: list[Trade] = []
        for fill in fills:
            order = self._broker.order(fill.venue_order_id)
            listed = self._listings.by_name[fill.instrument]
            comment = "" if order is None else order.remark
            found.append(records.trade_record(fill, listed, comment, existing=True))
        return found

    def positions(self, portfolio: str, *, with_cash: bool = True) -> list[Position]:
        """Return the rows of holdings, and of money."""
        held = [
            records.position_record(row, self._listings.by_name[row.instrument], existing=True)
            for row in self._broker.positions(portfolio)
        ]
        return [*held, self.cash(portfolio, existing=True)] if with_cash else held

    def cash(self, portfolio: str, *, existing: bool) -> Position:
        """Return the row of the account's currency: money less what holdings cost."""
        cost = 0.0
        for row in self._broker.positions(portfolio):
            instrument = self._broker.instruments[row.instrument]
            if instrument.asset in (AssetClass.EQUITY, AssetClass.BOND, AssetClass.FX):
                cost += row.quantity * (row.average_price or 0.0) * instrument.point_value
        balance, exchange = self._broker.balance(portfolio), self._listings.profile.exchange
        return records.cash_record(balance, exchange, cost, existing=existing)

    def summary(self, portfolio: str) -> Summary:
        """Return the money figures."""
        return records.summary_record(self._broker.balance(portfolio), self._evaluation(portfolio))

    def risk(self, portfolio: str, now: int) -> Risk:
        """Return the risk figures."""
        balance, exchange = self._broker.balance(portfolio), self._listings.profile.exchange
        return records.risk_record(balance, exchange, self._evaluation(portfolio), now)

    def derivatives_risk(self, portfolio: str) -> DerivativesRisk:
        """Return the money figures of a derivatives portfolio."""
        return records.derivatives_risk_record(self._broker.balance(portfolio))

    def book(self, listed: Listed, depth: int, *, existing: bool) -> Book:
        """Return the book: the market's own, or one that is made up around the touch."""
        name = listed.instrument.id
        book = self._broker.tape.books.get(name)
        if book is None:
            quote = self._broker.tape.quotes.get(name)
            empty = BookSnapshot(name, 0, 0, (), ())
            book = empty if quote is None else book_around(quote, listed.instrument, depth)
        return records.book_record(book, listed, depth, existing=existing)

    def quote(self, listed: Listed, *, delayed_to: int | None = None) -> Quote:
        """Return the quote; for strangers only the last price up to some time."""
        name, currency = listed.instrument.id, listed.instrument.currency
        trades = self._broker.tape.trades[name]
        if delayed_to is None:
            last = trades[-1] if trades else None
            return records.quote_record(listed, self._broker.tape.quotes.get(name), last, currency)
        old = [trade for trade in trades if trade.ts_event <= delayed_to]
        return records.quote_record(listed, None, old[-1] if old else None, currency)

    def public_trades(self, listed: Listed, depth: int) -> list[PublicTrade]:
        """Return the last public trades, oldest first."""
        trades: list[TradeTick] = list(self._broker.tape.trades[listed.instrument.id])
        last = trades[max(0, len(trades) - depth) :] if depth else []
        return [records.public_trade_record(trade, listed, existing=True) for trade in last]

    def clusters(self, listed: Listed, span: int, since: int) -> list[Cluster]:
        """Return the clusters of bars of `span` seconds that begin at `since` (s) or later."""
        trades = [
            trade
            for trade in self._broker.tape.trades[listed.instrument.id]
            if trade.ts_event // _SECOND // span * span >= since
        ]
        return cluster_records(trades, listed, span)

    def status(self, listed: Listed) -> int:
        """Return the trading status."""
        state = self._broker.tape.states.get(listed.instrument.id)
        return 17 if state is None else status_of(state.state)

    def _orders(self, portfolio: str) -> list[BrokerOrder]:
        found = [order for order in self._broker.orders(portfolio) if self.shows(order)]
        if found and self._faults.strikes(Fault.STALE_LIST, "orders"):
            return found[:-1]
        return found

    def _evaluation(self, portfolio: str) -> float:
        total = self._broker.balance(portfolio).total
        for row in self._broker.positions(portfolio):
            mark = self._broker.tape.mark(row.instrument)
            average = row.average_price or 0.0
            if not isnan(mark):
                worth = self._broker.instruments[row.instrument].point_value
                total += (mark - average) * row.quantity * worth
        return total
