"""One side of a book by price level, the best level always at hand.

Knows nothing of events, sequences or the other side.
"""

from bisect import bisect_left, insort

NOWHERE = -(2**62)
"""The best key of a side without levels: below every price times its side."""


class Levels:
    """Hold the levels of one side: +1 bids, -1 asks.

    `sizes` maps prices to sizes, both in units. `keys` are the prices times `side`, rising: the
    best level is the last one, which keeps changes near the touch cheap. `best` is the last key,
    NOWHERE without levels.
    """

    __slots__ = ("best", "keys", "side", "sizes")

    def __init__(self, side: int) -> None:
        self.side = side
        self.best = NOWHERE
        self.keys: list[int] = []
        self.sizes: dict[int, int] = {}

    def set(self, price: int, size: int) -> None:
        """Give a level its size; 0 removes it, and removing what is not there changes nothing."""
        sizes = self.sizes
        if price in sizes:
            if size:
                sizes[price] = size
            else:
                self._remove(price)
        elif size:
            sizes[price] = size
            key = price * self.side
            if key > self.best:
                self.best = key
                self.keys.append(key)
            else:
                insort(self.keys, key)

    def clear(self) -> None:
        """Remove all levels."""
        self.best = NOWHERE
        self.keys.clear()
        self.sizes.clear()

    def top(self, count: int) -> list[tuple[int, int]]:
        """Return up to `count` levels as (price, size) in units, best first."""
        side, sizes = self.side, self.sizes
        keys = self.keys[-count:] if count > 0 else []
        return [(key * side, sizes[key * side]) for key in reversed(keys)]

    def _remove(self, price: int) -> None:
        del self.sizes[price]
        keys, key = self.keys, price * self.side
        if key == self.best:
            keys.pop()
            self.best = keys[-1] if keys else NOWHERE
        else:
            del keys[bisect_left(keys, key)]
