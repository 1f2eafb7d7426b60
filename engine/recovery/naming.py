"""Find the order that a venue speaks of, by our id or by its own.

Guesses nothing: without either id there is no order.
"""

from engine.kernel import Kernel
from engine.orders.order import Order

EXTERNAL = "external"
"""The strategy to which orders belong that this program did not send."""


def order_named(
    kernel: Kernel, account: str, client_order_id: str, venue_order_id: str
) -> Order | None:
    """Return the order of an id, ours first; None for one that is not in an account's books."""
    orders = kernel.orders.orders
    found = orders.get(client_order_id)
    if found is not None or not venue_order_id:
        return found
    for order in orders.values():
        if order.leg is not None and order.leg.venue_order_id == venue_order_id:
            return order if order.account == account else None
    return None
