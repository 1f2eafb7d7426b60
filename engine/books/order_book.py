"""The book of one instrument order by order (L3), its price levels kept beside the queues.

Invents no order: what concerns one it has not seen is counted and left.
"""

from engine.books.book import Book
from engine.model.instrument import Instrument
from engine.model.market import BookAction

_ADD, _REDUCE = int(BookAction.ADD), int(BookAction.REDUCE)
_EXECUTE, _MODIFY = int(BookAction.EXECUTE), int(BookAction.MODIFY)


class RestingOrder:
    """Hold one order of the book; `rank` is its place in time among all that were added."""

    __slots__ = ("id", "price", "rank", "side", "size")

    def __init__(self, order_id: int, side: int, price: int, size: int, rank: int) -> None:
        self.id = order_id
        self.side = side
        self.price = price
        self.size = size
        self.rank = rank


class OrderBook(Book):
    """Add to a book the queue of every level: the orders in the order in which they fill.

    A reduction or an execution keeps an order's place. A modification keeps it too, unless the
    price changes or the size grows; one of an order that is not there adds it, as when an iceberg
    shows its next part. `unknown` counts rows about orders that were never added, as a
    recording has that leaves out what rests behind the touch, or begins in the middle.
    """

    __slots__ = ("_queues", "orders", "rank", "unknown")

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument)
        self.orders: dict[int, RestingOrder] = {}
        self._queues: dict[int, dict[int, dict[int, RestingOrder]]] = {1: {}, -1: {}}
        self.rank = self.unknown = 0

    def queue(self, side: int, price: int) -> list[RestingOrder]:
        """Return the orders of a level (price in units), first in time first."""
        return list(self._queues[1 if side > 0 else -1].get(price, {}).values())

    def turn(self, flags: int) -> None:
        """Empty the book and its queues."""
        super().turn(flags)
        self.orders.clear()
        for queues in self._queues.values():
            queues.clear()

    def change_order(
        self, flags: int, action: int, order_id: int, side: int, price: int, size: int
    ) -> None:
        """Take one row; for a reduction or an execution `size` is what goes, else what is left."""
        if flags:
            self.change(flags, 0, 0, 0)
        if self.is_broken or not action:
            return
        order = self.orders.get(order_id)
        if action == _ADD or (order is None and action == _MODIFY):
            self._remove(order_id)
            self._add(order_id, side, price, size)
        elif order is None:
            self.unknown += 1
        elif action == _MODIFY and (price != order.price or size > order.size):
            self._remove(order_id)
            self._add(order_id, order.side, price, size)
        else:
            self._resize(order, size if action == _MODIFY else order.size - size)

    def _add(self, order_id: int, side: int, price: int, size: int) -> None:
        if not size:
            return
        self.rank += 1
        order = RestingOrder(order_id, side, price, size, self.rank)
        self.orders[order_id] = order
        self._queues[side].setdefault(price, {})[order_id] = order
        self._level(order, size)

    def _remove(self, order_id: int) -> None:
        order = self.orders.get(order_id)
        if order is not None:
            self._resize(order, 0)

    def _resize(self, order: RestingOrder, size: int) -> None:
        """Leave an order with a size and its place; nothing left takes it out."""
        left = max(0, size)
        self._level(order, left - order.size)
        order.size = left
        if not left:
            del self.orders[order.id]
            queue = self._queues[order.side][order.price]
            del queue[order.id]
            if not queue:
                del self._queues[order.side][order.price]

    def _level(self, order: RestingOrder, added: int) -> None:
        levels = self.bids if order.side > 0 else self.asks
        levels.set(order.price, levels.size(order.price) + added)
