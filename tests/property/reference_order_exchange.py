"""A slow exchange for books that are known order by order: one list of all orders in time.

Adds to the rules of `reference_book_exchange` only who is ahead of whom.
"""

from dataclasses import dataclass

from engine.model.market import BookAction
from tests.property.reference_book_exchange import Order, ReferenceBookExchange


@dataclass(eq=False)
class Stranger:
    """One order of somebody else."""

    id: int
    side: int
    price: int
    size: int


class ReferenceOrderExchange(ReferenceBookExchange):
    """Keep strangers and own resting orders in one list, in the order in which they came."""

    def __init__(self) -> None:
        super().__init__()
        self.line: list[Stranger | Order] = []

    def row(self, action: BookAction, name: int, side: int, price: int, size: int) -> None:
        """Take a change of one order, which is an event."""
        known = next((x for x in self.line if isinstance(x, Stranger) and x.id == name), None)
        if action == BookAction.ADD or (action == BookAction.MODIFY and known is None):
            self._drop(known)
            self.line.append(Stranger(name, side, price, size))
        elif known is not None and action == BookAction.MODIFY:
            if price != known.price or size > known.size:
                self._drop(known)
                self.line.append(Stranger(name, known.side, price, size))
            else:
                known.size = size
        elif known is not None:
            gone = min(size, known.size)
            if action == BookAction.EXECUTE and price == known.price:
                self._share(known, gone)
            known.size -= gone
        self.line = [x for x in self.line if isinstance(x, Order) or x.size]
        shown = {(x.side, x.price) for x in self.line if isinstance(x, Stranger)}
        for one, at in shown | set(self.levels):
            there = [x for x in self.line if isinstance(x, Stranger)]
            self._offer(one, at, sum(x.size for x in there if (x.side, x.price) == (one, at)))
        self.event([])

    def trade(self, price: int, size: int, aggressor: int) -> None:
        """Leave prints to the executions."""

    def _share(self, executed: Stranger, units: int) -> None:
        """Give own orders that were to fill before an executed one what it got."""
        for order in self._working(executed.side, "resting"):
            if order not in self.orders:
                continue
            assert order.limit is not None
            better = (order.limit - executed.price) * executed.side
            first = self.line.index(order) < self.line.index(executed)
            if better > 0 or (better == 0 and first):
                units -= self._print_into(order, units)

    def _offer(self, side: int, price: int, size: int) -> None:
        offer = self._level(side, price).offer
        while len(offer) > size:
            offer.remove(min(offer))
        while len(offer) < size:
            offer.append(False)

    def _arrive(self, order: Order) -> None:
        super()._arrive(order)
        if order.place == "resting":
            self.line.append(order)

    def _remove(self, order: Order) -> None:
        super()._remove(order)
        if order in self.line:
            self.line.remove(order)

    def _drop(self, known: Stranger | None) -> None:
        if known is not None:
            self.line.remove(known)
