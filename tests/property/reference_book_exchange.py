"""A slow exchange that says what the rules for books mean: each unit of a queue is in a list.

Knows whole numbers only, limits and market orders, careful queues; has no stops, fees or sessions.
"""

from dataclasses import dataclass, field

BUY, SELL = 1, -1
Told = tuple[str | int, ...]


@dataclass(eq=False)
class Order:
    """One order; `place` is "resting", "line" or "" once it is gone."""

    id: str
    side: int
    quantity: int
    limit: int | None
    at_once: str = ""
    post_only: bool = False
    reduce_only: bool = False
    filled: int = 0
    place: str = ""
    claim: int = 0
    number: int = 0

    @property
    def leaves(self) -> int:
        return self.quantity - self.filled

    def allows(self, price: int) -> bool:
        return self.limit is None or (self.limit - price) * self.side >= 0


@dataclass
class Level:
    """One price of one side, unit by unit.

    `queue` holds None for each unit of a stranger and own orders between them; `offer` says of each
    unit that the tape shows whether we have taken it; `printed` counts units that traded here since
    the tape last spoke of the level.
    """

    queue: list[Order | None] = field(default_factory=list)
    offer: list[bool] = field(default_factory=list)
    printed: int = 0

    @property
    def strangers(self) -> int:
        return self.queue.count(None)

    def becomes(self, size: int) -> None:
        """Take a size from the tape."""
        less = max(0, len(self.offer) - size)
        if less > self.printed:
            while self.strangers > size:
                del self.queue[len(self.queue) - 1 - self.queue[::-1].index(None)]
        self.printed = 0
        while len(self.offer) > size:
            self.offer.remove(min(self.offer))
        while len(self.offer) < size:
            self.offer.append(False)
        while self.strangers < size:
            self.queue.append(None)

    def join(self, order: Order) -> None:
        """Put an own order at the end, behind what the tape shows and has not printed since.

        Strangers whom it shows no more are gone, save those who are ahead of another own order.
        """
        if not any(self.queue):
            self.queue, self.printed = [], 0
        shown = max(0, len(self.offer) - self.printed)
        while self.queue[-1:] == [None] and self.strangers > shown:
            self.queue.pop()
        while self.strangers < shown:
            self.queue.append(None)
        self.queue.append(order)


