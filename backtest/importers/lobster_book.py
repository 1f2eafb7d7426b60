"""Turn LOBSTER's messages into an order-by-order book that is the venue's book at every row.

LOBSTER tells what happens in the first levels only. Orders that fall behind them are taken out, and
what rests where a level comes into view is added as one order without a name, ahead of all that
follow.
"""

from collections.abc import Iterator
from typing import Final

from backtest.importers.book_rows import BookRows
from engine.model.market import CLEARS_BOOK, LAST_IN_EVENT, BookAction

_ADD, _REDUCE = int(BookAction.ADD), int(BookAction.REDUCE)
_ACTIONS: Final = {
    1: _ADD,
    2: _REDUCE,
    3: _REDUCE,
    4: int(BookAction.EXECUTE),
}
"""Messages that change visible orders: submission, partial and whole deletion, execution."""

_EMPTY: Final = 9_999_999_999
Message = tuple[int, int, int, int, int]
"""Type, order id, size, price and side of the order, in the numbers of the file."""

Change = tuple[int, int, int, int, int]
"""Action, order id, side, price and size."""


class LobsterBook:
    """Keep one day's visible orders and write rows of what becomes of them.

    Prices are those of the file until they are written, divided by `scale`.
    """

    def __init__(self, rows: BookRows, scale: float) -> None:
        self._rows = rows
        self._scale = scale
        self._levels: dict[int, dict[int, dict[int, int]]] = {1: {}, -1: {}}
        self._began = False

    def add(self, line: int, ts: int, number: int, message: Message, book: tuple[int, ...]) -> None:
        """Write what a message changed; `book` is the venue's row after it: ask, size, bid, ..."""
        changes = [*self._told(message), *self._unseen(1, book), *self._unseen(-1, book)]
        for place, (action, order, side, price, size) in enumerate(changes, start=1):
            flags = LAST_IN_EVENT if place == len(changes) else 0
            flags |= 0 if self._began else CLEARS_BOOK
            self._began = True
            values = action, order, side, price / self._scale, size
            self._rows.add(line, ts, ts, number, flags, *values)

    def _told(self, message: Message) -> Iterator[Change]:
        """Yield the change that a message names; an order never seen is that without a name.

        An execution is told even where nothing rests: whoever checks the book shall see it.
        """
        kind, order, size, price, side = message
        action = _ACTIONS.get(kind)
        if action is None:
            return
        level = self._levels[side].setdefault(price, {})
        if action == _ADD:
            level[order] = size
            yield action, order, side, price, size
            return
        known = order if order in level else -price
        if known not in level and action == _REDUCE:
            return
        level[known] = level.get(known, 0) - size
        if level[known] <= 0:
            del level[known]
        yield action, known, side, price, size

    def _unseen(self, side: int, book: tuple[int, ...]) -> Iterator[Change]:
        """Yield what brings a side to the levels that the venue shows."""
        offset = 0 if side < 0 else 2
        shown = dict(zip(book[offset::4], book[offset + 1 :: 4], strict=True))
        shown.pop(_EMPTY * -side, None)
        levels = self._levels[side]
        for price in [price for price in levels if price not in shown]:
            for order, size in levels.pop(price).items():
                yield _REDUCE, order, side, price, size
        for price, size in shown.items():
            level = levels.setdefault(price, {})
            missing = size - sum(level.values())
            if missing:
                yield from _settled(level, side, price, missing)


def _settled(level: dict[int, int], side: int, price: int, missing: int) -> Iterator[Change]:
    """Yield what makes a level as large as it is shown, at the expense of the nameless order."""
    unnamed = -price
    left = level.pop(unnamed, 0)
    if left:
        yield _REDUCE, unnamed, side, price, left
    if left + missing > 0:
        level[unnamed] = left + missing
        yield _ADD, unnamed, side, price, left + missing
