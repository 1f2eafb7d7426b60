"""Own orders of one side of one instrument, each kind in the order in which it is reached.

Matches nothing; it knows only who is next.
"""

from bisect import bisect_left, insort
from math import isnan

from backtest.exchange.order import NOWHERE, RESTING, STOPPED, WAITING, Order

Entries = list[tuple[int, int, Order]]
"""`(rank of the price, minus the sequence, order)`, rising: the first to be reached is the last."""

_INFINITY = float("inf")


class Ladder:
    """Hold limits, untriggered stops and waiting orders of a side: +1 own buys, -1 own sells.

    Limits stand in price-time priority: the highest buy first, the lowest sell first, then the
    lower sequence. Stops stand in the order in which a moving market reaches them: the lowest buy
    stop first, the highest sell stop first. Orders in line keep the order of their arrival.
    `taken` counts the units taken from the opposite touch while it read `seen_price`, `seen_size`.
    """

    __slots__ = (
        "resting",
        "seen_price",
        "seen_size",
        "side",
        "stops",
        "taken",
        "trailing",
        "waiting",
    )

    def __init__(self, side: int) -> None:
        self.side = side
        self.resting: Entries = []
        self.stops: Entries = []
        self.waiting: list[Order] = []
        self.trailing: list[Order] = []
        self.taken = 0
        self.seen_price = self.seen_size = float("nan")

    def rest(self, order: Order) -> None:
        """Put a limit into price-time priority."""
        order.home = RESTING
        insort(self.resting, (order.price * self.side, -order.sequence, order))

    def hold(self, order: Order) -> None:
        """Put an untriggered stop among the stops."""
        order.home = STOPPED
        insort(self.stops, (-order.stop * self.side, -order.sequence, order))

    def queue(self, order: Order) -> None:
        """Put an order at the end of the line for the next price."""
        order.home = WAITING
        self.waiting.append(order)

    def follow(self, order: Order) -> None:
        """Count an order among the trailing stops; `move` gives it its place among the stops."""
        self.trailing.append(order)

    def move(self, order: Order, stop: int, trigger: float) -> None:
        """Give a trailing stop a new trigger and its place among the stops."""
        if order.home == STOPPED:
            self._leave(self.stops, -order.stop * self.side, order)
        order.set_stop(stop, trigger)
        self.hold(order)

    def remove(self, order: Order) -> None:
        """Take an order out of wherever it is."""
        home = order.home
        order.home = NOWHERE
        if home == RESTING:
            resting = self.resting
            del resting[bisect_left(resting, (order.price * self.side, -order.sequence))]
        elif home == STOPPED:
            self._leave(self.stops, -order.stop * self.side, order)
        elif home == WAITING:
            self.waiting.remove(order)
        if order.trail and order in self.trailing:
            self.trailing.remove(order)

    @staticmethod
    def _leave(entries: Entries, rank: int, order: Order) -> None:
        del entries[bisect_left(entries, (rank, -order.sequence))]

    @property
    def limit_line(self) -> float:
        """Return the best resting limit; without one, a price that no row reaches."""
        return self.resting[-1][2].limit if self.resting else -self.side * _INFINITY

    @property
    def stop_line(self) -> float:
        """Return the first stop to be reached; without one, a price that no row reaches."""
        return self.stops[-1][2].trigger if self.stops else self.side * _INFINITY

    @property
    def trail_line(self) -> float:
        """Return the price beyond which a trailing stop moves; without one, one never reached."""
        bests = [order.best for order in self.trailing]
        if any(map(isnan, bests)):
            return self.side * _INFINITY
        if self.side > 0:
            return max(bests, default=-_INFINITY)
        return min(bests, default=_INFINITY)

    def see(self, price: float, size: float) -> None:
        """Forget what was taken from the opposite touch as soon as its price or size reads anew."""
        if self.taken and (price != self.seen_price or size != self.seen_size):
            self.taken = 0

    def take(self, price: float, size: float, units: int) -> None:
        """Note units taken from the opposite touch, which reads `price` and `size`."""
        self.seen_price = price
        self.seen_size = size
        self.taken += units
