"""The rule against trading with oneself: own best prices in an instrument of an account.

Kept by price and cleaned only at the best, so a decision costs no more with many orders.
"""

from collections import deque
from heapq import heapify, heappop, heappush

from engine.gate.rules.references import touch
from engine.gate.verdict import Denial
from engine.market_state import MarketState
from engine.model.commands import OrderType
from engine.model.reports import DenialReason
from engine.orders.life import CLOSED
from engine.orders.order import Order

_MARKET, _LIMIT, _STOP_LIMIT = OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT
_SLACK = 64

_Resting = tuple[int, Order]
"""An own limit: the change that set it, 0 for none, and its order."""


class _Side:
    """The own limits of one side by price, oldest first, and a heap of the prices, best on top.

    `sign` makes the best price the least. Beyond `most` limits those that are gone are removed.
    """

    __slots__ = ("_sign", "count", "levels", "most", "prices")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self.prices: list[float] = []
        self.levels: dict[float, deque[_Resting]] = {}
        self.count, self.most = 0, _SLACK

    def best(self) -> tuple[float, Order] | None:
        """Return the best price and the oldest order there; forget on the way what is gone."""
        while self.prices:
            key = self.prices[0]
            price, level = self._sign * key, self.levels[key]
            while level and not _stands(price, level[0]):
                level.popleft()
                self.count -= 1
            if level:
                return price, level[0][1]
            del self.levels[heappop(self.prices)]
        return None

    def clean(self) -> None:
        """Remove what is gone at every price."""
        for key, level in list(self.levels.items()):
            standing = deque(each for each in level if _stands(self._sign * key, each))
            if standing:
                self.levels[key] = standing
            else:
                del self.levels[key]
        self.prices = list(self.levels)
        heapify(self.prices)
        self.count = sum(len(level) for level in self.levels.values())
        self.most = 2 * self.count + _SLACK


class OwnPrices:
    """Keep the limits at which all strategies of an account bid and offer in an instrument."""

    __slots__ = ("_asks", "_bids", "_market")

    def __init__(self, market: MarketState) -> None:
        self._market = market
        self._bids, self._asks = _Side(-1), _Side(1)

    def judge(self, order: Order, _quantity: int, _added: int, price: float) -> Denial | None:
        """Deny an entry that reaches an own order on the other side.

        A market order reaches as far as the other side's quote. Stops are not judged: where they
        will match is known to nobody yet.
        """
        side = order.side
        against = self._asks if side > 0 else self._bids
        if not against.prices:
            return None
        if order.type is _LIMIT and price * side < against.prices[0]:
            return None  # also if the best were still there
        best = against.best()
        if best is None:
            return None
        if order.type is _MARKET:
            reached = touch(self._market, side)
            price = reached if reached == reached else price  # noqa: PLR0124 - NaN
        elif order.type is _STOP_LIMIT and order.price is not None:
            price = order.price
        elif order.type is not _LIMIT:
            return None
        level, other = best
        if (level - price) * side > 0:
            return None
        text = f"would meet own order {other.id} of {other.strategy} at {level:g}"
        return DenialReason.SELF_MATCH, text

    def note(self, order: Order, price: float) -> None:
        """Remember the limit of an approved order or change."""
        if order.price is None:
            return
        own, key = (self._bids, -price) if order.side > 0 else (self._asks, price)
        leg = order.leg
        resting = (0 if leg is None else leg.requests, order)
        level = own.levels.get(key)
        if level is None:
            own.levels[key] = deque((resting,))
            heappush(own.prices, key)
        else:
            level.append(resting)
        own.count += 1
        if own.count > own.most:
            own.clean()


def _stands(price: float, resting: _Resting) -> bool:
    """Say whether an order still works at a price, or is being changed to it."""
    request, order = resting
    leg = order.leg
    if leg is None:
        return not order.reason and order.price == price
    if CLOSED[leg.life]:
        return False
    return order.price == price or leg.amending == request > 0
