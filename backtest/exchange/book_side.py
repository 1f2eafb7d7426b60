"""One side of a recorded book for the exchange: its levels, what is taken, which own orders rest.

Fills nothing: the market that owns the book does.
"""

from backtest.exchange.ladder import Ladder
from backtest.exchange.offered import Offered
from backtest.exchange.order import Order
from backtest.exchange.queue import LevelQueue, Place, QueueModel
from engine.books.levels import Levels


class BookSide:
    """Hold a side's recorded levels beside own orders of the same side.

    `ladder` has the own orders in price-time priority, `offered` what opposite own orders can take
    of the levels, `queues` the places of resting own orders by price.
    """

    __slots__ = ("_model", "_places", "ladder", "levels", "offered", "queues", "side")

    def __init__(
        self, levels: Levels, ladder: Ladder, model: QueueModel, share: float, step: int
    ) -> None:
        self.side = levels.side
        self.levels = levels
        self.ladder = ladder
        self.offered = Offered(levels, share, step)
        self.queues: dict[int, LevelQueue] = {}
        self._places: dict[str, Place] = {}
        self._model = model

    def rest(self, order: Order, rank: int) -> None:
        """Put a limit at the end of the queue of its price."""
        self.ladder.rest(order)
        queue = self.queues.setdefault(order.price, LevelQueue())
        size = self.levels.size(order.price)
        self._places[order.id] = queue.join(order, size, rank)

    def place(self, order: Order) -> Place:
        """Return the place of a resting order."""
        return self._places[order.id]

    def leave(self, order: Order) -> None:
        """Take an order out of its queue, if it is in one."""
        place = self._places.pop(order.id, None)
        if place is not None:
            queue = self.queues[order.price]
            queue.places.remove(place)
            if not queue.places:
                del self.queues[order.price]

    def printed(self, price: int, size: int) -> None:
        """Note units that traded at a price."""
        queue = self.queues.get(price)
        if queue is not None:
            queue.printed += size

    def change(self, price: int, size: int) -> None:
        """Move own orders up, and count what was taken, before a level gets another size."""
        queue = self.queues.get(price)
        if queue is not None:
            queue.changed(self._model, self.levels.size(price), size)
        self.offered.changed(price, size)

    def renew(self) -> None:
        """Hold places against a snapshot, where it shows their level."""
        levels = self.levels
        if not len(levels):
            return
        worst, _ = levels.level(len(levels) - 1)
        for price, queue in self.queues.items():
            if (price - worst) * self.side >= 0:
                queue.renew(levels.size(price))
