"""The rule against trading with oneself: own best prices in an instrument of an account.

Kept as heaps that are cleaned only at their top, so a decision costs no more with many orders.
"""

from heapq import heappop, heappush

from engine.gate.rules.references import touch
from engine.gate.verdict import Denial
from engine.market_state import MarketState
from engine.model.commands import OrderType
from engine.model.reports import DenialReason
from engine.orders.life import CLOSED
from engine.orders.order import Order

_MARKET, _LIMIT, _STOP_LIMIT = OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT
_SLACK = 64


_Resting = tuple[float, int, float, int, Order]
"""An own limit: the key that sorts the best first, a number, price, change that set it, order."""


class OwnPrices:
    """Keep the limits at which all strategies of an account bid and offer in an instrument."""

    __slots__ = ("_market", "_most", "_number", "_resting")

    def __init__(self, market: MarketState) -> None:
        self._market = market
        self._resting: dict[int, list[_Resting]] = {1: [], -1: []}
        self._most = {1: _SLACK, -1: _SLACK}
        self._number = 0

    def judge(self, order: Order, _quantity: int, _added: int, price: float) -> Denial | None:
        """Deny an entry that reaches an own order on the other side.

        A market order reaches as far as the other side's quote. Stops are not judged: where they
        will match is known to nobody yet.
        """
        side = order.side
        best = self.best(-side)
        if best is None:
            return None
        if order.type is _MARKET:
            reached = touch(self._market, side)
            price = reached if reached == reached else price  # noqa: PLR0124 - NaN
        elif order.type is _STOP_LIMIT and order.price is not None:
            price = order.price
        elif order.type is not _LIMIT:
            return None
        if (best[2] - price) * side > 0:
            return None
        other = best[4]
        text = f"would meet own order {other.id} of {other.strategy} at {best[2]:g}"
        return DenialReason.SELF_MATCH, text

    def note(self, order: Order, price: float) -> None:
        """Remember the limit of an approved order or change."""
        if order.price is None:
            return
        side, heap = int(order.side), self._resting[order.side]
        request = 0 if order.leg is None else order.leg.requests
        self._number += 1
        heappush(heap, (-side * price, self._number, price, request, order))
        if len(heap) > self._most[side]:
            heap[:] = sorted(each for each in heap if _stands(each))
            self._most[side] = 2 * len(heap) + _SLACK

    def best(self, side: int) -> _Resting | None:
        """Return the best own price of a side; forget on the way what no longer stands."""
        heap = self._resting[side]
        while heap and not _stands(heap[0]):
            heappop(heap)
        return heap[0] if heap else None


def _stands(resting: _Resting) -> bool:
    """Say whether an order still works at a price, or is being changed to it."""
    _, _, price, request, order = resting
    leg = order.leg
    if leg is None:
        return not order.reason and order.price == price
    if CLOSED[leg.life]:
        return False
    return order.price == price or leg.amending == request > 0
