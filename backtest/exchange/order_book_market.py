"""Match own orders against a book that is known order by order: the place in a queue is exact.

Models nothing: who is ahead is seen, and so is who fills.
"""

from collections.abc import Mapping

from backtest.exchange.account import VenueAccount
from backtest.exchange.blotter import Blotter
from backtest.exchange.book_market import BookMarket
from backtest.exchange.book_side import BookSide
from backtest.exchange.market import MAKER
from backtest.exchange.models import ExchangeModels
from engine.books.order_book import OrderBook, RestingOrder
from engine.books.rows import BookOrderRow
from engine.model.instrument import Instrument
from engine.model.market import AFTER_GAP, CLEARS_BOOK, LAST_IN_EVENT, BookAction

_TURNS = AFTER_GAP | CLEARS_BOOK
_EXECUTE, _MODIFY = int(BookAction.EXECUTE), int(BookAction.MODIFY)
_Execution = tuple[RestingOrder, int]
"""A resting order as it was, and the units that were executed of it."""


class OrderBookMarket(BookMarket):
    """Fill a resting order when an order behind it, or at a worse price, is executed.

    Own orders share an execution once, best price first, then time. Prints are not counted on top
    of it: they are the same trades. They fire stops on the last trade, and end auctions.
    """

    __slots__ = ("_executions",)
    book: OrderBook
    book_kind = OrderBook

    def __init__(
        self,
        instrument: Instrument,
        models: ExchangeModels,
        blotter: Blotter,
        accounts: Mapping[str, VenueAccount],
    ) -> None:
        super().__init__(instrument, models, blotter, accounts)
        self._executions: list[_Execution] = []

    def on_order_row(self, row: BookOrderRow) -> None:
        """Take one change of an order; match own orders if it completes an event."""
        if not self._drawn:
            self._draw_lines()
        book, flags = self.book, row.flags
        known = book.orders.get(row.order_id)
        if flags & _TURNS:
            self._turn()
        elif self._involved and known is not None:
            self._move_up(known, row)
        order = row.action, row.order_id, row.side, row.price, row.size
        book.change_order(flags, *order)
        if self._involved and known is not None:
            self._count_level(known)
        if flags & LAST_IN_EVENT:
            if self._executions:
                self._meet_executions(row.ts_event, row.ts_recv)
            book.last = row
            ask, bid = book.asks.best, book.bids.best
            if self._always or -ask <= self._ask_line or bid >= self._bid_line:
                self._match(row.ts_event, row.ts_recv)

    def _move_up(self, known: RestingOrder, row: BookOrderRow) -> None:
        """Take from what is ahead of own orders what goes of an order that is ahead."""
        stays = row.action == _MODIFY and row.price == known.price and row.size <= known.size
        if row.action in (_EXECUTE, int(BookAction.REDUCE)):
            gone = min(row.size, known.size)
        else:
            gone = known.size - row.size if stays else known.size
        queue = self._side(known).queues.get(known.price)
        for place in () if queue is None else queue.places:
            if known.rank <= place.rank:
                place.ahead -= gone
        if row.action == _EXECUTE and row.price == known.price:
            self._executions.append((known, gone))

    def _count_level(self, known: RestingOrder) -> None:
        """Count the change of a level against what was taken from it."""
        side = self._side(known)
        side.offered.changed(known.price, side.levels.size(known.price))

    def _meet_executions(self, ts_event: int, ts_recv: int) -> None:
        """Let own orders have what was executed of orders that came after them."""
        self.blotter.ts_event, self.blotter.ts_recv = ts_event, ts_recv
        self._drawn = False
        executions, self._executions = self._executions, []
        if self._hours is None or self._hours.is_open(ts_event):
            for known, units in executions:
                size = int(units * self._share)
                self._share_execution(known, size - size % self.instrument.quantity_step)

    def _share_execution(self, known: RestingOrder, size: int) -> None:
        own = self._side(known)
        for _, _, order in own.ladder.resting[::-1]:
            beyond = (order.price - known.price) * own.side
            if beyond < 0 or not size:
                break
            if self.orders.get(order.id) is not order:
                continue
            if beyond or known.rank > own.place(order).rank:
                units = self._fillable(order, size)
                size -= units
                if units:
                    self._fill(order, units, order.limit, MAKER)

    def _meet_print(self, price: int, size: int, aggressor: int) -> None:
        """Leave a print to the executions that the book tells of."""

    def _side(self, known: RestingOrder) -> BookSide:
        return self.bid_side if known.side > 0 else self.ask_side

    def _rank(self) -> int:
        return self.book.rank
