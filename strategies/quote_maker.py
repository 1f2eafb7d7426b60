"""Keep one bid and one ask around the mid, moved with it and leaning against the position.

Shows conditions on when to be called, working orders, and the instrument's grid.
"""

from typing import Annotated

from lockstep import MidMoved, QuoteTick, Range, Strategy


class QuoteMaker(Strategy):
    """Quote `quantity` on both sides at `distance` ticks from the mid, at most `limit` held.

    Without `post_only`, for venues that do not have it, a quote that is late may take liquidity.
    """

    instrument: str = "BTCUSDT.BINANCE"
    quantity: Annotated[float, Range(0, 1e9)] = 1
    distance: Annotated[float, Range(0.5, 1_000)] = 2
    requote: Annotated[float, Range(0.5, 1_000)] = 2
    limit: Annotated[float, Range(0, 1e9)] = 5
    post_only: bool = True

    def on_start(self) -> None:
        self.subscribe_quotes(self.instrument, wake=MidMoved(ticks=self.requote))

    def on_quote(self, quote: QuoteTick) -> None:
        self.cancel_all(self.instrument)
        held = self.position(self.instrument).quantity
        tick = self.definition(self.instrument).tick_at(quote.mid)
        lean = tick * held / self.limit if self.limit else 0.0
        if held < self.limit:
            price = quote.mid - self.distance * tick - lean
            self.buy(self.instrument, self.quantity, price, post_only=self.post_only)
        if held > -self.limit:
            price = quote.mid + self.distance * tick - lean
            self.sell(self.instrument, self.quantity, price, post_only=self.post_only)
