"""Quote at one venue, and hold the opposite of what is filled there at another.

Shows a strategy with an account at each of two venues, and a hedge that finds back by itself.
"""

from typing import Annotated

from lockstep import MidMoved, Never, OrderFilled, QuoteTick, Range, Strategy, Timer


class CrossVenueHedger(Strategy):
    """Keep a bid and an ask in `quoted`, and `-ratio` times what is held there in `cover`.

    The cover is a target and counts what is working, so it may be asked for at any time: after each
    fill, and every second for what was refused, cut off or changed by hand.
    """

    quoted: str = "EURUSD.CTRADER"
    cover: str = "cfd.eur_chf.B2TRADER"
    ratio: Annotated[float, Range(-1_000, 1_000)] = 1
    quantity: Annotated[float, Range(0, 1e9)] = 1_000
    distance: Annotated[float, Range(0.5, 1_000)] = 2
    limit: Annotated[float, Range(0, 1e9)] = 5_000

    def on_start(self) -> None:
        self.subscribe_quotes(self.quoted, wake=MidMoved(ticks=self.distance))
        self.subscribe_quotes(self.cover, wake=Never())
        self.every(1)

    def on_quote(self, quote: QuoteTick) -> None:
        self.cancel_all(self.quoted)
        held = self.position(self.quoted).quantity
        away = self.distance * self.definition(self.quoted).tick_at(quote.mid)
        if held < self.limit:
            self.buy(self.quoted, self.quantity, quote.mid - away)
        if held > -self.limit:
            self.sell(self.quoted, self.quantity, quote.mid + away)

    def on_fill(self, fill: OrderFilled) -> None:
        self.hedge()

    def on_timer(self, timer: Timer) -> None:
        self.hedge()

    def hedge(self) -> None:
        """Hold the opposite of the quoted position, as far as the cover's grid goes."""
        if self.quote(self.cover) is not None:
            self.target_position(self.cover, -self.ratio * self.position(self.quoted).quantity)
