"""The exchange against books agrees with a slow, obvious one, and keeps its laws."""

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.exchange.book_market import BookMarket
from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels
from backtest.exchange.order_book_market import OrderBookMarket
from backtest.exchange.queue import LogProbability, PowerProbability, QueueModel, RiskAverse
from engine.books.rows import BookOrderRow, BookRow
from engine.model.commands import OrderType, Side
from engine.model.market import CLEARS_BOOK, LAST_IN_EVENT, BookAction
from engine.model.reports import OrderFilled
from tests.exchange.book_flow import BookActionDrawn, BookEvent, BookFlow
from tests.exchange.driving import NAME, XYZ, act
from tests.exchange.flow import Cancel, Replace, Submit, Trade
from tests.exchange.laws import Laws, best_first
from tests.property.reference_book_exchange import Order, ReferenceBookExchange
from tests.property.reference_order_exchange import ReferenceOrderExchange
from tests.property.test_exchange import told

SEEDS = st.integers(0, 2**32)
MODELS = st.sampled_from(
    [
        RiskAverse(),
        PowerProbability(),
        PowerProbability(power=1.0, form="whole"),
        PowerProbability(power=3.0, form="complement"),
        LogProbability(),
        LogProbability(form="whole"),
    ]
)
LENGTH = 120


def exchange_of(queue: QueueModel = RiskAverse()) -> tuple[Exchange, BookMarket]:  # noqa: B008 - frozen
    exchange = Exchange([XYZ], ExchangeModels(fills="book", queue=queue))
    market = exchange.market(NAME)
    assert isinstance(market, BookMarket)
    market.on_row(BookRow(0, 0, 0, CLEARS_BOOK | LAST_IN_EVENT, 0, 0, 0))
    return exchange, market


def act_on_book(exchange: Exchange, market: BookMarket, action: BookActionDrawn) -> None:
    if not isinstance(action, BookEvent):
        act(exchange, action)
        return
    for place, change in enumerate(action.changes, start=1):
        flags = LAST_IN_EVENT if place == len(action.changes) else 0
        market.on_row(BookRow(0, 0, 0, flags, *change))


def act_obviously(reference: ReferenceBookExchange, action: BookActionDrawn) -> None:
    match action:
        case BookEvent(changes):
            reference.event(list(changes))
        case Trade(price, size, aggressor):
            reference.trade(price, size or 0, aggressor)
        case Submit():
            order = Order(action.id, int(action.side), action.quantity, action.limit)
            order.at_once, order.post_only = action.at_once, action.post_only
            order.reduce_only = action.reduce_only
            reference.submit(order)
        case Cancel(name):
            reference.cancel(name)
        case Replace(name, quantity, limit, _):
            reference.replace(name, quantity, limit)


@settings(max_examples=60)
@given(SEEDS)
def test_the_exchange_agrees_with_the_obvious_one(seed: int) -> None:
    reference = ReferenceBookExchange()
    exchange, market = exchange_of()
    for action in BookFlow(seed).actions(LENGTH):
        act_on_book(exchange, market, action)
        act_obviously(reference, action)
        assert list(map(told, exchange.reports)) == reference.told, action
        exchange.reports.clear()
        reference.told.clear()


@settings(max_examples=60)
@given(SEEDS, MODELS)
def test_fills_keep_to_orders_positions_and_liquidity(seed: int, queue: QueueModel) -> None:
    exchange, market = exchange_of(queue)
    laws, shown = Laws(), Shown()
    for action in BookFlow(seed).actions(LENGTH):
        if isinstance(action, Submit):
            laws.submitted(action)
        shown.note(action)
        act_on_book(exchange, market, action)
        laws.check(exchange.reports)
        shown.check(action, [each for each in exchange.reports if isinstance(each, OrderFilled)])
        assert best_first(exchange.reports, Side.BUY)
        assert best_first(exchange.reports, Side.SELL)
        exchange.reports.clear()
    assert market.holdings["one"].size == laws.positions.get("one", 0.0)


