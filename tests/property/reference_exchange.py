"""A slow exchange that says what the rules for quotes and trades mean, by searching plain lists.

Knows whole numbers only, has no slippage, fees, sessions or money, and keeps no index of anything.
"""

from dataclasses import dataclass

BUY, SELL = 1, -1
Told = tuple[str | int, ...]


@dataclass
class Order:
    """One order; `place` is "stop", "resting", "line" or "" once it is gone."""

    id: str
    side: int
    quantity: int
    limit: int | None = None
    stop: int | None = None
    trail: int | None = None
    at_once: str = ""
    post_only: bool = False
    reduce_only: bool = False
    account: str = "one"
    filled: int = 0
    place: str = ""
    claim: int = 0
    best: int | None = None

    @property
    def is_stop(self) -> bool:
        return self.stop is not None or self.trail is not None

    def allows(self, price: int) -> bool:
        return self.limit is None or (self.limit - price) * self.side >= 0


class ReferenceExchange:
    """Match orders of one instrument; `told` grows with what happened.

    Prices and sizes are whole numbers; a price of None is an empty side, a size of None unknown.
    """

    def __init__(self, *, through: bool = False, on_last: bool = False) -> None:
        self.through = through
        self.on_last = on_last
        self.orders: list[Order] = []
        self.told: list[Told] = []
        self.positions: dict[str, int] = {}
        self.touch: dict[int, tuple[int | None, int | None]] = {}
        self.taken = {BUY: 0, SELL: 0}
        self.last: int | None = None
        self.claims = 0

    # rows

    def quote(
        self, bid: int | None, bid_size: int | None, ask: int | None, ask_size: int | None
    ) -> None:
        for side, new in ((BUY, (ask, ask_size)), (SELL, (bid, bid_size))):
            if self.touch.get(side) != new:
                self.taken[side] = 0
            self.touch[side] = new
        for side in (BUY, SELL):
            self._share_touch(side)
        if not self.on_last:
            for side in (BUY, SELL):
                self._watch(side, self.touch[side][0])

    def trade(self, price: int, size: int | None, aggressor: int) -> None:
        self.last = price
        left = 10**9 if size is None else size
        if not self.touch:
            for side in (BUY, SELL):
                left -= self._serve_line(side, price, left)
        for side in (BUY, SELL):
            if aggressor != side:
                left -= self._serve_limits(side, price, left)
        if self.on_last or not self.touch:
            for side in (BUY, SELL):
                self._watch(side, price)

    # commands

    def submit(self, order: Order) -> None:
        if self._reason(order):
            self.told.append(("rejected", order.id))
            return
        self.told.append(("accepted", order.id))
        self.orders.append(order)
        self._claim(order)
        self._enter(order)

    def cancel(self, name: str) -> None:
        order = self._working(name)
        if order is None:
            self.told.append(("refused", name))
        else:
            self._end(order)

    def replace(self, name: str, quantity: int, limit: int | None, stop: int | None) -> None:
        order = self._working(name)
        if order is None or quantity <= order.filled:
            self.told.append(("refused", name))
            return
        new_limit = limit if limit is not None and order.limit is not None else order.limit
        is_armed = order.place in ("stop", "unset")
        new_stop = stop if stop is not None and is_armed else order.stop
        if order.post_only and not is_armed and new_limit != order.limit:
            price = self.touch.get(order.side, (None, None))[0]
            if price is not None and new_limit is not None and _beyond(new_limit, price, order):
                self.told.append(("refused", name))
                return
        again = (new_limit, new_stop) != (order.limit, order.stop) or quantity > order.quantity
        order.quantity, order.limit, order.stop = quantity, new_limit, new_stop
        self.told.append(("replaced", name, quantity))
        if again:
            self._claim(order)
            if is_armed:
                self._enter(order)
            else:
                self._arrive(order)

    # what becomes of orders

    def _reason(self, order: Order) -> str:
        if order.reduce_only and not self._reducible(order):
            return "nothing to reduce"
        price = self.touch.get(order.side, (None, None))[0]
        if order.post_only and not order.is_stop and price is not None and order.allows(price):
            return "would take"
        return ""

    def _enter(self, order: Order) -> None:
        if not order.is_stop:
            self._arrive(order)
            return
        order.place = "stop" if order.stop is not None else "unset"
        price = self._watched(order.side)
        if order.trail is not None:
            self._trail(order, price)
        self._watch_stops(order.side, price)

    def _arrive(self, order: Order) -> None:
        if not self.touch:
            rests = order.limit is not None and not order.at_once
            order.place = "resting" if rests else "line"
            return
        price, size = self.touch[order.side]
        if price is not None and order.allows(price):
            if order.post_only:
                self._end(order)
                return
            left = 10**9 if size is None else max(0, size - self.taken[order.side])
            self.taken[order.side] += self._take(order, price, left)
            if order not in self.orders:
                return
        if order.at_once:
            self._end(order)
        else:
            order.place = "line" if order.limit is None else "resting"

    def _share_touch(self, side: int) -> None:
        price, size = self.touch[side]
        if price is None:
            return
        left = 10**9 if size is None else max(0, size - self.taken[side])
        used = self._serve_line(side, price, left)
        used += self._serve_limits(side, price, left - used)
        self.taken[side] += used

    def _serve_line(self, side: int, price: int, left: int) -> int:
        used = 0
        line = [o for o in self.orders if o.side == side and o.place == "line"]
        for order in sorted(line, key=lambda o: o.claim):
            if order not in self.orders:
                continue
            used += self._take(order, price, left - used)
            if order in self.orders and order.at_once:
                self._end(order)
        return used

    def _serve_limits(self, side: int, price: int, left: int) -> int:
        used = 0
        while left > used:
            reached = [
                order
                for order in self.orders
                if order.side == side
                and order.place == "resting"
                and order.limit is not None
                and _beyond(order.limit, price, order, strictly=self.through)
            ]
            if not reached:
                break
            order = min(reached, key=lambda o: (-side * (o.limit or 0), o.claim))
            units = self._fillable(order, left - used)
            assert order.limit is not None
            self._fill(order, units, order.limit, "maker")
            used += units
        return used

    def _take(self, order: Order, price: int, left: int) -> int:
        if not order.allows(price):
            return 0
        units = self._fillable(order, left)
        if units == 0 or (order.at_once == "fok" and units < order.quantity - order.filled):
            return 0
        self._fill(order, units, price, "taker")
        return units

    def _fillable(self, order: Order, left: int) -> int:
        wanted = order.quantity - order.filled
        return min(left, wanted, self._reducible(order) if order.reduce_only else wanted)

    def _reducible(self, order: Order) -> int:
        return max(0, -order.side * self.positions.get(order.account, 0))

    def _fill(self, order: Order, units: int, price: int, liquidity: str) -> None:
        order.filled += units
        self.positions[order.account] = self.positions.get(order.account, 0) + order.side * units
        self.told.append(("filled", order.id, units, price, liquidity))
        if order.filled == order.quantity:
            self.orders.remove(order)
        for other in list(self.orders):
            if other.account == order.account and other.reduce_only and not self._reducible(other):
                self._end(other)

    def _end(self, order: Order) -> None:
        self.orders.remove(order)
        self.told.append(("canceled", order.id))

    # stops

    def _watched(self, side: int) -> int | None:
        if self.on_last or not self.touch:
            return self.last
        return self.touch[side][0]

    def _watch(self, side: int, price: int | None) -> None:
        for order in self.orders:
            if order.side == side and order.trail is not None and order.place in ("stop", "unset"):
                self._trail(order, price)
        self._watch_stops(side, price)

    def _trail(self, order: Order, price: int | None) -> None:
        if price is None or (order.best is not None and (order.best - price) * order.side <= 0):
            return
        order.best = price
        assert order.trail is not None
        stop = price + order.side * order.trail
        if order.stop is None or (stop - order.stop) * order.side < 0:
            order.stop, order.place = stop, "stop"

    def _watch_stops(self, side: int, price: int | None) -> None:
        while price is not None:
            reached = [
                order
                for order in self.orders
                if order.side == side
                and order.place == "stop"
                and order.stop is not None
                and (price - order.stop) * side >= 0
            ]
            if not reached:
                break
            order = min(reached, key=lambda o: (side * (o.stop or 0), o.claim))
            self.told.append(("triggered", order.id))
            order.stop = order.trail = None
            order.place = ""
            self._claim(order)
            self._arrive(order)

    def _claim(self, order: Order) -> None:
        """Put an order behind all others in time priority."""
        self.claims += 1
        order.claim = self.claims

    def _working(self, name: str) -> Order | None:
        return next((order for order in self.orders if order.id == name), None)


def _beyond(limit: int, price: int, order: Order, *, strictly: bool = False) -> bool:
    return (limit - price) * order.side >= (1 if strictly else 0)
