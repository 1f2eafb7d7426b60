"""Match own orders inside a bar when only its range is known: the rules `next_open` and `close`.

Assumes the worst for own orders where open, high, low and close leave the order of prices open.
"""

from backtest.exchange.bar_market import BarMarket, sequence_of
from backtest.exchange.ladder import Ladder
from backtest.exchange.order import Order
from engine.model.market import Bar


class RangeMarket(BarMarket):
    """Fill stops first, at their trigger, then limits, at their own price (within the range).

    Among stops, and among limits, the one nearest to the open comes first. A stop that arrived
    inside the bar is met by the whole range, a limit that arrived inside it only if the close is
    at or beyond its price. A trailing stop is met by the range where it stood at the open; after
    that it moves to the extreme and is met only by a close beyond it. The rule `close` fills orders
    in line at the close, after everything else.
    """

    __slots__ = ("_trailed",)

    _trailed: bool

    def _begin_range(self, bar: Bar) -> None:
        self._trailed = False

    def _advance(self, bar: Bar) -> bool:
        """Make the next step inside a bar: stops before limits, then what only the close proves."""
        return (
            self._meet_stop(bar)
            or self._meet_limit(bar)
            or self._meet_trailing(bar)
            or self._meet_close(bar)
        )

    def _meet_stop(self, bar: Bar) -> bool:
        """Trigger the stop that the range reaches nearest to the open, at its trigger.

        A stop that arrived inside the bar with a trigger outside the range is met at the close.
        """
        buy = self._reached_stop(self.buys, bar.high)
        sell = self._reached_stop(self.sells, bar.low)
        order = buy or sell
        if buy is not None and sell is not None:
            order = _nearer(bar.open, (buy, buy.trigger), (sell, sell.trigger))
        if order is None:
            return False
        self._release_at(self._ladder(order), order, stop_price(order, bar))
        return True

    def _meet_limit(self, bar: Bar) -> bool:
        """Fill the limit that the range reaches nearest to the open, at its own price."""
        if not self._left():
            return False
        buy = self._reached_limit(self.buys, bar.low, bar.close)
        sell = self._reached_limit(self.sells, bar.high, bar.close)
        order = buy or sell
        if buy is not None and sell is not None:
            order = _nearer(bar.open, (buy, buy.limit), (sell, sell.limit))
        if order is None:
            return False
        self._meet_in_range(order, bar)
        return True

    def _meet_trailing(self, bar: Bar) -> bool:
        """Move trailing stops after the bar's extremes; trigger one that the close is beyond."""
        self._trailed = True
        for ladder, extreme in ((self.buys, bar.low), (self.sells, bar.high)):
            for order in ladder.trailing:
                if self._is_whole(order):
                    self._trail(ladder, order, extreme)
            for *_, order in reversed(ladder.stops):
                if order.trail and (bar.close - order.trigger) * order.side >= 0:
                    self._release_at(ladder, order, stop_price(order, bar))
                    return True
        return False

    def _meet_close(self, bar: Bar) -> bool:
        """Fill the orders in line at the close, where the rule says so."""
        before = len(self.blotter.reports)
        if self._at_close:
            self._serve_line(bar.close)
        return len(self.blotter.reports) > before

    def _reached_stop(self, ladder: Ladder, price: float) -> Order | None:
        for *_, order in reversed(ladder.stops):
            if not (price - order.trigger) * order.side >= 0:
                return None
            if not (self._trailed and order.trail):
                return order
        return None

    def _reached_limit(self, ladder: Ladder, extreme: float, close: float) -> Order | None:
        """Return the best limit that a bar proves filled: in its range, or at its close."""
        for *_, order in reversed(ladder.resting):
            if not self._reaches(order, extreme):
                return None
            if self._is_whole(order) or self._reaches(order, close):
                return order
        return None


def stop_price(order: Order, bar: Bar) -> float:
    """Return where a stop is met inside a bar: at its trigger, or at the close if that is outside.

    Only a stop that arrived inside the bar can have a trigger outside its range.
    """
    return order.trigger if bar.low <= order.trigger <= bar.high else bar.close


def _nearer(start: float, one: tuple[Order, float], other: tuple[Order, float]) -> Order:
    """Return the order whose level is nearer to `start`; of two as near, the earlier one."""
    first, second = abs(one[1] - start), abs(other[1] - start)
    if first == second:
        return min(one[0], other[0], key=sequence_of)
    return one[0] if first < second else other[0]
