"""Bounds on rows within which nothing happens: what lets a backtest scan ahead of the kernel.

Decides nothing: whoever acts on rows draws his own bounds, and acts on every row outside of them.
"""

from math import floor, inf

from engine.model.instrument import Instrument
from engine.model.zones import NEVER

LEAST, MOST = -(2**63) + 1, 2**63 - 1
"""The range of units in a column; one less than LEAST stands for a side that is empty."""


class Bounds:
    """Hold, for one stream, the prices (units, inclusive) and the time between which rows pass.

    They are on the first price (bid, or a trade's), the second price (ask) and the sum of the two;
    of a book they are those of the touch. A row from `until` on does not pass, nor does a quote
    with an empty side. Every call but `open` draws the bounds closer, never wider.
    """

    __slots__ = (
        "first_high",
        "first_low",
        "instrument",
        "second_high",
        "second_low",
        "sum_high",
        "sum_low",
        "until",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.open()

    def open(self) -> None:
        """Let every row pass."""
        self.first_low = self.second_low = self.sum_low = LEAST
        self.first_high = self.second_high = self.sum_high = MOST
        self.until = NEVER

    def close(self) -> None:
        """Let no row pass."""
        self.until = -NEVER

    def keep_first(self, low: int, high: int) -> None:
        """Let pass only rows whose bid, or price, is within `low` and `high`."""
        self.first_low = max(self.first_low, low)
        self.first_high = min(self.first_high, high)

    def keep_second(self, low: int, high: int) -> None:
        """Let pass only rows whose ask is within `low` and `high`."""
        self.second_low = max(self.second_low, low)
        self.second_high = min(self.second_high, high)

    def keep_sum(self, low: int, high: int) -> None:
        """Let pass only rows whose bid and ask together are within `low` and `high`."""
        self.sum_low = max(self.sum_low, low)
        self.sum_high = min(self.sum_high, high)

    def keep_before(self, ts: int) -> None:
        """Let pass only rows before a time."""
        self.until = min(self.until, ts)


class Declared:
    """Be a subscriber who can say which rows he would do nothing with."""

    __slots__ = ()

    def draw(self, bounds: Bounds) -> None:
        """Draw the bounds of a stream closer, to where the next row does something."""
        bounds.close()


def least_above(line: float, scale: float) -> int:
    """Return the least number of units whose float is above a line; MOST when there is none."""
    if line == -inf:
        return LEAST
    if not abs(line * scale) < MOST / 2:
        return MOST
    units = floor(line * scale)
    while units / scale <= line:
        units += 1
    while (units - 1) / scale > line:
        units -= 1
    return units


def greatest_below(line: float, scale: float) -> int:
    """Return the greatest number of units whose float is below a line; LEAST for none."""
    return -least_above(-line, scale)
