"""Bounds on rows within which nothing happens: what lets a backtest scan ahead of the kernel.

Decides nothing: whoever acts on rows draws his own bounds, and acts on every row outside of them.
"""

from math import floor, inf

from engine.model.instrument import Instrument
from engine.model.zones import NEVER

LEAST, MOST = -(2**63) + 1, 2**63 - 1
"""The range of units in a column; one less than LEAST stands for a side that is empty."""

EVERYWHERE = (LEAST, MOST) * 3


class Bounds:
    """Hold, for one stream, the prices (units, inclusive) and the time between which rows pass.

    `spans` holds the least and the greatest first price (bid, or a trade's), second price (ask) and
    sum of the two; of a book they are those of the touch. A row from `until` on does not pass, nor
    does a quote with an empty side. Every call draws the bounds closer, never wider.
    """

    __slots__ = ("instrument", "spans", "until")

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.spans = list(EVERYWHERE)
        self.until = NEVER

    def close(self) -> None:
        """Let no row pass."""
        self.until = -NEVER

    def keep_first(self, low: int, high: int) -> None:
        """Let pass only rows whose bid, or price, is within `low` and `high`."""
        self._keep(0, low, high)

    def keep_second(self, low: int, high: int) -> None:
        """Let pass only rows whose ask is within `low` and `high`."""
        self._keep(2, low, high)

    def keep_sum(self, low: int, high: int) -> None:
        """Let pass only rows whose bid and ask together are within `low` and `high`."""
        self._keep(4, low, high)

    def keep_before(self, ts: int) -> None:
        """Let pass only rows before a time."""
        self.until = min(self.until, ts)

    def _keep(self, place: int, low: int, high: int) -> None:
        spans = self.spans
        spans[place] = max(spans[place], low)
        spans[place + 1] = min(spans[place + 1], high)


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
