"""What one side of a book offers to own orders, each unit once.

Changes no book: own fills leave the tape as it was recorded.
"""

from collections.abc import Iterator

from engine.books.levels import Levels


class Offered:
    """Follow what own orders took from the levels of one side.

    `share` is the part of each size that is there for own orders, `step` the quantity step that
    sizes are cut down to. What was taken from a level stays taken while the level is there; what
    is added to it later is a new offer, and a level that was gone and came back is one altogether.
    """

    __slots__ = ("_levels", "_share", "_step", "taken")

    def __init__(self, levels: Levels, share: float, step: int) -> None:
        self._levels = levels
        self._share = share
        self._step = step
        self.taken: dict[int, int] = {}

    def reach(self, limit: int | None) -> Iterator[tuple[int, int]]:
        """Yield (price, units left) of the levels that a limit allows, best first, empty ones out.

        A limit of None allows all. Prices are units.
        """
        levels, taken = self._levels, self.taken
        for rank in range(len(levels)):
            price, there = levels.level(rank)
            if limit is not None and (price - limit) * levels.side < 0:
                return
            size = there if self._share == 1 else int(there * self._share)
            left = size - size % self._step - taken.get(price, 0)
            if left > 0:
                yield price, left

    def take(self, price: int, units: int) -> None:
        """Note units taken from a level."""
        self.taken[price] = self.taken.get(price, 0) + units

    def changed(self, price: int, size: int) -> None:
        """Note that a level has another size: no more can be taken of it than there was."""
        taken = self.taken.get(price)
        if taken is not None:
            if not size:
                del self.taken[price]
            elif taken > size:
                self.taken[price] = size

    def forget(self) -> None:
        """Forget all that was taken: a snapshot made the book anew."""
        self.taken.clear()
