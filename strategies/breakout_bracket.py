"""Buy a new high or sell a new low of the last bars, with stop-loss and take-profit at once.

Shows brackets: the exits live from the entry's first fill, and one cancels the other.
"""

from typing import Annotated

from lockstep import BUY, SELL, Bar, Range, Side, Strategy
from lockstep.indicators import Atr, Donchian


class BreakoutBracket(Strategy):
    """Enter on a break of the channel; risk `risk` and aim for `reward` average true ranges."""

    instrument: str = "SPY.ARCA"
    bars: str = "1m"
    quantity: Annotated[float, Range(0, 1e9)] = 100
    channel: Annotated[int, Range(5, 500)] = 60
    risk: Annotated[float, Range(0.1, 20)] = 2.0
    reward: Annotated[float, Range(0.1, 50)] = 4.0

    def on_start(self) -> None:
        self.range = Atr(14)
        self.highs_and_lows = Donchian(self.channel)
        self.subscribe_bars(self.instrument, self.bars, warmup=self.channel)

    def on_bar(self, bar: Bar) -> None:
        before = self.highs_and_lows.value
        width = self.range.update(bar)
        self.highs_and_lows.update(bar)
        if before is None or width is None or self.position(self.instrument) or self.orders():
            return
        if bar.close > before.upper:
            self.enter(BUY, bar.close, width)
        elif bar.close < before.lower:
            self.enter(SELL, bar.close, width)

    def enter(self, side: Side, price: float, width: float) -> None:
        """Enter at the market with both exits around `price`."""
        self.bracket(
            self.instrument,
            side,
            self.quantity,
            stop_loss=price - side * self.risk * width,
            take_profit=price + side * self.reward * width,
        )
