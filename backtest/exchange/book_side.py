"""One side of a recorded book for the exchange: its levels, what is taken, which own orders rest.

Fills nothing: the market that owns the book does.
"""

from backtest.exchange.ladder import Ladder
from backtest.exchange.offered import Offered
from backtest.exchange.order import Order
from backtest.exchange.queue import Place, QueueModel, level_changed
from engine.books.levels import Levels


class BookSide:
    """Hold a side's recorded levels beside own orders of the same side.

    `ladder` has the own orders in price-time priority, `offered` what opposite own orders can take
    of the levels, `by_price` the places of resting own orders in the queues of their levels.
    """

    __slots__ = ("_by_order", "_queue", "by_price", "ladder", "levels", "offered", "side")

    def __init__(
        self, levels: Levels, ladder: Ladder, queue: QueueModel, share: float, step: int
    ) -> None:
        self.side = levels.side
        self.levels = levels
        self.ladder = ladder
        self.offered = Offered(levels, share, step)
        self.by_price: dict[int, list[Place]] = {}
        self._by_order: dict[str, Place] = {}
        self._queue = queue

    def rest(self, order: Order, rank: int) -> None:
        """Put a limit at the end of the queue of its price."""
        self.ladder.rest(order)
        place = Place(order, self.levels.sizes.get(order.price, 0), rank)
        self._by_order[order.id] = place
        self.by_price.setdefault(order.price, []).append(place)

    def place(self, order: Order) -> Place:
        """Return the place of a resting order."""
        return self._by_order[order.id]

    def leave(self, order: Order) -> None:
        """Take an order out of its queue, if it is in one."""
        place = self._by_order.pop(order.id, None)
        if place is None:
            return
        there = self.by_price[order.price]
        there.remove(place)
        if not there:
            del self.by_price[order.price]

    def change(self, price: int, size: int) -> None:
        """Move own orders up, and count what was taken, before a level gets another size."""
        for place in self.by_price.get(price, ()):
            level_changed(self._queue, place, self.levels.sizes.get(price, 0), size)
        self.offered.changed(price, size)

    def renew(self) -> None:
        """Let no more be ahead than a snapshot shows, where it shows the level."""
        keys = self.levels.keys
        for price, there in self.by_price.items():
            if keys and price * self.side >= keys[0]:
                for place in there:
                    place.ahead = min(place.ahead, self.levels.sizes.get(price, 0))
                    place.traded = 0
