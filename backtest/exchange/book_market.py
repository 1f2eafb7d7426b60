"""Match one instrument's own orders against a recorded book of price levels, and prints.

Changes nothing for anybody else: the book goes on as it was recorded, own fills only use it up.
"""

from collections.abc import Mapping
from math import isnan

from backtest.exchange import reasons
from backtest.exchange.account import VenueAccount
from backtest.exchange.amendment import Amendment
from backtest.exchange.blotter import Blotter
from backtest.exchange.book_side import BookSide
from backtest.exchange.ladder import Ladder
from backtest.exchange.market import MAKER, TAKER, Lines, Market
from backtest.exchange.models import ExchangeModels
from backtest.exchange.offered import Offered
from backtest.exchange.order import WAITING, Order
from engine.books.book import Book
from engine.books.rows import BookRow
from engine.model.commands import ReplaceOrder, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import (
    AFTER_GAP,
    CLEARS_BOOK,
    LAST_IN_EVENT,
    InstrumentStatus,
    TradeTick,
    TradingState,
)

_NAN = float("nan")
_INFINITY = float("inf")
_FAR = 2**62
_TURNS = AFTER_GAP | CLEARS_BOOK
_FOK = TimeInForce.FOK
_OPEN, _AUCTION = TradingState.OPEN, TradingState.AUCTION
_SHUT = {
    TradingState.HALTED: reasons.HALTED,
    TradingState.CLOSED: reasons.SESSION_CLOSED,
}


