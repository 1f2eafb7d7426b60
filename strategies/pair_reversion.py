"""Trade two instruments against each other when the ratio of their prices strays from its mean.

Shows two subscriptions, a statistic over both, and positions in two instruments at once.
"""

from typing import Annotated

from lockstep import Bar, Range, Strategy
from lockstep.indicators import ZScore


class PairReversion(Strategy):
    """Sell the dear one and buy the cheap one beyond `enter` deviations; close inside `leave`."""

    first: str = "SBER.MOEX"
    second: str = "GAZP.MOEX"
    bars: str = "5m"
    quantity: Annotated[float, Range(0, 1e9)] = 100
    window: Annotated[int, Range(10, 1_000)] = 120
    enter: Annotated[float, Range(0.5, 5)] = 2.0
    leave: Annotated[float, Range(0, 3)] = 0.5

    def on_start(self) -> None:
        self.score = ZScore(self.window)
        self.subscribe_bars(self.first, self.bars)
        self.subscribe_bars(self.second, self.bars)

    def on_bar(self, bar: Bar) -> None:
        one, other = self.bar(self.first), self.bar(self.second)
        if one is None or other is None or one.ts_close != other.ts_close:
            return
        score = self.score.update(one.close / other.close)
        if score is None:
            return
        if abs(score) > self.enter:
            self.hold(-self.quantity if score > 0 else self.quantity, one.close / other.close)
        elif abs(score) < self.leave:
            self.hold(0, 0)

    def hold(self, quantity: float, ratio: float) -> None:
        """Hold `quantity` of the first against as much value of the second."""
        self.target_position(self.first, quantity)
        self.target_position(self.second, -round(quantity * ratio))
