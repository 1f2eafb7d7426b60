"""Laws that hold for every exchange, checked over the reports of a flow as they come."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.model.commands import Side
from engine.model.reports import (
    CashAdjusted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReport,
)
from tests.exchange.flow import Quote, Submit, Trade

Offer = tuple[int | None, int | None]


@dataclass
class Laws:
    """Follow every order and position; `check` raises AssertionError at the first broken law."""

    orders: dict[str, Submit] = field(default_factory=dict)
    quantities: dict[str, float] = field(default_factory=dict)
    limits: dict[str, float | None] = field(default_factory=dict)
    filled: dict[str, float] = field(default_factory=dict)
    closed: dict[str, None] = field(default_factory=dict)
    positions: dict[str, float] = field(default_factory=dict)

    def submitted(self, action: Submit) -> None:
        self.orders[action.id] = action
        self.quantities[action.id] = action.quantity
        self.limits[action.id] = action.limit
        self.filled[action.id] = 0.0

    def check(self, reports: Iterable[OrderReport | CashAdjusted]) -> None:
        for report in reports:
            assert isinstance(report, OrderReport)
            if isinstance(report, OrderReplaced):
                self.quantities[report.client_order_id] = report.quantity
                self.limits[report.client_order_id] = report.price
            if isinstance(report, OrderFilled):
                self._check_fill(report)
            if isinstance(report, OrderCanceled):
                assert report.filled == self.filled[report.client_order_id]
            if isinstance(report, OrderCanceled | OrderRejected):
                self._close(report.client_order_id)

    def _check_fill(self, fill: OrderFilled) -> None:
        name = fill.client_order_id
        order, limit = self.orders[name], self.limits[name]
        assert name not in self.closed, "a closed order fills no more"
        assert fill.quantity > 0
        self.filled[name] += fill.quantity
        assert self.filled[name] <= self.quantities[name], "no more than the order's quantity"
        if limit is not None:
            assert (limit - fill.price) * order.side >= 0, "never beyond the limit"
        before = self.positions.get(fill.account, 0.0)
        after = before + fill.side * fill.quantity
        self.positions[fill.account] = after
        if order.reduce_only:
            assert abs(after) < abs(before), "reduce-only reduces"
            assert after * before >= 0, "reduce-only never flips"
        if self.filled[name] == self.quantities[name]:
            self._close(name)

    def _close(self, name: str) -> None:
        assert name not in self.closed, "an order closes once"
        self.closed[name] = None


@dataclass
class Liquidity:
    """Follow what quotes and trades offer; own fills may take no more of it than there is."""

    offers: dict[int, Offer] = field(default_factory=dict)
    taken: dict[int, float] = field(default_factory=lambda: {1: 0.0, -1: 0.0})

    def quoted(self, quote: Quote) -> None:
        for side, offer in ((1, (quote.ask, quote.ask_size)), (-1, (quote.bid, quote.bid_size))):
            if offer != self.offers.get(side):
                self.taken[side] = 0.0
            self.offers[side] = offer

    def check(self, trade: Trade | None, reports: Iterable[OrderReport | CashAdjusted]) -> None:
        """Hold the fills that one action led to against the print, if it was one, or the touch."""
        printed = 0.0
        for fill in reports:
            if not isinstance(fill, OrderFilled):
                continue
            if trade is not None and (fill.liquidity == "maker" or not self.offers):
                printed += fill.quantity
                assert trade.size is None or printed <= trade.size
                self._is_possible(fill, trade.price)
            else:
                price, size = self.offers[fill.side]
                assert price is not None
                self.taken[fill.side] += fill.quantity
                assert size is None or self.taken[fill.side] <= size
                self._is_possible(fill, price)

    @staticmethod
    def _is_possible(fill: OrderFilled, price: float) -> None:
        """Hold a taker to the price that was seen, a maker to no better one."""
        if fill.liquidity == "taker":
            assert fill.price == price
        else:
            assert (fill.price - price) * fill.side >= 0


def best_first(reports: Iterable[OrderReport | CashAdjusted], side: Side) -> bool:
    """Return whether the makers of one action on one side filled in the order of their prices."""
    prices = [
        fill.price * side
        for fill in reports
        if isinstance(fill, OrderFilled) and fill.side == side and fill.liquidity == "maker"
    ]
    return prices == sorted(prices, reverse=True)
