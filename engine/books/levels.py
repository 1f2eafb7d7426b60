"""One side of a book by price level, the best level always at hand.

Knows nothing of events, sequences or the other side.
"""

from bisect import bisect_left, insort
from typing import cast

from engine.native.selection import compiled

NOWHERE = -(2**62)
"""The best key of a side without levels: below every price times its side."""


class Levels:
    """Hold the levels of one side: +1 bids, -1 asks.

    Prices and sizes are units. `best` is the best price times `side`, NOWHERE without levels. Keys
    (prices times `side`) rise: the best level is the last one, which keeps changes near the touch
    cheap. `engine.native.levels` is its compiled twin.
    """

    __slots__ = ("_keys", "_sizes", "best", "side")

    def __init__(self, side: int) -> None:
        self.side = side
        self.best = NOWHERE
        self._keys: list[int] = []
        self._sizes: dict[int, int] = {}

    def set(self, price: int, size: int) -> None:
        """Give a level its size; 0 removes it, and removing what is not there changes nothing."""
        sizes = self._sizes
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
                self._keys.append(key)
            else:
                insort(self._keys, key)

    def clear(self) -> None:
        """Remove all levels."""
        self.best = NOWHERE
        self._keys.clear()
        self._sizes.clear()

    def __len__(self) -> int:
        """Return the number of levels."""
        return len(self._keys)

    def size(self, price: int) -> int:
        """Return the size at a price, 0 where there is no level."""
        return self._sizes.get(price, 0)

    def level(self, rank: int) -> tuple[int, int]:
        """Return (price, size) of a level; rank 0 is the best."""
        price = self._keys[-1 - rank] * self.side
        return price, self._sizes[price]

    def top(self, count: int) -> list[tuple[int, int]]:
        """Return up to `count` levels as (price, size) in units, best first."""
        side, sizes = self.side, self._sizes
        keys = self._keys[-count:] if count > 0 else []
        return [(key * side, sizes[key * side]) for key in reversed(keys)]

    def _remove(self, price: int) -> None:
        del self._sizes[price]
        keys, key = self._keys, price * self.side
        if key == self.best:
            keys.pop()
            self.best = keys[-1] if keys else NOWHERE
        else:
            del keys[bisect_left(keys, key)]


def make_levels(side: int) -> Levels:
    """Return the levels of a side, without any, compiled where the core is."""
    native = compiled("engine.native.levels")
    return Levels(side) if native is None else cast("Levels", native.Levels(side))
