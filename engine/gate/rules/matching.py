"""The rule against trading with oneself: own best prices in an instrument of an account.

Kept as heaps that are cleaned only at their top, so a decision costs no more with many orders.
"""

from heapq import heappop, heappush
from typing import NamedTuple

from engine.gate.verdict import Denial
from engine.market_state import MarketState
from engine.model.commands import OrderType
from engine.model.reports import DenialReason
from engine.orders.order import Order

_MARKET, _LIMIT, _STOP_LIMIT = OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT
_SLACK = 64


class _Resting(NamedTuple):
    """An own limit price: `key` sorts the best first; `request` is the change that brought it."""

    key: float
    number: int
    price: float
    request: int
    order: Order

    @property
    def stands(self) -> bool:
        """Say whether the order still works at this price, or is being changed to it."""
        order = self.order
        if not order.is_open:
            return False
        asked = order.leg is not None and order.leg.amending == self.request > 0
        return asked or order.price == self.price


class OwnPrices:
    """Keep the limits at which all strategies of an account bid and offer in an instrument."""

    __slots__ = ("_market", "_number", "_resting")

    def __init__(self, market: MarketState) -> None:
        self._market = market
        self._resting: dict[int, list[_Resting]] = {1: [], -1: []}
        self._number = 0

    def judge(self, order: Order, _quantity: int, _added: int, price: float) -> Denial | None:
        """Deny an entry that reaches an own order on the other side.

        A market order reaches as far as the other side's quote. Stops are not judged: where they
        will match is known to nobody yet.
        """
        best = self.best(-order.side)
        if best is None:
            return None
        if order.type is _MARKET:
            price = self._touch(order.side, price)
        elif order.type is _STOP_LIMIT and order.price is not None:
            price = order.price
        elif order.type is not _LIMIT:
            return None
        if (best.price - price) * order.side > 0:
            return None
        text = f"would meet own order {best.order.id} of {best.order.strategy} at {best.price:g}"
        return DenialReason.SELF_MATCH, text

    def note(self, order: Order, price: float) -> None:
        """Remember the limit of an approved order or change."""
        if order.price is None:
            return
        side, heap = int(order.side), self._resting[order.side]
        request = 0 if order.leg is None else order.leg.requests
        self._number += 1
        heappush(heap, _Resting(-side * price, self._number, price, request, order))
        if len(heap) > _SLACK and self._number % len(heap) == 0:
            heap[:] = sorted(each for each in heap if each.stands)

    def best(self, side: int) -> _Resting | None:
        """Return the best own price of a side; forget on the way what no longer stands."""
        heap = self._resting[side]
        while heap and not heap[0].stands:
            heappop(heap)
        return heap[0] if heap else None

    def _touch(self, side: int, otherwise: float) -> float:
        quote = self._market.quote
        if quote is None:
            return otherwise
        touch = quote.ask if side > 0 else quote.bid
        return touch if touch == touch else otherwise  # noqa: PLR0124 - NaN
