"""What counts as an exit: an order that only reduces the account's position, whatever else fills.

Denies nothing; see the section on exits in docs/gate.md.
"""

from collections.abc import Callable, Iterable, Iterator

from engine.orders.exposure import Exposure
from engine.orders.life import Life
from engine.orders.order import Order

ExitTest = Callable[[Order, int], bool]
"""Says whether so many more units of an order only reduce."""


_UNKNOWN = Life.UNKNOWN


def is_exit(order: Order, added: int) -> bool:
    """Say whether `added` more units only reduce the account's position, whatever else fills.

    The venue keeps reduce-only orders from turning a position around, so each of them may be as
    large as the position, whatever others of them work beside it.
    """
    exposure = order.route.exposure
    held = -exposure.position.quantity * order.side
    if held <= 0:
        return False
    buying = order.side > 0
    working = exposure.buys if buying else exposure.sells
    if order.terms.reduce_only:
        return working + min(added, held) <= held
    return working + (exposure.reducing_buys if buying else exposure.reducing_sells) + added <= held


class UnknownExits:
    """Look past the exits whose fate nobody knows: as a person decides, and to tell what blocks."""

    def __init__(self, orders: Callable[[], Iterable[Order]]) -> None:
        self._orders = orders

    def is_exit(self, order: Order, added: int) -> bool:
        """Say whether an order only reduces if the unknown exits do not fill."""
        return is_exit(order, added) or self.blocking(order, added) is not None

    def blocking(self, order: Order, added: int) -> Order | None:
        """Return the oldest unknown exit but for which an order would be one; else None."""
        unknown = [other for other in self._orders() if _may_fill_before(other, order)]
        reserved = sum(other.leg.reserved for other in unknown if other.leg is not None)
        return unknown[0] if unknown and is_exit(order, added - reserved) else None


def _may_fill_before(other: Order, order: Order) -> bool:
    """Say whether an order of unknown fate counts against another one on its side."""
    leg = other.leg
    if leg is None or leg.life is not _UNKNOWN or other.side is not order.side or other is order:
        return False
    both_reduce = other.terms.reduce_only and order.terms.reduce_only
    return other.route.exposure is order.route.exposure and not both_reduce


def opening(orders: Iterable[Order]) -> Iterator[Order]:
    """Yield the orders, of those open, that are no exits; the oldest keep the position to close."""
    left: dict[Exposure, int] = {}
    listed = list(orders)
    for order in listed:
        exposure = order.route.exposure
        if exposure not in left:
            left[exposure] = 0 if exposure.legs is not None else _closable(exposure, listed)
        if order.terms.reduce_only:
            continue
        reserved = order.units if order.leg is None else order.leg.reserved
        if order.side * exposure.position.quantity < 0 and reserved <= left[exposure]:
            left[exposure] -= reserved
        else:
            yield order


def _closable(exposure: Exposure, listed: list[Order]) -> int:
    """Return the units of a position that orders other than the listed leave to close.

    Reduce-only orders come first: once they have filled, any other would open.
    """
    held = exposure.position.quantity
    if held > 0:
        working, reducing = exposure.sells, exposure.reducing_sells
    else:
        working, reducing = exposure.buys, exposure.reducing_buys
    ours = sum(
        order.leg.reserved
        for order in listed
        if order.leg is not None
        and order.route.exposure is exposure
        and order.side * held < 0
        and not order.terms.reduce_only
    )
    return abs(held) - reducing - (working - ours)
