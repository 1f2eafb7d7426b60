"""Rules about positions and the number of orders in one instrument.

Counts nothing itself: exposures hold what is held and what works.
"""

from engine.gate.verdict import Denial
from engine.model.reports import DenialReason
from engine.orders.exposure import Exposure
from engine.orders.order import Order


class OpenOrders:
    """Deny a new order where as many work as may."""

    __slots__ = ("_exposure", "_limit")

    def __init__(self, limit: int, exposure: Exposure) -> None:
        self._limit = limit
        self._exposure = exposure

    def judge(self, order: Order, _quantity: int, _added: int, _price: float) -> Denial | None:
        """Count only orders that are not there yet: a change makes no order more."""
        if order.leg is None and self._exposure.open_orders >= self._limit:
            return (
                DenialReason.OPEN_ORDERS,
                f"{self._exposure.open_orders} orders are open, the limit",
            )
        return None


class WorstPosition:
    """Deny what could take a position above its limit, if it filled and nothing else reduced it."""

    __slots__ = ("_exposure", "_limit")

    def __init__(self, limit: int, exposure: Exposure) -> None:
        self._limit = limit
        self._exposure = exposure

    def judge(self, order: Order, _quantity: int, added: int, _price: float) -> Denial | None:
        """Weigh the worst case on the order's side."""
        exposure = self._exposure
        if exposure.reducing_buys or exposure.reducing_sells:
            worst = added + (exposure.highest if order.side > 0 else -exposure.lowest)
        elif order.side > 0:
            worst = added + exposure.position.quantity + exposure.buys
        else:
            worst = added - exposure.position.quantity + exposure.sells
        if worst <= self._limit or not added:
            return None
        scale = order.route.quantity_scale
        text = f"worst case {worst / scale:g}, limit {self._limit / scale:g}"
        return DenialReason.POSITION_LIMIT, text


class OwnPosition(WorstPosition):
    """Bound what a strategy holds, also where its order is an exit of the account's position."""

    __slots__ = ()

    def judge(self, order: Order, quantity: int, added: int, price: float) -> Denial | None:
        """Let pass what the engine sends to leave a position that the strategy holds."""
        exposure = self._exposure
        held = exposure.position.quantity
        if (
            added + exposure.buys + exposure.sells + (held if held > 0 else -held) <= self._limit
            or order.terms.closing
        ):
            return None  # also if everything filled on one side
        return WorstPosition.judge(self, order, quantity, added, price)
