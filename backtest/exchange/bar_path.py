"""Match own orders along an assumed path through a bar: the rule `ohlc_path`.

Knows no more than open, high, low and close; the path is an assumption, and is said to be one.
"""

from collections.abc import Iterator

from backtest.exchange.bar_market import BarMarket
from backtest.exchange.bar_range import stop_price
from backtest.exchange.ladder import Entries
from backtest.exchange.order import Order
from engine.model.market import Bar

_STOP, _LIMIT = 0, 1


class PathMarket(BarMarket):
    """Walk from the open to the nearer extreme, to the other one, then to the close.

    With both extremes as near, the low comes first, unless the high reaches a buy stop and the low
    no sell stop. Along the way each order fills where the path meets it; of several at one price
    stops come before limits, then time decides. What arrives while the walk rests at a fill goes on
    from there; what the price there is beyond fills at that price. An order that was sent during
    the bar, for another reason, has no place on the path: a stop is met by the whole range, a limit
    only by a close at or beyond its price.
    """

    __slots__ = ("_at", "_targets")

    _at: float
    _targets: list[float]

    def _begin_range(self, bar: Bar) -> None:
        self._at = bar.open
        first, second = (bar.low, bar.high) if self._falls_first(bar) else (bar.high, bar.low)
        self._targets = [first, second, bar.close]

    def _falls_first(self, bar: Bar) -> bool:
        nearest = self._grid.nearest
        up = nearest(bar.high) - nearest(bar.open)
        down = nearest(bar.open) - nearest(bar.low)
        if up != down:
            return down < up
        return self.sells.stop_line >= bar.low or self.buys.stop_line > bar.high

    def _advance(self, bar: Bar) -> bool:
        while self._targets:
            if self._walk(bar, self._targets[0]):
                return True
            self._targets.pop(0)
        return self._meet_late(bar)

    def _walk(self, bar: Bar, target: float) -> bool:
        """Go on towards a price until an order is met there; return whether one was."""
        met = list(self._reached(bar, target))
        if not met:
            self._move(bar, target)
            return False
        _, kind, _, price, order = min(met)
        self._move(bar, price)
        if kind == _STOP:
            self._release_at(self._ladder(order), order, price)
        elif order.limit == price:
            self._give(order, price)
        else:
            self._meet(order, price)
        return True

    def _reached(self, bar: Bar, target: float) -> Iterator[tuple[float, int, int, float, Order]]:
        """Yield, of each side, the first stop and the first limit on the way to a price.

        Each with the distance, kind and sequence to choose by and the price where the path meets
        it: at its own, or here when that is behind.
        """
        at = self._at
        low, high = min(at, target), max(at, target)
        for ladder, stop_end, limit_end in ((self.buys, high, low), (self.sells, low, high)):
            side = ladder.side
            stop = self._first_on_path(bar, ladder.stops)
            if stop is not None and (stop_end - stop.trigger) * side >= 0:
                price = at if (at - stop.trigger) * side > 0 else stop.trigger
                yield abs(price - at), _STOP, stop.sequence, price, stop
            limit = self._first_on_path(bar, ladder.resting)
            if limit is not None and self._reaches(limit, limit_end) and self._left():
                price = at if (limit.limit - at) * side > 0 else limit.limit
                yield abs(price - at), _LIMIT, limit.sequence, price, limit

    def _first_on_path(self, bar: Bar, entries: Entries) -> Order | None:
        return next((order for *_, order in reversed(entries) if self._on_path(bar, order)), None)

    def _on_path(self, bar: Bar, order: Order) -> bool:
        return self._is_whole(order) or order.since >= bar.ts_close

    def _move(self, bar: Bar, price: float) -> None:
        """Stand at a price of the path, trailing stops with it."""
        self._at = price
        for ladder in (self.buys, self.sells):
            for order in ladder.trailing:
                if self._on_path(bar, order):
                    self._trail(ladder, order, price)

    def _meet_late(self, bar: Bar) -> bool:
        """Meet one order that arrived during the bar, as far as the bar proves it."""
        for ladder, extreme in ((self.buys, bar.high), (self.sells, bar.low)):
            for *_, order in reversed(ladder.stops):
                reached = (extreme - order.trigger) * order.side >= 0
                if reached and not self._on_path(bar, order):
                    self._release_at(ladder, order, stop_price(order, bar))
                    return True
            for *_, order in reversed(ladder.resting if self._left() else ()):
                if self._reaches(order, bar.close) and not self._on_path(bar, order):
                    self._meet_in_range(order, bar)
                    return True
        return False

    def _watched(self, side: int) -> float:
        return self._at if self._inside else self._last
