"""Rules about an order's own price.

Knows no market; the collar does.
"""

from engine.gate.verdict import Denial
from engine.model.reports import DenialReason
from engine.orders.order import Order


class PriceLimits:
    """Deny a limit price outside the lowest and the highest allowed."""

    __slots__ = ("_high", "_low")

    def __init__(self, low: float, high: float) -> None:
        self._low = low
        self._high = high

    def judge(self, order: Order, _quantity: int, _added: int, price: float) -> Denial | None:
        """Compare canonical floats: prices of orders are on the grid."""
        if order.price is None or self._low <= price <= self._high:
            return None
        return DenialReason.PRICE_INVALID, f"price {price:g} is outside the limits"
