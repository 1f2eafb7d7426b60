"""Make the market data of work 3: changes of an order book, one price level a row.

It knows no engine and measures nothing. The draws come in the order in which the scripts for other
engines make theirs.
"""

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.void]

START_NS = 1_577_836_800_000_000_000  # 2020-01-01 UTC
FIRST_BID_TICKS = 100_000
LEVELS = 20  # of each side in the beginning, which the first rows set one by one
FIRST_SIZE = 50
REMOVED, IMPROVED = 0.03, 0.12  # draws below: the best level goes; a better one comes
FEWEST_LEVELS = 5  # below that no best level is taken away

DELTA_FIELDS = np.dtype([("ts", "i8"), ("side", "i8"), ("px", "i8"), ("sz", "f8")])


def make_deltas(count: int, seed: int) -> Rows:
    """Draw `count` changes of a book that is never crossed; a size of 0 takes a level away.

    `side` is +1 for bids, -1 for asks, `px` counts ticks of 0.01, times are ns UTC and rise. Every
    hundredth row or so takes the best level away, others improve it by a tick where the spread
    allows; most set the size of a level near it.
    """
    generator = np.random.default_rng(seed)
    gaps = generator.exponential(5e6, count).astype(np.int64) + 1_000
    chance = generator.random(count).tolist()
    depths = (generator.geometric(0.3, count) - 1).tolist()
    sizes = generator.integers(1, 100, count).tolist()
    sides = generator.choice([1, -1], count).tolist()
    book = {side: _Side(side) for side in (1, -1)}
    changes = [(side.sign, price, FIRST_SIZE) for side in book.values() for price in side.first()]
    for row in range(len(changes), count):
        own, other = book[sides[row]], book[-sides[row]]
        changes.append(_draw(own, other, chance[row], depths[row], sizes[row]))
    rows = np.zeros(count, DELTA_FIELDS)
    rows["ts"] = START_NS + np.cumsum(gaps)
    rows["side"], rows["px"], rows["sz"] = np.array(changes[:count]).T
    return rows


class _Side:
    """Keep the prices that a side of the drawn book has; `best` is among them."""

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.best = FIRST_BID_TICKS if sign > 0 else FIRST_BID_TICKS + 1
        self.prices = dict.fromkeys(self.first())

    def first(self) -> list[int]:
        return [self.best - self.sign * depth for depth in range(LEVELS)]

    def uncover(self) -> int:
        """Take the best price away and return it."""
        gone = self.best
        del self.prices[gone]
        self.best = max(self.prices, key=self.sign.__mul__)
        return gone


def _draw(own: _Side, other: _Side, chance: float, depth: int, size: int) -> tuple[int, int, int]:
    if chance < REMOVED and len(own.prices) > FEWEST_LEVELS:
        return own.sign, own.uncover(), 0
    if chance < IMPROVED and abs(other.best - own.best) > 1:
        own.best += own.sign
        own.prices[own.best] = None
        return own.sign, own.best, size
    price = own.best - own.sign * min(depth, LEVELS - 1)
    own.prices[price] = None
    return own.sign, price, size