class Shown:
    """Count what the tape ever offered at each level, and hold own fills against it."""

    def __init__(self) -> None:
        self.sizes: Counter[tuple[int, int]] = Counter()
        self.offered: Counter[tuple[int, int]] = Counter()
        self.taken: Counter[tuple[int, int]] = Counter()

    def note(self, action: BookActionDrawn) -> None:
        if isinstance(action, BookEvent):
            for side, price, size in action.changes:
                self.offered[side, price] += max(0, size - self.sizes[side, price])
                self.sizes[side, price] = size

    def check(self, action: BookActionDrawn, fills: list[OrderFilled]) -> None:
        if isinstance(action, Trade):
            assert sum(fill.quantity for fill in fills) <= (action.size or 0)
            return
        for fill in fills:
            if fill.liquidity == "taker":
                level = -int(fill.side), int(fill.price)
                self.taken[level] += int(fill.quantity)
                assert self.taken[level] <= self.offered[level]


@settings(max_examples=60)
@given(SEEDS)
def test_the_exchange_agrees_with_the_obvious_one_order_by_order(seed: int) -> None:
    reference = ReferenceOrderExchange()
    exchange = Exchange([XYZ], ExchangeModels(fills="book_orders"))
    market = exchange.market(NAME)
    assert isinstance(market, OrderBookMarket)
    market.on_order_row(BookOrderRow(0, 0, 0, CLEARS_BOOK | LAST_IN_EVENT, 0, 0, 0, 0, 0))
    draw = Random(seed)
    for action in BookFlow(seed).actions(LENGTH):
        if isinstance(action, BookEvent):
            row = drawn_row(draw)
            market.on_order_row(BookOrderRow(0, 0, 0, LAST_IN_EVENT, *row))
            reference.row(BookAction(row[0]), *row[1:])
        else:
            act(exchange, action)
            act_obviously(reference, action)
        assert list(map(told, exchange.reports)) == reference.told, action
        exchange.reports.clear()
        reference.told.clear()


def drawn_row(draw: Random) -> tuple[int, int, int, int, int]:
    """Return action, order, side, price and size; prices come near the middle, sometimes across."""
    action = draw.choice([BookAction.ADD] * 3 + [BookAction.EXECUTE] * 3 + list(BookAction)[2:])
    name = draw.randint(1, 12)
    side = 1 if name % 2 else -1  # an order stays on its side
    price = 100 - side * (1 + name // 4 if draw.random() < 0.8 else draw.randint(-1, 3))
    return int(action), name, side, price, draw.randint(1, 6)


def limit(name: str, side: Side, quantity: int, price: int) -> Submit:
    kind = OrderType.LIMIT
    return Submit(name, "one", kind, side, quantity, price, None, None, "", False, False)


ORDERS = st.lists(
    st.tuples(
        st.sampled_from([BookAction.ADD, BookAction.ADD, *list(BookAction)[1:]]),
        st.integers(1, 9),
        st.sampled_from([1, -1]),
        st.integers(1, 3),
        st.integers(1, 5),
        st.sampled_from(["", "", "", "buy", "sell", "cancel"]),
    ),
    max_size=60,
)


@settings(max_examples=100)
@given(ORDERS)
def test_place_by_order_is_what_is_ahead_of_it(
    rows: list[tuple[BookAction, int, int, int, int, str]],
) -> None:
    """A place counts the orders that are still there of those that were there when it was taken."""
    exchange = Exchange([XYZ], ExchangeModels(fills="book_orders"))
    market = exchange.market(NAME)
    assert isinstance(market, OrderBookMarket)
    market.on_order_row(BookOrderRow(0, 0, 0, CLEARS_BOOK | LAST_IN_EVENT, 0, 0, 0, 0, 0))
    ahead: dict[str, list[tuple[int, int]]] = {}
    for number, (action, name, side, step, size, own) in enumerate(rows):
        price = 100 - side * step
        values = int(action), name, side, price, size
        market.on_order_row(BookOrderRow(0, 0, 0, LAST_IN_EVENT, *values))
        if own in ("buy", "sell"):
            way = Side.BUY if own == "buy" else Side.SELL
            there = market.book.queue(way, 100 - way * step)
            ahead[f"o{number}"] = [(each.id, each.rank) for each in there]
            act(exchange, limit(f"o{number}", way, size, 100 - way * step))
        elif own == "cancel" and market.orders:
            act(exchange, Cancel(next(iter(market.orders))))
        exchange.reports.clear()
        for order in market.orders.values():
            side_of = market.bid_side if order.side > 0 else market.ask_side
            queue = market.book.queue(order.side, order.price)
            left = sum(each.size for each in queue if (each.id, each.rank) in ahead[order.id])
            assert side_of.place(order).ahead == left
