"""Random flows of quotes, trades and orders around a price that wanders, from a seed.

Prices and sizes are whole numbers, so that any exchange can follow the same flow.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from engine.model.commands import OrderType, Side


@dataclass(frozen=True)
class Quote:
    bid: int | None
    bid_size: int | None
    ask: int | None
    ask_size: int | None


@dataclass(frozen=True)
class Trade:
    price: int
    size: int | None
    aggressor: int


@dataclass(frozen=True)
class Submit:
    id: str
    account: str
    kind: OrderType
    side: Side
    quantity: int
    limit: int | None
    stop: int | None
    trail: int | None
    at_once: str
    post_only: bool
    reduce_only: bool


@dataclass(frozen=True)
class Cancel:
    id: str


@dataclass(frozen=True)
class Replace:
    id: str
    quantity: int
    limit: int | None
    stop: int | None


Action = Quote | Trade | Submit | Cancel | Replace

KINDS = [OrderType.LIMIT] * 5 + list(OrderType)


class Flow:
    """Draw actions; the last few orders are those that are canceled and replaced."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.middle = 100
        self._orders = 0

    def actions(self, count: int, *, quotes: bool = True) -> Iterator[Action]:
        """Yield `count` actions; without quotes, trades are the only rows."""
        rows: list[Callable[[], Action]] = [self._quote] * 4 if quotes else [self._trade] * 2
        draws = [*rows, self._trade, self._submit, self._submit, self._cancel, self._replace]
        for _ in range(count):
            yield self._random.choice(draws)()

    def _quote(self) -> Quote:
        draw = self._random
        self.middle += draw.choice([-2, -1, -1, 0, 0, 0, 0, 1, 1, 2])
        spread = draw.choice([-1, 0, 1, 2, 2, 3])
        bid: int | None = self.middle - spread // 2
        ask: int | None = self.middle - spread // 2 + spread
        if draw.random() < 0.06:
            bid = None
        if draw.random() < 0.06:
            ask = None
        return Quote(bid, self._size(), ask, self._size())

    def _trade(self) -> Trade:
        draw = self._random
        price = self.middle + draw.randint(-4, 4)
        return Trade(price, self._size(), draw.choice([-1, 0, 1]))

    def _submit(self) -> Submit:
        draw = self._random
        self._orders += 1
        kind, side = draw.choice(KINDS), draw.choice([Side.BUY, Side.SELL])
        limited = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
        stopped = kind in (OrderType.STOP, OrderType.STOP_LIMIT) or draw.random() < 0.3
        can_stop = kind not in (OrderType.LIMIT, OrderType.MARKET)
        return Submit(
            id=f"o{self._orders}",
            account=draw.choice(["one", "one", "two"]),
            kind=kind,
            side=side,
            quantity=draw.randint(1, 6),
            limit=self.middle - side * draw.randint(-1, 3) if limited else None,
            stop=self.middle + side * draw.randint(0, 4) if can_stop and stopped else None,
            trail=draw.randint(1, 4) if kind is OrderType.TRAILING_STOP else None,
            at_once=draw.choice(["", "", "", "", "ioc", "fok"]),
            post_only=limited and draw.random() < 0.2,
            reduce_only=draw.random() < 0.3,
        )

    def _cancel(self) -> Cancel:
        return Cancel(self._recent())

    def _replace(self) -> Replace:
        draw = self._random
        limit = self.middle + draw.randint(-3, 3) if draw.random() < 0.6 else None
        stop = self.middle + draw.randint(-3, 3) if draw.random() < 0.6 else None
        return Replace(self._recent(), draw.randint(1, 6), limit, stop)

    def _recent(self) -> str:
        return f"o{max(1, self._orders - self._random.randint(0, 8))}"

    def _size(self) -> int | None:
        return self._random.choice([0, 1, 1, 2, 2, 3, 3, 4, 5, None])