class BookMarket(Market):
    """Fill makers from their place in the queue, and takers from the levels of the other side.

    A resting order fills when prints have used up what was ahead of it, when one goes through its
    price, or when the other side of the book comes to it. Between the first row of an event and
    the last nothing is matched. While the book is broken, crossed or of an earlier session, and
    while the venue's state is not open, nothing fills against it.
    """

    __slots__ = (
        "_always",
        "_ask_line",
        "_bid_line",
        "_involved",
        "_last",
        "_on_last",
        "_renewed",
        "_share",
        "_trade_high",
        "_trade_low",
        "ask_side",
        "bid_side",
        "book",
        "state",
    )
    book_kind: type[Book] = Book

    def __init__(
        self,
        instrument: Instrument,
        models: ExchangeModels,
        blotter: Blotter,
        accounts: Mapping[str, VenueAccount],
    ) -> None:
        super().__init__(instrument, models, blotter, accounts)
        self.book = book = self.book_kind(instrument)
        self._share = 1.0 if models.participation is None else models.participation
        common = models.queue, self._share, instrument.quantity_step
        self.bid_side = BookSide(book.bids, self.buys, *common)
        self.ask_side = BookSide(book.asks, self.sells, *common)
        self.state = _OPEN
        self._on_last = models.trigger == "last"
        self._last = _NAN
        self._renewed = False

    def on_row(self, row: BookRow) -> None:
        """Take one change of the book; match own orders if it completes an event."""
        if not self._drawn:
            self._draw_lines()
        flags, side, book = row.flags, row.side, self.book
        if flags & _TURNS or book.is_broken or not side:
            if flags & _TURNS:
                self._turn()
            book.change(flags, side, row.price, row.size)
        else:
            changed = self.bid_side if side > 0 else self.ask_side
            if self._involved:
                changed.change(row.price, row.size)
            changed.levels.set(row.price, row.size)
        if flags & LAST_IN_EVENT:
            book.last = row
            ask, bid = book.asks.best, book.bids.best
            if self._always or -ask <= self._ask_line or bid >= self._bid_line:
                self._match(row.ts_event, row.ts_recv)

    def on_trade(self, trade: TradeTick) -> None:
        """Match own orders against a public trade; cheap when it reaches none of them."""
        if not self._drawn:
            self._draw_lines()
        self._last = trade.price
        if not self._trade_low < trade.price < self._trade_high:
            self._match_trade(trade)

    @property
    def only_rebuilds(self) -> bool:
        """Return whether changes of the book reach no own order and only have to be made."""
        if not self._drawn:
            self._draw_lines()
        return not (self._always or self._involved)

    def trade_lines(self) -> Lines:
        """Return between which prices a trade reaches no own order, twice."""
        if not self._drawn:
            self._draw_lines()
        return (self._trade_low, self._trade_high) * 2

    def pass_over(self, event: object) -> None:
        """Remember a trade's price as the last one."""
        if isinstance(event, TradeTick):
            self._last = event.price

    def on_status(self, status: InstrumentStatus) -> None:
        """Take the venue's trading state; on opening, what can fill meets the book."""
        self.blotter.ts_event, self.blotter.ts_recv = status.ts_event, status.ts_recv
        self.state = status.state
        self._drawn = False
        if self._can_fill(status.ts_event):
            resting = [entry[2] for ladder in (self.buys, self.sells) for entry in ladder.resting]
            for order in sorted(resting, key=_in_time):
                self._arrive_again(order)
            self._match(status.ts_event, status.ts_recv)

    def price(self) -> float:
        """Return the mid, else the one side there is, else the last trade; NaN if none."""
        book = self.book
        for price in (book.mid, book.bid, book.ask):
            if not isnan(price):
                return price
        return self._last

    # The book.

    def _turn(self) -> None:
        """Forget what was taken from a book that is emptied."""
        self.bid_side.offered.forget()
        self.ask_side.offered.forget()
        self._renewed = self._always = True

    def _match(self, ts_event: int, ts_recv: int) -> None:
        """Let what waits, then what rests, then what is triggered meet the book."""
        self.blotter.ts_event, self.blotter.ts_recv = ts_event, ts_recv
        self._drawn = False
        if not self._can_fill(ts_event):
            return
        if self._renewed:
            self._renewed = False
            self.bid_side.renew()
            self.ask_side.renew()
        for ladder, offered in (
            (self.buys, self.ask_side.offered),
            (self.sells, self.bid_side.offered),
        ):
            for order in list(ladder.waiting):
                if order.home == WAITING:  # an earlier fill may have left it nothing to reduce
                    self._serve(order, offered)
            self._meet_levels(ladder, offered)
        if not self._on_last:
            self._follow(self.buys, self.book.ask)
            self._follow(self.sells, self.book.bid)

    def _can_fill(self, ts: int) -> bool:
        """Return whether the book can be traded against at a time."""
        hours, book = self._hours, self.book
        if self.state is not _OPEN or book.is_broken or book.is_crossed:
            return False
        return hours is None or (hours.is_open(ts) and book.ts_event >= hours.since)

    def _meet_levels(self, ladder: Ladder, offered: Offered) -> None:
        """Fill resting orders that the other side of the book has come to, best first."""
        while ladder.resting:
            order = ladder.resting[-1][2]
            left = list(offered.reach(order.price))
            if not left:
                break
            units = wanted = self._fillable(order, sum(there for _, there in left))
            assert units, order.id
            for price, there in left:
                offered.take(price, min(wanted, there))
                wanted -= min(wanted, there)
            self._fill(order, units, order.limit, MAKER)

    # Orders that take.

    def _arrive(self, order: Order) -> None:
        if self._can_fill(self.blotter.ts_event):
            if order.command.post_only and self._would_take(order.side, order.limit):
                self._cancel(order, reasons.WOULD_TAKE)
                return
            self._walk(order, self._other(order).offered)
            if self.orders.get(order.id) is not order:
                return
            if order.at_once:
                self._cancel(order, reasons.NOT_AT_ONCE)
                return
        if order.priced and not order.at_once:
            self._own(order).rest(order, self._rank())
        else:
            self._ladder(order).queue(order)

    def _arrive_again(self, order: Order) -> None:
        """Let a resting order that the book reaches take from it, as if it had just come."""
        reached = next(self._other(order).offered.reach(order.price), None)
        if self.orders.get(order.id) is order and reached:
            self._own(order).leave(order)
            self._ladder(order).remove(order)
            self._arrive(order)

    def _serve(self, order: Order, offered: Offered) -> None:
        """Let an order that waits in line take from the levels."""
        self._walk(order, offered)
        if order.home == WAITING and order.at_once:
            self._cancel(order, reasons.NOT_AT_ONCE)

    def _walk(self, order: Order, offered: Offered) -> None:
        """Let an order take level by level, each at its price, up to its limit."""
        levels = list(offered.reach(order.price if order.priced else None))
        if order.command.time_in_force is _FOK:
            there = sum(units for _, units in levels)
            if self._fillable(order, there) < order.leaves:
                return
        for price, there in levels:
            if self._prevents(order, price):
                return
            units = self._fillable(order, there)
            offered.take(price, units)
            paid = price / self._grid.price_scale
            if self._costs.slips:
                paid = self._costs.worsened(order, paid)
            self._fill(order, units, paid, TAKER)
            if self.orders.get(order.id) is not order:
                return
        if order.priced:
            self._prevents(order, order.price)

    def _prevents(self, order: Order, price: int) -> bool:
        """Keep an order from meeting its account's own at a price; return whether it is over."""
        rule = self.models.self_match
        if rule == "ignore":
            return False
        for _, _, own in self._other(order).ladder.resting[::-1]:
            if (price - own.price) * order.side < 0:
                break
            if own.holding is order.holding:
                if rule != "cancel_arriving":
                    self._cancel(own, reasons.SELF_MATCH)
                if rule != "cancel_resting":
                    self._cancel(order, reasons.SELF_MATCH)
                    return True
        return False

    def _own(self, order: Order) -> BookSide:
        return self.bid_side if order.side > 0 else self.ask_side

    def _other(self, order: Order) -> BookSide:
        return self.ask_side if order.side > 0 else self.bid_side

    def _rank(self) -> int:
        """Return the place in time of what comes now, in a book that knows such places."""
        return 0

    # Prints.

    def _match_trade(self, trade: TradeTick) -> None:
        self.blotter.ts_event, self.blotter.ts_recv = trade.ts_event, trade.ts_recv
        self._drawn = False
        is_open = self._hours is None or self._hours.is_open(trade.ts_event)
        if not is_open or isnan(trade.price):
            return
        size = self._grid.size(trade.size * self._share)
        if self.state is _AUCTION:
            self._uncross(self.buys, trade.price, size)
            self._uncross(self.sells, trade.price, size)
        elif self.state is _OPEN:
            self._meet_print(self._grid.nearest(trade.price), size, trade.aggressor)
            if self._on_last:
                self._follow(self.buys, trade.price)
                self._follow(self.sells, trade.price)

    def _meet_print(self, price: int, size: int, aggressor: int) -> None:
        """Let resting orders share a print with the queue they stand in."""
        if aggressor <= 0:
            size -= self._advance(self.bid_side, price, size)
        if aggressor >= 0:
            self._advance(self.ask_side, price, size)

    def _advance(self, own: BookSide, price: int, size: int) -> int:
        """Move orders up by a print at their price and fill those it reaches; return units used.

        A print beyond an order's price has used up all that was ahead of it.
        """
        used = 0
        own.printed(price, size)
        for _, _, order in own.ladder.resting[::-1]:
            beyond = (order.price - price) * own.side
            if beyond < 0:
                break
            if self.orders.get(order.id) is not order:
                continue
            place, left = own.place(order), size - used
            ahead = 0 if beyond else place.ahead
            place.ahead = max(0, ahead - left)
            units = self._fillable(order, max(0, left - ahead))
            if units:
                used += units
                self._fill(order, units, order.limit, MAKER)
        return used

    def _uncross(self, ladder: Ladder, price: float, size: int) -> None:
        """Fill, at an auction's price, orders without a limit, then those with a better one.

        Who among those at the very price gets something is not known, so they get nothing.
        """
        for order in [*ladder.waiting, *(entry[2] for entry in ladder.resting[::-1])]:
            reached = (order.limit - price) * ladder.side > 0
            if size and reached and self.orders.get(order.id) is order:
                units = self._fillable(order, size)
                size -= units
                self._fill(order, units, price, TAKER)

    # What the market asks of its kind.

    def _follow(self, ladder: Ladder, price: float) -> None:
        """Move the trailing stops of one side after a price, then trigger what it reached."""
        for order in ladder.trailing:
            self._trail(ladder, order, price)
        if ladder.stops:
            self._trigger(ladder, price)

    def _watched(self, side: int) -> float:
        if self._on_last:
            return self._last
        if not self._can_fill(self.blotter.ts_event):
            return _NAN
        return self.book.ask if side > 0 else self.book.bid

    def _would_take(self, side: int, limit: float) -> bool:
        if not self._can_fill(self.blotter.ts_event):
            return False
        return (limit - (self.book.ask if side > 0 else self.book.bid)) * side >= 0

    def _refusal(self, order: Order, ts: int) -> str:
        return _SHUT.get(self.state) or super()._refusal(order, ts)

    def _objection(self, order: Order, amendment: Amendment, ts: int) -> str:
        return _SHUT.get(self.state) or super()._objection(order, amendment, ts)

    def _amend(self, order: Order, amendment: Amendment, command: ReplaceOrder) -> None:
        if self._loses_place(order, amendment):
            self._own(order).leave(order)
        super()._amend(order, amendment, command)

    def _close(self, order: Order) -> None:
        self._own(order).leave(order)
        super()._close(order)

    def _draw_lines(self) -> None:
        """Draw the lines that a row must cross to concern an own order."""
        self._drawn = True
        buys, sells = self.buys, self.sells
        self._ask_line = buys.resting[-1][2].price if buys.resting else -_FAR
        self._bid_line = sells.resting[-1][2].price if sells.resting else _FAR
        self._trade_low, self._trade_high = buys.limit_line, sells.limit_line
        taken = self.bid_side.offered.taken or self.ask_side.offered.taken
        self._involved = bool(self.orders or taken)
        stopped = bool(buys.stops or sells.stops or buys.trailing or sells.trailing)
        waiting = bool(buys.waiting or sells.waiting)
        self._always = waiting or self._renewed or (stopped and not self._on_last)
        if waiting or (stopped and self._on_last):
            self._trade_low = _INFINITY


def _in_time(order: Order) -> int:
    return order.sequence
