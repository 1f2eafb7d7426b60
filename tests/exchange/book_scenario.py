"""Scenarios of books at the simulated exchange, in the words of `tests.exchange.scenario` and more.

    book 99x5 98x3 | 101x4          a snapshot: bids, asks
    bid 99x7                        a level has another size
    halt, auction, open             the venue's state

and order by order:

    add 7 bid 99x5                  reduce 7 2 (a cancel), execute 7 3, modify 7 99x1
"""

from dataclasses import dataclass, field

from backtest.exchange.book_market import BookMarket
from backtest.exchange.order_book_market import OrderBookMarket
from engine.books.rows import BookOrderRow, BookRow
from engine.model.market import (
    AFTER_GAP,
    CLEARS_BOOK,
    LAST_IN_EVENT,
    BookAction,
    InstrumentStatus,
    TradingState,
)
from tests.exchange.scenario import Desk

_SIDES = {"bid": 1, "ask": -1}


@dataclass
class BookDesk(Desk):
    """A desk whose exchange is fed a book; prices in scenarios are those of the instrument."""

    orders: dict[int, tuple[int, int]] = field(default_factory=dict)
    queued: bool = False

    def row(self, flags: int, side: int, price: int, size: int) -> None:
        assert isinstance(self.market, BookMarket)
        self.market.on_row(BookRow(self.ts, self.ts, 0, flags, side, price, size))

    def _book(self, words: list[str]) -> None:
        cut = words.index("|")
        self.row(CLEARS_BOOK, 0, 0, 0)
        for side, levels in ((1, words[:cut]), (-1, words[cut + 1 :])):
            for level in levels:
                self.row(0, side, *self._units(level))
        self.row(LAST_IN_EVENT, 0, 0, 0)

    def _bid(self, words: list[str]) -> None:
        self._levels(1, words)

    def _ask(self, words: list[str]) -> None:
        self._levels(-1, words)

    def _levels(self, side: int, words: list[str]) -> None:
        for place, level in enumerate(words, start=1):
            flags = LAST_IN_EVENT if place == len(words) else 0
            self.row(flags, side, *self._units(level))

    def _gap(self, _words: list[str]) -> None:
        self.row(AFTER_GAP | LAST_IN_EVENT, 0, 0, 0)

    def _halt(self, _words: list[str]) -> None:
        self._state(TradingState.HALTED)

    def _auction(self, _words: list[str]) -> None:
        self._state(TradingState.AUCTION)

    def _reopen(self, _words: list[str]) -> None:
        self._state(TradingState.OPEN)

    def _state(self, state: TradingState) -> None:
        assert isinstance(self.market, BookMarket)
        status = InstrumentStatus(self.instrument.id, self.ts, self.ts, state)
        self.market.on_status(status)

    def _begin(self, _words: list[str]) -> None:
        self.order_row(BookAction.NOTHING, 0, 0, 0, 0, CLEARS_BOOK | LAST_IN_EVENT)

    def _add(self, words: list[str]) -> None:
        number, side = int(words[0]), _SIDES[words[1]]
        price, size = self._units(words[2])
        self.orders[number] = side, price
        self.order_row(BookAction.ADD, number, side, price, size)

    def _reduce(self, words: list[str]) -> None:
        self._change(BookAction.REDUCE, words)

    def _execute(self, words: list[str]) -> None:
        self._change(BookAction.EXECUTE, words)

    def _modify(self, words: list[str]) -> None:
        number = int(words[0])
        self.order_row(BookAction.MODIFY, number, self.orders[number][0], *self._units(words[1]))

    def _change(self, action: BookAction, words: list[str]) -> None:
        number = int(words[0])
        self.order_row(action, number, *self.orders[number], int(words[1]))

    def order_row(
        self,
        action: BookAction,
        number: int,
        side: int,
        price: int,
        size: int,
        flags: int = LAST_IN_EVENT,
    ) -> None:
        assert isinstance(self.market, OrderBookMarket)
        values = int(action), number, side, price, size
        self.market.on_order_row(BookOrderRow(self.ts, self.ts, 0, flags, *values))

    def _units(self, level: str) -> tuple[int, int]:
        price, _, size = level.partition("x")
        return round(float(price) * self.instrument.price_scale), int(size)
