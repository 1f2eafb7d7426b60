"""Rules about an order's own price.

Knows no market; the collar does.
"""

from engine.gate.verdict import Denial
from engine.model.reports import DenialReason
from engine.orders.order import Order


def price_limits(order: Order, _quantity: int, _added: int, price: float) -> Denial | None:
    """Deny a limit price outside the lowest and the highest allowed."""
    if order.price is not None:
        limits = order.route.limits
        units = round(price * order.route.price_scale)
        if not limits.price_low <= units <= limits.price_high:
            return DenialReason.PRICE_INVALID, f"price {price:g} is outside the limits"
    return None
