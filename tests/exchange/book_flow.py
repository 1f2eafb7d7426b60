"""Random flows of book events, prints and orders, from a seed.

Prices and sizes are whole numbers, so that any exchange can follow the same flow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from engine.model.commands import OrderType, Side
from tests.exchange.flow import Cancel, Replace, Submit, Trade

MIDDLE = 100


@dataclass(frozen=True)
class BookEvent:
    """Changes of levels that happen at once: side, price, new size."""

    changes: tuple[tuple[int, int, int], ...]


BookActionDrawn = BookEvent | Trade | Submit | Cancel | Replace


class BookFlow:
    """Draw actions around a middle; a print is followed, mostly, by the change that it makes."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._sizes: dict[tuple[int, int], int] = {}
        self._orders = 0

    def actions(self, count: int) -> Iterator[BookActionDrawn]:
        """Yield `count` draws; the first is a book."""
        yield self._event(
            [(side, MIDDLE - side * step, 4) for side in (1, -1) for step in range(1, 5)]
        )
        draws = [self._change] * 4 + [self._print] * 3 + [self._submit] * 3
        for _ in range(count):
            yield from self._random.choice([*draws, self._cancel, self._replace])()

    def _event(self, changes: list[tuple[int, int, int]]) -> BookEvent:
        for side, price, size in changes:
            self._sizes[side, price] = size
        return BookEvent(tuple(changes))

    def _change(self) -> Iterator[BookActionDrawn]:
        draw = self._random
        changes = []
        for _ in range(draw.randint(1, 3)):
            side = draw.choice([1, -1])
            price = MIDDLE - side * draw.choice([-2, -1, 0, 1, 1, 2, 2, 3, 4])
            changes.append((side, price, draw.choice([0, 0, 1, 2, 3, 4, 5, 8])))
            if draw.random() < 0.9:
                changes += [
                    (-side, other, 0)
                    for (one, other), size in self._sizes.items()
                    if one == -side and size and (price - other) * side > 0
                ]
        yield self._event(changes)

    def _print(self) -> Iterator[BookActionDrawn]:
        draw = self._random
        aggressor = draw.choice([1, -1, 0])
        price, size = MIDDLE + draw.randint(-4, 4), draw.randint(1, 6)
        yield Trade(price, size, aggressor)
        there = self._sizes.get((-aggressor, price), 0)
        if there and draw.random() < 0.8:
            yield self._event([(-aggressor, price, max(0, there - size))])

    def _submit(self) -> Iterator[BookActionDrawn]:
        draw = self._random
        self._orders += 1
        side = draw.choice([Side.BUY, Side.SELL])
        limited = draw.random() < 0.85
        yield Submit(
            id=f"o{self._orders}",
            account="one",
            kind=OrderType.LIMIT if limited else OrderType.MARKET,
            side=side,
            quantity=draw.randint(1, 9),
            limit=MIDDLE - side * draw.randint(-3, 4) if limited else None,
            stop=None,
            trail=None,
            at_once=draw.choice(["", "", "", "", "ioc", "fok"]),
            post_only=limited and draw.random() < 0.2,
            reduce_only=draw.random() < 0.2,
        )

    def _cancel(self) -> Iterator[BookActionDrawn]:
        yield Cancel(self._recent())

    def _replace(self) -> Iterator[BookActionDrawn]:
        draw = self._random
        limit = MIDDLE + draw.randint(-3, 3) if draw.random() < 0.5 else None
        yield Replace(self._recent(), draw.randint(1, 9), limit, None)

    def _recent(self) -> str:
        return f"o{max(1, self._orders - self._random.randint(0, 6))}"
