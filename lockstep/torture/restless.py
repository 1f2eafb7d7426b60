"""A strategy that does everything a strategy can, all the time, by a seed: what a campaign runs.

Earns nothing and is no example of how to trade.
"""

from random import Random
from typing import Annotated

from lockstep import QuoteTick, Range, Side, Strategy

_NEAR_TICKS = 3
_FAR_TICKS = 40


class Restless(Strategy):
    """Send, change and cancel orders of every kind in `instrument`, `quantity` at a time.

    `feeds` names what it listens to: quotes, trades, book. At one quote of `pause` on average
    something is done; what, is drawn from `seed`.
    """

    instrument: str = "ACME.DEMO"
    feeds: str = "quotes"
    quantity: Annotated[float, Range(0, 1e9)] = 1
    pause: Annotated[int, Range(1, 1_000_000)] = 10
    seed: int = 0

    def on_start(self) -> None:  # noqa: D102 - as in the base class
        self._random = Random(f"{self.seed}/restless")
        self._acts = (
            *(self._join,) * 6,
            *(self._cross,) * 3,
            *(self._change,) * 3,
            *(self._cancel,) * 3,
            self._far,
            self._stop,
            self._aim,
            self._leave,
            self._bracket,
            self._clear,
        )
        self.subscribe_quotes(self.instrument)
        if "trades" in self.feeds:
            self.subscribe_trades(self.instrument)
        if "book" in self.feeds:
            self.subscribe_book(self.instrument)

    def on_quote(self, quote: QuoteTick) -> None:  # noqa: D102 - as above
        if self._random.randrange(self.pause) == 0:
            self._random.choice(self._acts)(quote)

    def _side(self) -> str:
        return self._random.choice(("buy", "sell"))

    def _size(self) -> float:
        return self.quantity * self._random.randrange(1, 4)

    def _away(self, quote: QuoteTick, side: str, ticks: int) -> float:
        """Return a price so many ticks from the touch, where an order rests."""
        step = self.definition(quote.instrument).tick_at(quote.mid) * ticks
        return quote.bid - step if side == "buy" else quote.ask + step

    def _join(self, quote: QuoteTick) -> None:
        side = self._side()
        price = self._away(quote, side, self._random.randrange(_NEAR_TICKS))
        self.submit(quote.instrument, side, self._size(), price)

    def _far(self, quote: QuoteTick) -> None:
        side = self._side()
        self.submit(
            quote.instrument, side, self._size(), self._away(quote, side, _FAR_TICKS), wait=2.0
        )

    def _cross(self, quote: QuoteTick) -> None:
        self.submit(quote.instrument, self._side(), self._size())

    def _stop(self, quote: QuoteTick) -> None:
        side = self._side()
        other = "sell" if side == "buy" else "buy"
        self.submit(
            quote.instrument, side, self._size(), stop=self._away(quote, other, _NEAR_TICKS)
        )

    def _change(self, quote: QuoteTick) -> None:
        orders = self.orders(quote.instrument)
        if orders:
            order = self._random.choice(orders)
            self.replace(order, quantity=order.filled + self._size())

    def _cancel(self, quote: QuoteTick) -> None:
        orders = self.orders(quote.instrument)
        if orders:
            self.cancel(self._random.choice(orders))

    def _aim(self, quote: QuoteTick) -> None:
        steps = self._random.randrange(-4, 5)
        self.target_position(quote.instrument, steps * self.quantity, quote.mid)

    def _leave(self, quote: QuoteTick) -> None:
        self.close(quote.instrument)

    def _bracket(self, quote: QuoteTick) -> None:
        self.bracket(
            quote.instrument,
            Side.BUY,
            self._size(),
            quote.ask,
            stop_loss=self._away(quote, "buy", _FAR_TICKS),
            take_profit=self._away(quote, "sell", _NEAR_TICKS),
        )

    def _clear(self, quote: QuoteTick) -> None:
        self.cancel_all(quote.instrument)
