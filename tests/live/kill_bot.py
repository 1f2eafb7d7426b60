"""The bot that the kill tests run as a program of its own: it does everything, all the time."""

from lockstep import QuoteTick, Strategy


class Tireless(Strategy):
    """Buy, sell, rest, change and cancel in turn, by a count that outlives restarts."""

    instrument: str = "ACME.DEMO"

    class State(Strategy.State):
        quotes: int = 0

    def on_start(self) -> None:
        self.subscribe_quotes(self.instrument)

    def on_quote(self, quote: QuoteTick) -> None:
        self.state.quotes += 1
        step = self.state.quotes % 7
        orders = self.orders(self.instrument)
        if step == 0:
            self.buy(self.instrument, 2, quote.ask)
        elif step == 1:
            self.sell(self.instrument, 2, quote.bid)
        elif step == 2:
            self.buy(self.instrument, 1, round(quote.bid - 0.02, 2))
        elif step == 3:
            self.sell(self.instrument, 1, round(quote.ask + 0.02, 2))
        elif step == 4 and orders:
            self.replace(orders[0], quantity=orders[0].quantity + 1)
        elif step == 5 and len(orders) > 4:
            self.cancel(orders[0])