class ReferenceBookExchange:
    """Match orders of one account in one instrument; `told` grows with what happened."""

    def __init__(self) -> None:
        self.levels: dict[tuple[int, int], Level] = {}
        self.orders: list[Order] = []
        self.told: list[Told] = []
        self.position = 0
        self.claims = 0

    # rows

    def event(self, changes: list[tuple[int, int, int]]) -> None:
        """Take an event: sides, prices and their new sizes."""
        for side, price, size in changes:
            self._level(side, price).becomes(size)
        for side in (BUY, SELL):
            for order in self._working(side, "line"):
                if order in self.orders and not self.is_crossed:
                    self._take(order)
            while not self.is_crossed:
                resting = self._working(side, "resting")
                if not resting or not self._offers(resting[0]):
                    break
                self._come_to(resting[0])

    def trade(self, price: int, size: int, aggressor: int) -> None:
        """Take a print: +1 a buyer took, -1 a seller, 0 nobody knows."""
        for side in (BUY, SELL):
            if aggressor != side:
                size = self._hit(side, price, size)

    # commands

    def submit(self, order: Order) -> None:
        best = None if self.is_crossed else self._best(-order.side)
        would_take = best is not None and order.allows(best)
        idle = order.reduce_only and not self._reducible(order)
        if idle or (order.post_only and would_take):
            self.told.append(("rejected", order.id))
        else:
            self.told.append(("accepted", order.id))
            order.number = self.claims
            self._arrive(order)

    def cancel(self, name: str) -> None:
        order = self._find(name)
        if order is None:
            self.told.append(("refused", name))
        else:
            self._end(order)

    def replace(self, name: str, quantity: int, limit: int | None) -> None:
        order = self._find(name)
        if order is None or quantity <= order.filled:
            self.told.append(("refused", name))
            return
        wanted = order.limit if limit is None or order.limit is None else limit
        best = self._best(-order.side)
        if order.post_only and wanted != order.limit and best is not None and not self.is_crossed:
            assert wanted is not None
            if (wanted - best) * order.side >= 0:
                self.told.append(("refused", name))
                return
        again = wanted != order.limit or quantity > order.quantity
        self.told.append(("replaced", name, quantity))
        if again:
            self._remove(order)
        order.quantity, order.limit = quantity, wanted
        if again:
            self._arrive(order)

    # what becomes of orders

    @property
    def is_crossed(self) -> bool:
        bid, ask = self._best(BUY), self._best(SELL)
        return bid is not None and ask is not None and bid > ask

    def _arrive(self, order: Order) -> None:
        self.claims += 1
        order.claim = self.claims
        self.orders.append(order)
        if not self.is_crossed:
            best = self._best(-order.side)
            if order.post_only and best is not None and order.allows(best):
                self._end(order)
                return
            self._take(order)
            if order not in self.orders:
                return
            if order.at_once:
                self._end(order)
                return
        if order.limit is not None and not order.at_once:
            order.place = "resting"
            self._level(order.side, order.limit).join(order)
        else:
            order.place = "line"

    def _take(self, order: Order) -> None:
        """Take free units of the other side, the best price first."""
        offers = self._offers(order)
        room = min(order.leaves, self._reducible(order) if order.reduce_only else order.leaves)
        if order.at_once == "fok" and min(room, len(offers)) < order.leaves:
            offers = []
        at_price: dict[int, int] = {}
        for price in offers[:room]:
            at_price[price] = at_price.get(price, 0) + 1
        for price, units in at_price.items():
            self._mark_taken(order, price, units)
            self._fill(order, units, price, "taker")
        if order in self.orders and order.place == "line" and order.at_once:
            self._end(order)

    def _come_to(self, order: Order) -> None:
        """Fill a resting order that the other side of the book has reached, at its own price."""
        offers = self._offers(order)
        room = min(order.leaves, self._reducible(order) if order.reduce_only else order.leaves)
        for price in offers[:room]:
            self._mark_taken(order, price, 1)
        assert order.limit is not None
        self._fill(order, min(room, len(offers)), order.limit, "maker")

    def _offers(self, order: Order) -> list[int]:
        """Return the price of every free unit that an order may take, best first."""
        prices = sorted(
            (price for side, price in self.levels if side == -order.side and order.allows(price)),
            key=lambda price: price * order.side,
        )
        return [
            price
            for price in prices
            for taken in self.levels[-order.side, price].offer
            if not taken
        ]

    def _mark_taken(self, order: Order, price: int, units: int) -> None:
        offer = self.levels[-order.side, price].offer
        for _ in range(units):
            offer[offer.index(False)] = True

    def _hit(self, side: int, price: int, size: int) -> int:
        """Let a print run through the queues of the prices it reaches; return what is left of it.

        At a better price than the print's all strangers must have gone before.
        """
        printed = size
        own = [o for o in self._working(side, "resting") if o.allows(price)]
        for order in own:
            assert order.limit is not None
            level = self._level(side, order.limit)
            if order.limit != price and order in self.orders:
                last = max(i for i, each in enumerate(level.queue) if each is order)
                level.queue[:last] = [each for each in level.queue[:last] if each is not None]
                size -= self._print_into(order, size)
        at_price = self._level(side, price)
        if any(order.limit == price for order in own):
            at_price.printed += printed
            size = self._run_through(at_price, size)
        return size

    def _run_through(self, level: Level, size: int) -> int:
        """Let a print consume a queue from its front; return what strangers did not get."""
        left = size
        filled = 0
        for each in list(level.queue):
            if not left:
                break
            if each is None:
                level.queue.remove(None)
                left -= 1
            elif each in self.orders:
                got = self._print_into(each, left)
                left -= got
                filled += got
        return size - filled

    def _print_into(self, order: Order, size: int) -> int:
        room = min(order.leaves, self._reducible(order) if order.reduce_only else order.leaves)
        units = min(room, size)
        if units:
            assert order.limit is not None
            self._fill(order, units, order.limit, "maker")
        return units

    def _fill(self, order: Order, units: int, price: int, liquidity: str) -> None:
        order.filled += units
        self.position += order.side * units
        self.told.append(("filled", order.id, units, price, liquidity))
        if not order.leaves:
            self._remove(order)
        for other in sorted(self.orders, key=lambda each: each.number):
            if other.reduce_only and not self._reducible(other):
                self._end(other)

    def _reducible(self, order: Order) -> int:
        return max(0, -order.side * self.position)

    def _end(self, order: Order) -> None:
        self._remove(order)
        self.told.append(("canceled", order.id))

    def _remove(self, order: Order) -> None:
        self.orders.remove(order)
        order.place = ""
        if order.limit is not None:
            queue = self._level(order.side, order.limit).queue
            if order in queue:
                queue.remove(order)

    def _working(self, side: int, place: str) -> list[Order]:
        """Return own orders of a side in time, and those that rest by price before."""
        own = [order for order in self.orders if (order.side, order.place) == (side, place)]
        in_time = sorted(own, key=lambda order: order.claim)
        if place == "line":
            return in_time
        return sorted(in_time, key=lambda order: -side * (order.limit or 0))

    def _find(self, name: str) -> Order | None:
        return next((order for order in self.orders if order.id == name), None)

    def _level(self, side: int, price: int) -> Level:
        return self.levels.setdefault((side, price), Level())

    def _best(self, side: int) -> int | None:
        prices = [price for (s, price), level in self.levels.items() if s == side and level.offer]
        return max(prices, key=lambda price: price * side, default=None)
