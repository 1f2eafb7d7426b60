"""The bot of the restart tests at B2TRADER and Binck: one order trades at once, one rests."""

from lockstep import QuoteTick, Strategy


class Resting(Strategy):
    """Send two orders at the first quote of each run."""

    instrument: str = ""
    size: float = 1.0
    below: float = 0.5

    def on_start(self) -> None:
        self.sent = False
        self.subscribe_quotes(self.instrument)

    def on_quote(self, quote: QuoteTick) -> None:
        if not self.sent:
            self.sent = True
            self.buy(self.instrument, self.size)
            self.buy(self.instrument, self.size, round(quote.bid - self.below, 2))
