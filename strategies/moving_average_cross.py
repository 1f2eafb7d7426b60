"""Be long while a fast moving average is above a slow one, short while it is below.

The strategy of the first page of every book; a place to start, not a way to make money.
"""

from typing import Annotated

from lockstep import Bar, Range, Strategy
from lockstep.indicators import Sma


class MovingAverageCross(Strategy):
    """Hold plus or minus `quantity` by the sign of the difference of two averages."""

    instrument: str = "EURUSD.SIM"
    bars: str = "1m"
    quantity: Annotated[float, Range(0, 1e9)] = 1
    fast: Annotated[int, Range(2, 100)] = 20
    slow: Annotated[int, Range(5, 400)] = 50

    def on_start(self) -> None:
        self.averages = Sma(self.fast), Sma(self.slow)
        self.subscribe_bars(self.instrument, self.bars, warmup=self.slow)

    def on_bar(self, bar: Bar) -> None:
        fast, slow = (average.update(bar.close) for average in self.averages)
        if fast is not None and slow is not None:
            self.target_position(self.instrument, self.quantity if fast > slow else -self.quantity)
