"""What all rules for bars share: the open, the line of orders that wait for it, and arrivals.

Leaves the inside of a bar to `bar_range` and `bar_path`.
"""

from collections.abc import Mapping
from math import isnan

from backtest.exchange import reasons
from backtest.exchange.account import VenueAccount
from backtest.exchange.blotter import Blotter
from backtest.exchange.grid import UNLIMITED
from backtest.exchange.ladder import Ladder
from backtest.exchange.market import MAKER, TAKER, Market
from backtest.exchange.models import ExchangeModels
from backtest.exchange.order import RESTING, STOPPED, WAITING, Order
from engine.model.commands import TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Bar

_NAN = float("nan")
_INFINITY = float("inf")
_LONG_AGO = -(2**63)
_NO_BAR = Bar("", "", _LONG_AGO, _LONG_AGO, _LONG_AGO, _NAN, _NAN, _NAN, _NAN, _NAN)
_FOK = TimeInForce.FOK


class BarMarket(Market):
    """Fill orders at the open of bars, and what the open reaches; subclasses do the rest.

    While an order is in line (`awaits_open`) the caller gives `on_open` of the bar it waits for,
    then `on_bar` at the end of every bar. When that reported something the caller hands the reports
    on and calls `again_in_bar` until it answers False: inside the range each call makes at most one
    fill, so that what a fill brings about (the exits of a bracket, the cancel of the other leg) is
    there before the next. An order is there for the whole bar when `on_open` saw it or when it was
    sent no later than the bar's open; any other arrived inside the bar.
    """

    __slots__ = (
        "_arrivals",
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
        "_used",
    )

    def __init__(
        self,
        instrument: Instrument,
        models: ExchangeModels,
        blotter: Blotter,
        accounts: Mapping[str, VenueAccount],
    ) -> None:
        super().__init__(instrument, models, blotter, accounts)
        self._at_close = models.fills == "close"
        self._bar = _NO_BAR
        self._last = self._moment = _NAN
        self._opened = self._counted = _LONG_AGO
        self._open_sequence = self._seen = self._arrivals = 0
        self._budget, self._used = UNLIMITED, 0
        self._inside = False

    @property
    def awaits_open(self) -> bool:
        """Return whether an order is in line for the next open."""
        return not self._at_close and bool(self.buys.waiting or self.sells.waiting)

    def on_open(self, ts: int, price: float, volume: float = _NAN) -> None:
        """Fill the orders in line at the open of the bar that begins at `ts`.

        `volume` is what that bar will trade; only the participation bound uses it, and NaN is no
        bound.
        """
        if self._opened != ts:
            self._opened, self._open_sequence = ts, self.blotter.sequence
        self._inside = False
        self._last = price
        if self.awaits_open and (self._hours is None or self._hours.is_open(ts)):
            self.blotter.ts_event = self.blotter.ts_recv = ts
            self._count(ts, volume)
            self._serve_line(price)
            self._drawn = False

    def on_bar(self, bar: Bar) -> None:
        """Fill what the bar fills first; cheap when it reaches no order."""
        if not self._drawn:
            self._draw_lines()
        self._bar = bar
        self._last = bar.close
        if self._low_line < bar.low and bar.high < self._high_line:
            self._inside = False
            self._seen = self.blotter.sequence
            return
        self._match_bar(bar)

    def again_in_bar(self, bar: Bar) -> bool:
        """Fill what the bar fills next, orders that have arrived since included."""
        if not self._inside:
            return False
        self.blotter.ts_event, self.blotter.ts_recv = bar.ts_close, bar.ts_recv
        moved = self._advance(bar)
        self._inside = moved or self._arrivals > 0
        self._arrivals = 0
        self._drawn = False
        return moved

    def price(self) -> float:
        """Return the last open or close; NaN before the first."""
        return self._last

    def _match_bar(self, bar: Bar) -> None:
        self.blotter.ts_event, self.blotter.ts_recv = bar.ts_close, bar.ts_recv
        self._inside, self._arrivals = False, 0
        if self._hours is None or self._hours.is_open(bar.ts_open):
            if self._opened != bar.ts_open:
                self._opened, self._open_sequence = bar.ts_open, -1
            self._count(bar.ts_open, bar.volume)
            self._begin_range(bar)
            self._inside = self._meet_open(bar.open) or self._advance(bar)
        self._seen = self.blotter.sequence
        self._drawn = False

    def _begin_range(self, bar: Bar) -> None:
        """Get ready for a bar whose range is about to be matched."""
        raise NotImplementedError

    def _advance(self, bar: Bar) -> bool:
        """Make the next step inside a bar; return whether anything was reported."""
        raise NotImplementedError

    def _count(self, ts_open: int, volume: float) -> None:
        """Set how much of a bar's volume own orders may take; what they took stays counted."""
        fraction = self.models.participation
        if fraction is not None:
            if self._counted != ts_open:
                self._counted, self._used = ts_open, 0
            self._budget = self._grid.size(volume * fraction)

    def _left(self) -> int:
        return max(0, self._budget - self._used)

    def _saw_open(self, order: Order) -> bool:
        """Return whether an order was there when the bar opened."""
        return order.sequence <= self._open_sequence or (
            self._open_sequence < 0 and order.since <= self._opened
        )

    def _is_whole(self, order: Order) -> bool:
        """Return whether an order is there for the whole of the bar."""
        return order.since <= self._opened or order.sequence <= self._open_sequence

    def _meet_open(self, price: float) -> bool:
        """Fill what the open fills: orders in line, then stops, then limits."""
        before = len(self.blotter.reports)
        if self.awaits_open and self._open_sequence < 0:
            self._serve_line(price)
        for ladder in (self.buys, self.sells):
            for order in ladder.trailing:
                if self._saw_open(order):
                    self._trail(ladder, order, price)
            for *_, order in ladder.stops[::-1]:
                if not (price - order.trigger) * order.side >= 0:
                    break
                if order.home == STOPPED and self._saw_open(order):
                    self._release_at(ladder, order, price)
                    order.since = self._opened
        for ladder in (self.buys, self.sells):
            self._open_limits(ladder, price)
        return len(self.blotter.reports) > before

    def _serve_line(self, price: float) -> None:
        """Fill the orders in line as takers, first come first served."""
        line = self.buys.waiting + self.sells.waiting
        if len(line) > 1:
            line.sort(key=sequence_of)
        for order in line:
            is_there = self._at_close or self._open_sequence >= 0 or self._saw_open(order)
            if order.home != WAITING or not is_there:
                continue
            self._take(order, price)
            if order.home == WAITING and order.at_once:
                self._cancel(order, reasons.NOT_AT_ONCE)

    def _open_limits(self, ladder: Ladder, price: float) -> None:
        """Fill limits that the open reaches, at the open; one that meets its first open takes."""
        for *_, order in ladder.resting[::-1]:
            if not self._reaches(order, price) or not self._left():
                break
            if order.home != RESTING or not self._saw_open(order):
                continue
            if order.sequence > self._seen:
                self._meet(order, price)
            else:
                self._give(order, price)

    def _reaches(self, order: Order, price: float) -> bool:
        beyond = (order.limit - price) * order.side
        return beyond > 0 or (beyond == 0 and not self._strict)

    def _release_at(self, ladder: Ladder, order: Order, price: float) -> None:
        """Trigger a stop at a price that the market has at that moment."""
        self._release(ladder, order)
        self._moment = price
        self._arrive(order)
        self._moment = _NAN

    def _meet(self, order: Order, price: float) -> None:
        """Fill a limit that a price is beyond at that price: as taker, unless it is post-only."""
        if order.command.post_only:
            self._give(order, price)
        else:
            self._take(order, price)

    def _meet_in_range(self, order: Order, bar: Bar) -> None:
        """Fill a limit at its price; one that the whole range is beyond at the worst of the range.

        Only a limit that arrived after the open can have the whole range beyond it.
        """
        worst = bar.high if order.side > 0 else bar.low
        if (order.limit - worst) * order.side > 0:
            self._meet(order, worst)
        else:
            self._give(order, order.limit)

    def _give(self, order: Order, price: float) -> None:
        """Fill a resting order as maker."""
        units = self._fillable(order, self._left())
        assert units, order.id
        self._used += units
        self._fill(order, units, price, MAKER)

    def _take(self, order: Order, price: float) -> None:
        """Fill an order as taker if its limit allows, all or nothing if it says so."""
        if not (order.limit - price) * order.side >= 0:
            return
        units = self._fillable(order, self._left())
        if units and (units == order.leaves or order.command.time_in_force is not _FOK):
            self._used += units
            if self._costs.slips:
                price = self._costs.worsened(order, price)
            self._fill(order, units, price, TAKER)

    def _enter(self, order: Order) -> None:
        self._arrivals += 1
        Market._enter(self, order)  # noqa: SLF001 - `super()` does not compile

    def _arrive(self, order: Order) -> None:
        price, ladder = self._moment, self._ladder(order)
        if isnan(price) and self._at_close and order.since <= self._bar.ts_recv:
            price = self._bar.close
            self._count(self._bar.ts_open, self._bar.volume)
        if isnan(price):
            if order.priced and not order.at_once:
                ladder.rest(order)
            else:
                ladder.queue(order)
        elif self._stays(order, price):
            if order.priced:
                ladder.rest(order)
            else:
                ladder.queue(order)

    def _stays(self, order: Order, price: float) -> bool:
        """Let an arriving order take at a price; return whether it still has to be kept."""
        if not order.command.post_only:
            self._take(order, price)
        elif (order.limit - price) * order.side > 0:
            self._cancel(order, reasons.WOULD_TAKE)
        if self.orders.get(order.id) is not order:
            return False
        if order.at_once:
            self._cancel(order, reasons.NOT_AT_ONCE)
            return False
        return True

    def _trigger(self, ladder: Ladder, price: float) -> None:
        """Release stops that are reached on arrival; inside a bar `again_in_bar` does that."""
        if not self._inside:
            Market._trigger(self, ladder, price)  # noqa: SLF001 - as above

    def _watched(self, side: int) -> float:
        return self._last

    def _would_take(self, side: int, limit: float) -> bool:
        return (limit - self._last) * side > 0

    def _draw_lines(self) -> None:
        """Draw the lines that a bar must cross to concern an own order."""
        self._drawn = True
        buys, sells = self.buys, self.sells
        if buys.waiting or sells.waiting:
            self._low_line, self._high_line = _INFINITY, -_INFINITY
        elif self.orders:
            self._low_line = max(buys.limit_line, sells.stop_line, buys.trail_line)
            self._high_line = min(sells.limit_line, buys.stop_line, sells.trail_line)
        else:
            self._low_line, self._high_line = -_INFINITY, _INFINITY


def sequence_of(order: Order) -> int:
    """Return an order's place in time priority."""
    return order.sequence
