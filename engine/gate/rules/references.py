"""Rules about the market: the price collar, and feeds that cannot be trusted.

Knows no money and no position.
"""

from engine.books.book import Book
from engine.clock import Clock
from engine.gate.limits import Ages, Collar
from engine.gate.verdict import Denial
from engine.ledger.portfolio import Portfolio
from engine.market_state import NAN, MarketState
from engine.model.commands import OrderType
from engine.model.reports import DenialReason
from engine.model.subscription import DataKind
from engine.orders.order import Order

_MARKET, _LIMIT, _STOP_LIMIT = OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT


def touch(market: MarketState, side: int) -> float:
    """Return the price at which a market order of a side would begin to fill; NaN if unknown."""
    quote, book = market.quote, market.book
    if quote is not None:
        return quote.ask if side > 0 else quote.bid
    if book is None or book.is_broken:
        return NAN
    return book.ask if side > 0 else book.bid


class PriceCollar:
    """Deny an order that could pay too far beyond the reference: mid, else last trade, else close.

    A limit order pays its limit, a market order the other side of the quote. A stop-limit is held
    against its trigger, and a stop only needs a reference: what it pays is known at the trigger.
    Only the side that pays too much is judged: a limit far on the passive side costs nothing.
    """

    __slots__ = ("_ages", "_clock", "_instrument", "_market", "_share", "_ticks")

    def __init__(self, collar: Collar, market: MarketState, clock: Clock, ages: Ages) -> None:
        self._market = market
        self._instrument = market.instrument
        self._clock = clock
        self._ages = ages
        self._share = collar.share
        self._ticks = collar.ticks

    def entry(self, order: Order, _quantity: int, _added: int, price: float) -> Denial | None:
        """Judge by a fresh reference, and deny where there is none."""
        quote = self._market.quote
        if (
            quote is not None
            and quote.bid <= quote.ask
            and self._clock.now - quote.ts_recv <= self._ages.quote
        ):
            reference = (quote.bid + quote.ask) / 2
        else:
            reference = self._elsewhere()
        if order.type is _LIMIT and (price - reference) * order.side <= 0:
            return None  # the passive side; what is no number goes on
        if reference != reference:  # noqa: PLR0124 - NaN
            known = self._market.mark()
            if known != known:  # noqa: PLR0124 - NaN
                return DenialReason.NO_REFERENCE, f"no reference price of {order.route.name} yet"
            return DenialReason.STALE_REFERENCE, f"the last price {known:g} is too old"
        return self._held(order, price, reference)

    def exit(self, order: Order, _quantity: int, _added: int, price: float) -> Denial | None:
        """Judge by the last reference, however old; without any, let pass."""
        return self._held(order, price, self._market.mark())

    def _elsewhere(self) -> float:
        """Return the first of book, trade and bar that is young enough, NaN when none is."""
        market, ages, now = self._market, self._ages, self._clock.now
        book = None if market.quote is not None else market.book
        if book is not None and not book.is_broken and now - book.ts_recv <= ages.quote:
            mid = book.mid
            if mid == mid:  # noqa: PLR0124 - NaN where a side is empty
                return mid
        trade = market.trade
        if trade is not None and now - trade.ts_recv <= ages.trade:
            return trade.price
        bar = market.bar
        if bar is not None and now - bar.ts_recv <= ages.close:
            return bar.close
        return NAN

    def _held(self, order: Order, price: float, reference: float) -> Denial | None:
        kind = order.type
        if kind is _LIMIT:
            pays = price
        elif kind is _MARKET:
            pays = touch(self._market, order.side)
        elif kind is _STOP_LIMIT and order.price is not None and order.stop is not None:
            pays, reference = order.price, order.stop
        else:
            return None
        beyond = (pays - reference) * order.side
        if not beyond > 0:  # also where there is no reference
            return None
        tick = self._instrument.tick_at(reference)
        allowed = min(abs(reference) * self._share, self._ticks * tick)
        if beyond <= allowed + tick * 1e-9:
            return None
        text = f"would pay {pays:g}, {beyond:g} beyond {reference:g}; the most is {allowed:g}"
        return DenialReason.PRICE_COLLAR, text


def newest(market: MarketState) -> int:
    """Return when anything of an instrument's prices came last (ns); 0 when nothing did."""
    found = (market.quote, market.trade, market.bar, market.book)
    return max((each.ts_recv for each in found if each is not None), default=0)


class FreshRate:
    """Deny entries in an instrument whose currency is converted by prices that are too old."""

    __slots__ = ("_age", "_clock", "_into", "_portfolio")

    def __init__(self, age: int, into: str, portfolio: Portfolio, clock: Clock) -> None:
        self._age = age
        self._into = into
        self._portfolio = portfolio
        self._clock = clock

    def judge(self, order: Order, _quantity: int, _added: int, _price: float) -> Denial | None:
        """Look at every instrument on the way between the currencies."""
        currency = order.route.instrument.currency
        if currency == self._into:
            return None
        path = self._portfolio.path(currency, self._into)
        if path is None:
            return DenialReason.NO_CURRENCY_RATE, f"no rate from {currency} to {self._into}"
        for market, _ in path:
            if self._clock.now - newest(market) > self._age:
                text = f"the rate by {market.instrument.id} is older than {self._age / 1e9:g} s"
                return DenialReason.NO_CURRENCY_RATE, text
        return None


class LiveFeed:
    """Deny entries when nothing has come of an instrument for too long, or its quote is crossed."""

    __slots__ = ("_age", "_clock", "_market")

    def __init__(self, age: int, market: MarketState, clock: Clock) -> None:
        self._age = age
        self._market = market
        self._clock = clock

    def judge(self, _order: Order, _quantity: int, _added: int, _price: float) -> Denial | None:
        """Look at the newest of quote, trade and bar, then at the quote."""
        market, oldest = self._market, self._clock.now - self._age
        quote, trade, bar = market.quote, market.trade, market.bar
        if quote is not None and quote.ts_recv >= oldest:
            if quote.bid > quote.ask:
                text = f"bid {quote.bid:g} is above ask {quote.ask:g}"
                return DenialReason.BOOK_CROSSED, text
            return None
        if quote is None and market.book is not None:
            return self._book(market.book, oldest)
        if (trade is None or trade.ts_recv < oldest) and (bar is None or bar.ts_recv < oldest):
            return self._silent()
        return None

    def _book(self, book: Book, oldest: int) -> Denial | None:
        if book.is_broken:
            return DenialReason.FEED_GAPPED, f"the book of {book.instrument} is broken"
        if book.ts_recv < oldest:
            return self._silent()
        if book.is_crossed:
            return DenialReason.BOOK_CROSSED, f"bid {book.bid:g} is above ask {book.ask:g}"
        return None

    def _silent(self) -> Denial:
        text = f"nothing of {self._market.instrument.id} for {self._age / 1e9:g} s"
        return DenialReason.FEED_STALE, text


class BrokenFeed:
    """Deny entries in an instrument of which some kind of data is broken."""

    __slots__ = ("_denial",)

    def __init__(self, instrument: str, kinds: tuple[DataKind, ...]) -> None:
        text = f"{', '.join(kinds)} of {instrument} lost messages"
        self._denial: Denial = (DenialReason.FEED_GAPPED, text)

    def judge(self, _order: Order, _quantity: int, _added: int, _price: float) -> Denial | None:
        """Deny."""
        return self._denial
