"""Match one instrument's own orders against recorded bars.

Knows only open, high, low and close: where these leave the order of prices open, it assumes the
worst for own orders.
"""

from collections.abc import Callable
from math import isnan

from backtest.exchange.blotter import Blotter
from backtest.exchange.grid import UNLIMITED
from backtest.exchange.ladder import Ladder
from backtest.exchange.market import MAKER, TAKER, Market
from backtest.exchange.models import ExchangeModels
from backtest.exchange.order import RESTING, WAITING, Order
from engine.model.commands import TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Bar

_NAN = float("nan")
_INFINITY = float("inf")
_LONG_AGO = -(2**63)
_NO_BAR = Bar("", "", _LONG_AGO, _LONG_AGO, _LONG_AGO, _NAN, _NAN, _NAN, _NAN, _NAN)
_FOK = TimeInForce.FOK
_AT_ONCE = (TimeInForce.IOC, _FOK)


class BarMarket(Market):
    """Fill orders at the open, inside the range and (by the rule `close`) at the close of bars.

    The caller gives `on_open` of a bar while any order works, then `on_bar` at its end; when that
    filled something it hands the reports on and calls `again_in_bar` until it answers False. Each
    of these calls inside a bar makes at most one fill, so that what a fill brings about (the exits
    of a bracket, the cancel of the other leg) is there before the next. An order is there for the
    whole bar when `on_open` saw it or when it was sent no later than the bar's open; any other
    arrived inside the bar.
    """

    __slots__ = (
        "_at_close",
        "_bar",
        "_budget",
        "_counted",
        "_high_line",
        "_inside",
        "_last",
        "_low_line",
        "_moment",
        "_open_sequence",
        "_opened",
        "_seen",
        "_trailed",
        "_used",
    )

    def __init__(self, instrument: Instrument, models: ExchangeModels, blotter: Blotter) -> None:
        super().__init__(instrument, models, blotter)
        self._at_close = models.fills == "close"
        self._bar = _NO_BAR
        self._last = self._moment = _NAN
        self._opened = self._counted = _LONG_AGO
        self._open_sequence = self._seen = 0
        self._budget, self._used = UNLIMITED, 0
        self._inside = self._trailed = False
        self._draw_lines()

    def on_open(self, ts: int, price: float, volume: float = _NAN) -> None:
        """Fill what an open fills: orders in line, then stops, then limits it reaches.

        `volume` is what the bar will trade; only the participation bound uses it.
        """
        self._opened = ts
        self._open_sequence = self.blotter.sequence
        self._last = price
        self._inside = False
        if self.orders:
            self.blotter.ts_event = self.blotter.ts_recv = ts
            self._begin(ts, volume)
            self._meet_open(price)
            self._draw_lines()

    def on_bar(self, bar: Bar) -> None:
        """Fill the first order that the bar fills beyond its open; cheap when there is none."""
        self._bar = bar
        self._last = bar.close
        if self._low_line < bar.low and bar.high < self._high_line:
            self._inside = False
            self._seen = self.blotter.sequence
            return
        self._match_bar(bar)

    def again_in_bar(self, bar: Bar) -> bool:
        """Fill the next order that the bar fills, those that arrived since included."""
        if self._inside:
            self._inside = self._advance(bar)
            self._draw_lines()
        return self._inside

    def price(self) -> float:
        """Return the last open or close; NaN before the first."""
        return self._last

    def _match_bar(self, bar: Bar) -> None:
        self.blotter.ts_event, self.blotter.ts_recv = bar.ts_close, bar.ts_recv
        self._begin(bar.ts_open, bar.volume)
        self._trailed = False
        filled = False
        if self._opened != bar.ts_open:
            self._opened, self._open_sequence = bar.ts_open, -1
            filled = self._meet_open(bar.open)
        self._inside = filled or self._advance(bar)
        self._seen = self.blotter.sequence
        self._draw_lines()

    def _begin(self, ts_open: int, volume: float) -> None:
        """Set how much of a bar's volume own orders may take; what they took stays counted."""
        if self._counted != ts_open:
            self._counted, self._used = ts_open, 0
        fraction = self.models.participation
        self._budget = UNLIMITED if fraction is None else self._grid.size(volume * fraction)

    def _left(self) -> int:
        return max(0, self._budget - self._used)

    def _is_whole(self, order: Order) -> bool:
        """Return whether an order is there for the whole of the bar that opened last."""
        return order.sequence <= self._open_sequence or order.since <= self._opened

    def _meet_open(self, price: float) -> bool:
        """Fill whatever is there for the whole bar and fills at its open."""
        before = len(self.blotter.reports)
        if not self._at_close:
            self._serve_line(price, whole=True)
        for ladder in (self.buys, self.sells):
            for order in ladder.trailing:
                if self._is_whole(order):
                    self._trail_order(ladder, order, price)
            while (stop := self._reached_stop(ladder, price, whole=True)) is not None:
                self._release_at(ladder, stop, price)
        for ladder in (self.buys, self.sells):
            self._open_limits(ladder, price)
        return len(self.blotter.reports) > before

    def _serve_line(self, price: float, *, whole: bool) -> None:
        """Fill the orders in line as takers, first come first served."""
        line = self.buys.waiting + self.sells.waiting
        for order in sorted(line, key=_sequence):
            if order.home != WAITING or (whole and not self._is_whole(order)):
                continue
            self._take(order, price)
            if order.home == WAITING and order.command.time_in_force in _AT_ONCE:
                self._cancel(order, "not filled at once")

    def _open_limits(self, ladder: Ladder, price: float) -> None:
        """Fill limits that the open reaches, at the open; post-only ones at their own price."""
        for *_, order in ladder.resting[::-1]:
            if not self._reaches(order, price) or not self._left():
                break
            if order.home != RESTING or not self._is_whole(order):
                continue
            if order.command.post_only:
                self._give(order, order.limit)
            elif order.sequence > self._seen:
                self._take(order, price)
            else:
                self._give(order, price)

    def _advance(self, bar: Bar) -> bool:
        """Make the next fill inside a bar: stops before limits, then what only the close proves."""
        if self._fill_stop(bar) or self._fill_limit(bar) or self._fill_trailing(bar):
            return True
        if self._at_close and (self.buys.waiting or self.sells.waiting):
            before = len(self.blotter.reports)
            self._serve_line(bar.close, whole=False)
            return len(self.blotter.reports) > before
        return False

    def _fill_stop(self, bar: Bar) -> bool:
        """Trigger the stop that the range reaches nearest to the open, at its trigger.

        A stop that arrived inside the bar with a trigger outside the range is met at the close.
        """
        buy = self._reached_stop(self.buys, bar.high)
        sell = self._reached_stop(self.sells, bar.low)
        order = _nearer(bar.open, buy, sell, _trigger)
        if order is None:
            return False
        inside = bar.low <= order.trigger <= bar.high
        self._release_at(self._ladder(order), order, order.trigger if inside else bar.close)
        return True

    def _fill_limit(self, bar: Bar) -> bool:
        """Fill the limit that the range reaches nearest to the open, at its own price."""
        if not self._left():
            return False
        buy = self._reached_limit(self.buys, bar.low, bar.close)
        sell = self._reached_limit(self.sells, bar.high, bar.close)
        order = _nearer(bar.open, buy, sell, _limit)
        if order is None:
            return False
        self._give(order, order.limit)
        return True

    def _fill_trailing(self, bar: Bar) -> bool:
        """Move trailing stops after the bar's extremes; trigger one that the close is beyond."""
        self._trailed = True
        for ladder, extreme in ((self.buys, bar.low), (self.sells, bar.high)):
            for order in ladder.trailing:
                if self._is_whole(order):
                    self._trail_order(ladder, order, extreme)
            for *_, order in reversed(ladder.stops):
                if order.trail and (bar.close - order.trigger) * order.side >= 0:
                    self._release_at(ladder, order, order.trigger)
                    return True
        return False

    def _reached_stop(self, ladder: Ladder, price: float, *, whole: bool = False) -> Order | None:
        for *_, order in reversed(ladder.stops):
            if not (price - order.trigger) * order.side >= 0:
                return None
            if not (whole and not self._is_whole(order)) and not (self._trailed and order.trail):
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

    def _reaches(self, order: Order, price: float) -> bool:
        beyond = (order.limit - price) * order.side
        return beyond > 0 or (beyond == 0 and not self._strict)

    def _release_at(self, ladder: Ladder, order: Order, price: float) -> None:
        """Trigger a stop at a price that the market has at that moment."""
        self._release(ladder, order)
        self._moment = price
        self._arrive(order)
        self._moment = _NAN

    def _give(self, order: Order, price: float) -> None:
        units = self._fillable(order, self._left())
        self._used += units
        self._fill(order, units, price, MAKER)

    def _take(self, order: Order, price: float) -> None:
        """Fill an order as taker if its limit allows, all or nothing if it says so."""
        if not (order.limit - price) * order.side >= 0:
            return
        units = self._fillable(order, self._left())
        leaves = order.quantity - order.filled
        if units and (units == leaves or order.command.time_in_force is not _FOK):
            self._used += units
            self._fill(order, units, self._worsened(order, price), TAKER)

    def _arrive(self, order: Order) -> None:
        price, at_once = self._moment, order.command.time_in_force in _AT_ONCE
        if isnan(price) and self._at_close and order.since <= self._bar.ts_recv:
            price = self._bar.close
            self._begin(self._bar.ts_open, self._bar.volume)
        if not isnan(price):
            if not self._takes_now(order, price):
                return
        elif at_once:
            self._ladder(order).queue(order)
            return
        if order.priced:
            self._ladder(order).rest(order)
        else:
            self._ladder(order).queue(order)

    def _takes_now(self, order: Order, price: float) -> bool:
        """Let an arriving order take at a price; return whether it still has to be kept."""
        if not order.command.post_only:
            self._take(order, price)
        elif (order.limit - price) * order.side > 0:
            self._cancel(order, "post-only would take")
        if self.orders.get(order.id) is not order:
            return False
        if order.command.time_in_force in _AT_ONCE:
            self._cancel(order, "not filled at once")
            return False
        return True

    def _trigger(self, ladder: Ladder, price: float) -> None:
        """Release stops that are reached on arrival; inside a bar `again_in_bar` does that."""
        if not self._inside:
            super()._trigger(ladder, price)

    def _watched(self, side: int) -> float:
        return self._last

    def _would_take(self, side: int, limit: float) -> bool:
        return (limit - self._last) * side > 0

    def _draw_lines(self) -> None:
        """Draw the lines that a bar must cross to concern an own order."""
        buys, sells = self.buys, self.sells
        self._low_line = max(buys.limit_line, sells.stop_line, buys.trail_line)
        self._high_line = min(sells.limit_line, buys.stop_line, sells.trail_line)
        if buys.waiting or sells.waiting:
            self._low_line = _INFINITY


def _sequence(order: Order) -> int:
    return order.sequence


def _trigger(order: Order) -> float:
    return order.trigger


def _limit(order: Order) -> float:
    return order.limit


def _nearer(
    start: float, buy: Order | None, sell: Order | None, level: Callable[[Order], float]
) -> Order | None:
    """Return the order whose level is nearer to `start`; of two as near, the earlier one."""
    if buy is None or sell is None:
        return buy or sell
    distances = abs(level(buy) - start), abs(level(sell) - start)
    if distances[0] == distances[1]:
        return buy if buy.sequence < sell.sequence else sell
    return buy if distances[0] < distances[1] else sell
