"""Match one instrument's own orders against recorded quotes and trades.

Models no queue: a resting limit fills when the market touches (or passes) it, as `models` say.
"""

from collections.abc import Mapping
from math import isnan

from backtest.exchange import reasons
from backtest.exchange.account import VenueAccount
from backtest.exchange.blotter import Blotter
from backtest.exchange.ladder import Ladder
from backtest.exchange.market import MAKER, TAKER, Lines, Market
from backtest.exchange.models import ExchangeModels
from backtest.exchange.order import WAITING, Order
from engine.model.commands import TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import QuoteTick, TradeTick

_NAN = float("nan")
_INFINITY = float("inf")
_NO_QUOTE = QuoteTick("", 0, 0, _NAN, _NAN, _NAN, _NAN)
_NO_TRADE = TradeTick("", 0, 0, _NAN, _NAN, 0)
_FOK = TimeInForce.FOK


class QuoteMarket(Market):
    """Fill orders from the touch and from prints.

    Until its first quote a market has trades only: then market orders wait for the next print.

    A quote offers its ask size to own buys and its bid size to own sells; whoever takes it, resting
    order or arriving one, takes it once: what was taken from a side stays taken until a later quote
    gives that side another price or another size. A trade offers its size once. Within a row own
    buys come before own sells, then stops are triggered and arrive like new orders.
    """

    __slots__ = (
        "_ask_high",
        "_ask_low",
        "_bid_high",
        "_bid_low",
        "_on_last",
        "_quote",
        "_share",
        "_trade",
        "_trade_high",
        "_trade_low",
    )

    def __init__(
        self,
        instrument: Instrument,
        models: ExchangeModels,
        blotter: Blotter,
        accounts: Mapping[str, VenueAccount],
    ) -> None:
        super().__init__(instrument, models, blotter, accounts)
        self._share = 1.0 if models.participation is None else models.participation
        self._quote = _NO_QUOTE
        self._trade = _NO_TRADE
        self._on_last = models.trigger == "last"

    def on_quote(self, quote: QuoteTick) -> None:
        """Match own orders against a quote; cheap when it reaches none of them."""
        if not self._drawn:
            self._draw_lines()
        self._quote = quote
        if (
            self._ask_low < quote.ask < self._ask_high
            and self._bid_low < quote.bid < self._bid_high
        ):
            return
        self._match_quote(quote)

    def on_trade(self, trade: TradeTick) -> None:
        """Match own orders against a public trade; cheap when it reaches none of them."""
        if not self._drawn:
            self._draw_lines()
        self._trade = trade
        if self._trade_low < trade.price < self._trade_high:
            return
        self._match_trade(trade)

    def quote_lines(self) -> Lines:
        """Return between which prices a quote reaches no own order."""
        if not self._drawn:
            self._draw_lines()
        return self._bid_low, self._bid_high, self._ask_low, self._ask_high

    def trade_lines(self) -> Lines:
        """Return between which prices a trade reaches no own order, twice."""
        if not self._drawn:
            self._draw_lines()
        return (self._trade_low, self._trade_high) * 2

    def pass_over(self, event: object) -> None:
        """Remember a quote or a trade as the last one."""
        if isinstance(event, QuoteTick):
            self._quote = event
        elif isinstance(event, TradeTick):
            self._trade = event

    def price(self) -> float:
        """Return the mid, else the one side there is, else the last trade; NaN if none."""
        bid, ask = self._quote.bid, self._quote.ask
        if isnan(bid):
            return self._trade.price if isnan(ask) else ask
        return bid if isnan(ask) else (bid + ask) / 2

    def _match_quote(self, quote: QuoteTick) -> None:
        blotter, buys, sells = self.blotter, self.buys, self.sells
        blotter.ts_event, blotter.ts_recv = quote.ts_event, quote.ts_recv
        ask, bid = quote.ask, quote.bid
        buys.see(ask, quote.ask_size)
        sells.see(bid, quote.bid_size)
        if self._hours is None or self._hours.is_open(quote.ts_event):
            if buys.resting or buys.waiting:
                self._meet_touch(buys, ask, quote.ask_size)
            if sells.resting or sells.waiting:
                self._meet_touch(sells, bid, quote.bid_size)
            if not self._on_last:
                self._follow(buys, ask)
                self._follow(sells, bid)
        self._drawn = False

    def _match_trade(self, trade: TradeTick) -> None:
        self.blotter.ts_event, self.blotter.ts_recv = trade.ts_event, trade.ts_recv
        is_open = self._hours is None or self._hours.is_open(trade.ts_event)
        if is_open and not isnan(trade.price):
            self._meet_trade(trade)
        self._drawn = False

    def _meet_trade(self, trade: TradeTick) -> None:
        """Let orders share a print: those in line, then the limits that its aggressor hit."""
        price, left = trade.price, self._grid.size(trade.size * self._share)
        buys, sells = self.buys, self.sells
        if self._quote is _NO_QUOTE:
            left -= self._serve_line(buys, price, left)
            left -= self._serve_line(sells, price, left)
        if trade.aggressor <= 0:
            left -= self._serve_limits(buys, price, left)
        if trade.aggressor >= 0:
            self._serve_limits(sells, price, left)
        if self._on_last or self._quote is _NO_QUOTE:
            self._follow(buys, price)
            self._follow(sells, price)

    def _meet_touch(self, ladder: Ladder, price: float, size: float) -> None:
        """Let one side's orders take what is left of the opposite touch."""
        if isnan(price):
            return
        left = self._left(ladder, size)
        used = self._serve_line(ladder, price, left) if ladder.waiting else 0
        used += self._serve_limits(ladder, price, left - used)
        if used and size - size == 0.0:
            ladder.take(price, size, used)

    def _left(self, ladder: Ladder, size: float) -> int:
        return max(0, self._grid.size(size * self._share) - ladder.taken)

    def _serve_line(self, ladder: Ladder, price: float, left: int) -> int:
        """Fill the orders in line as takers, first come first served; return the units used."""
        used = 0
        for order in list(ladder.waiting):
            if order.home != WAITING:  # an earlier fill left it nothing to reduce
                continue
            used += self._take(order, price, left - used)
            if order.home == WAITING and order.at_once:
                self._cancel(order, reasons.NOT_AT_ONCE)
        return used

    def _serve_limits(self, ladder: Ladder, price: float, left: int) -> int:
        """Fill the limits that a price reaches as makers, best first; return the units used."""
        used = 0
        while ladder.resting and used < left:
            order = ladder.resting[-1][2]
            beyond = (order.limit - price) * ladder.side
            if beyond < 0 or (beyond == 0 and self._strict):
                break
            units = self._fillable(order, left - used)
            assert units, order.id
            self._fill(order, units, order.limit, MAKER)
            used += units
        return used

    def _take(self, order: Order, price: float, left: int) -> int:
        """Fill an order as taker if its limit allows, all or nothing if it says so."""
        if not (order.limit - price) * order.side >= 0:
            return 0
        units = self._fillable(order, left)
        whole = order.command.time_in_force is not _FOK
        if not units or not (whole or units == order.quantity - order.filled):
            return 0
        if self._costs.slips:
            price = self._costs.worsened(order, price)
        self._fill(order, units, price, TAKER)
        return units

    def _arrive(self, order: Order) -> None:
        side = order.side
        ladder = self.buys if side > 0 else self.sells
        if self._quote is not _NO_QUOTE:
            price, size = self._touch(side)
            if (order.limit - price) * side >= 0 and not self._meet(order, ladder, price, size):
                return
            if order.at_once:
                self._cancel(order, reasons.NOT_AT_ONCE)
                return
        if order.priced and not order.at_once:
            ladder.rest(order)
        else:
            ladder.queue(order)

    def _meet(self, order: Order, ladder: Ladder, price: float, size: float) -> bool:
        """Let an arriving order take from the touch; return whether something of it is left."""
        if order.command.post_only:
            self._cancel(order, reasons.WOULD_TAKE)
            return False
        used = self._take(order, price, self._left(ladder, size))
        if size - size == 0.0:
            ladder.take(price, size, used)
        return self.orders.get(order.id) is order

    def _touch(self, side: int) -> tuple[float, float]:
        """Return price and size of what own orders of a side can take now; NaN when nothing.

        A quote from before the present session is no offer.
        """
        quote, hours = self._quote, self._hours
        if hours is not None and quote.ts_event < hours.since:
            return _NAN, _NAN
        return (quote.ask, quote.ask_size) if side > 0 else (quote.bid, quote.bid_size)

    def _follow(self, ladder: Ladder, price: float) -> None:
        """Move the trailing stops of one side after a price, then trigger what it reached."""
        for order in ladder.trailing:
            self._trail(ladder, order, price)
        if ladder.stops:
            self._trigger(ladder, price)

    def _watched(self, side: int) -> float:
        if self._on_last or self._quote is _NO_QUOTE:
            return self._trade.price
        return self._touch(side)[0]

    def _would_take(self, side: int, limit: float) -> bool:
        return (limit - self._touch(side)[0]) * side >= 0

    def _draw_lines(self) -> None:
        """Draw the lines that a row must cross to concern an own order."""
        self._drawn = True
        buys, sells = self.buys, self.sells
        self._ask_low = self._trade_low = buys.limit_line
        self._bid_high = self._trade_high = sells.limit_line
        self._ask_high, self._bid_low = _INFINITY, -_INFINITY
        if buys.stops or sells.stops or buys.trailing or sells.trailing:
            self._draw_stop_lines()
        if buys.waiting or buys.taken:
            self._ask_low = self._trade_low = _INFINITY
        if sells.waiting or sells.taken:
            self._bid_high = self._trade_high = -_INFINITY

    def _draw_stop_lines(self) -> None:
        buys, sells = self.buys, self.sells
        low, high = sells.stop_line, buys.stop_line
        follow_low, follow_high = buys.trail_line, sells.trail_line
        if not self._on_last:
            self._ask_high, self._bid_low = high, low
            self._ask_low = max(self._ask_low, follow_low)
            self._bid_high = min(self._bid_high, follow_high)
        if self._on_last or self._quote is _NO_QUOTE:
            self._trade_high = min(self._trade_high, high, follow_high)
            self._trade_low = max(self._trade_low, low, follow_low)
