"""What reconciliation makes of a venue's answers: one rule a test."""

import math
from collections.abc import Iterable

import msgspec
import pytest

from engine.journal.memory import MemoryDisk
from engine.model.adjustments import OrderAdopted, PositionAdjusted, Quarantined
from engine.model.commands import OrderType, Side
from engine.model.market import QuoteTick
from engine.model.reports import CashAdjusted, OrderFilled, OrderLost, OrderReport
from engine.model.truth import BalanceRecord, OrderRecord, PositionRecord, Standing, VenueTruth
from engine.orders.life import Life, Request
from engine.orders.order import Order
from engine.recovery.policy import ReconcilePolicy
from engine.recovery.reconcile import Reconciler
from engine.strategy.base import Strategy
from tests.recovery.town import ABC, SECOND, START, Bot, Venue


class Quiet(Strategy):
    """Do what a test says, and keep what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.adjusted: list[PositionAdjusted] = []
        self.reports: list[OrderReport] = []

    def on_start(self) -> None:
        self.subscribe_quotes(ABC.id)

    def on_adjustment(self, adjustment: PositionAdjusted) -> None:
        self.adjusted.append(adjustment)

    def on_order(self, report: OrderReport) -> None:
        self.reports.append(report)


class Case:
    """A started bot, one quote, and answers of a venue that the test makes up."""

    def __init__(self, policy: ReconcilePolicy) -> None:
        self.strategy = Quiet()
        self.bot = Bot(MemoryDisk(), Venue(), self.strategy, START)
        self.bot.start()
        self.now = self.bot.now
        self.bot.take(QuoteTick(ABC.id, self.now, self.now, 100.0, 100.02, 50.0, 50.0))
        self.reconciler = Reconciler(self.bot.kernel, "main", policy, self.bot.trades)

    def buy(self, quantity: float, price: float) -> Order:
        order = self.strategy.buy(ABC.id, quantity, price)
        self.bot.take(QuoteTick(ABC.id, self.now, self.now, 100.0, 100.02, 50.0, 50.0))
        return order

    def answer(
        self,
        orders: Iterable[OrderRecord] | None = None,
        fills: Iterable[OrderFilled] | None = None,
        position: float | None = None,
        absent: tuple[str, ...] = (),
    ) -> list[object]:
        """Reconcile with one answer, asked five seconds later, and return what followed."""
        self.now += 5 * SECOND
        at = {"account": "main", "instrument": ABC.id, "ts_event": self.now}
        held = PositionRecord(**at, ts_recv=self.now, quantity=position or 0.0, average_price=99.0)  # type: ignore[arg-type] # what every record has
        truth = VenueTruth(
            venue="SIM",
            account="main",
            ts_asked=self.now,
            ts_recv=self.now,
            orders=None if orders is None else tuple(orders),
            fills=None if fills is None else tuple(fills),
            positions=None if position is None else (held,),
            absent=absent,
        )
        found = []
        for event in self.reconciler.events(truth):
            self.bot.take(event)
            found.append(event)
        return found

    def doubt(self) -> None:
        for unknown in self.reconciler.begin(self.now):
            self.bot.take(unknown)


@pytest.fixture
def case() -> Case:
    return Case(ReconcilePolicy(polls=3))


def row(order: Order | None, **changes: object) -> OrderRecord:
    record = OrderRecord(
        account="main",
        instrument=ABC.id,
        venue_order_id="77",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=5.0,
        filled=0.0,
        standing=Standing.WORKING,
        ts_event=START,
        client_order_id="" if order is None else order.id,
        price=99.0,
    )
    return msgspec.structs.replace(record, **changes)


def fill(order: Order | None, trade: str = "t1", quantity: float = 2.0) -> OrderFilled:
    return OrderFilled(
        client_order_id="" if order is None else order.id,
        venue_order_id="77",
        instrument=ABC.id,
        account="main",
        ts_event=START,
        ts_recv=START,
        trade_id=trade,
        side=Side.BUY,
        quantity=quantity,
        price=99.0,
        fee=0.0,
        fee_currency="USD",
    )


def life(order: Order) -> Life:
    assert order.leg is not None
    return order.leg.life


def test_an_unknown_order_that_is_listed_works(case: Case) -> None:
    order = case.buy(5.0, 99.0)
    case.doubt()
    assert life(order) is Life.UNKNOWN
    case.answer([row(order)])
    assert life(order) is Life.WORKING
    assert order.leg is not None
    assert order.leg.venue_order_id == "77"


def test_a_change_that_nobody_answered_is_in_doubt_until_a_list_tells(case: Case) -> None:
    order = case.buy(5.0, 99.0)
    case.doubt()
    case.answer([row(order)])
    assert case.reconciler.doubtful == ()
    assert order.leg is not None
    order.leg.requests = 1
    case.bot.kernel.orders.requested(order, order.leg, Request.AMEND_UNSURE, 900)
    assert list(case.reconciler.doubtful) == [order.id]
    case.answer([row(order)])
    assert case.reconciler.doubtful == ()


def test_an_unknown_order_is_lost_after_several_answers_without_it(case: Case) -> None:
    order = case.buy(5.0, 99.0)
    case.doubt()
    assert [life(order) for _ in range(3) if case.answer([]) is not None] == [
        Life.UNKNOWN,
        Life.UNKNOWN,
        Life.LOST,
    ]
    assert isinstance(case.strategy.reports[-1], OrderLost)


def test_an_order_that_came_into_doubt_after_it_was_missed_is_lost(case: Case) -> None:
    order = case.buy(5.0, 99.0)
    for _ in range(5):
        assert case.answer([]) == []  # the answer may still come
    case.doubt()
    for _ in range(2):
        case.answer([])
    assert life(order) is Life.UNKNOWN
    case.answer([])
    assert life(order) is Life.LOST


def test_a_working_order_that_came_into_doubt_after_it_was_missed_is_quarantined_once(
    case: Case,
) -> None:
    order = case.buy(5.0, 99.0)
    case.doubt()
    case.answer([row(order)])
    found = [event for _ in range(6) for event in case.answer([])]
    assert [type(event) for event in found] == [Quarantined]


def test_the_end_of_an_order_that_was_replaced_by_another_id_ends_nothing(case: Case) -> None:
    order = case.buy(5.0, 99.0)
    case.doubt()
    before = row(order, venue_order_id="76", standing=Standing.CANCELED)
    case.answer([before, row(order)])
    assert life(order) is Life.WORKING
    assert case.answer([row(order), before]) == []
    case.answer([before])  # a list that lags behind lacks the newer one
    assert life(order) is Life.WORKING
    case.answer([row(order, standing=Standing.CANCELED)])
    assert life(order) is Life.CANCELED


def test_no_list_of_orders_proves_nothing(case: Case) -> None:
    order = case.buy(5.0, 99.0)
    case.doubt()
    for _ in range(9):
        case.answer(None, [], 0.0)
    assert life(order) is Life.UNKNOWN


def test_order_that_could_not_rest_is_lost_where_several_answers_name_it_absent(case: Case) -> None:
    order = case.buy(5.0, 99.0)
    case.doubt()
    lives = [life(order) for _ in range(3) if case.answer(absent=(order.id, "other")) is not None]
    assert lives == [Life.UNKNOWN, Life.UNKNOWN, Life.LOST]


def test_an_answer_asked_for_too_early_proves_nothing() -> None:
    case = Case(ReconcilePolicy(polls=1, settle_ns=60 * SECOND))
    order = case.buy(5.0, 99.0)
    case.doubt()
    case.answer([])
    assert life(order) is Life.UNKNOWN


def test_a_lost_order_comes_back_with_late_evidence(case: Case) -> None:
    order = case.buy(5.0, 99.0)
    case.doubt()
    for _ in range(3):
        case.answer([])
    case.answer([row(order)])
    assert life(order) is Life.WORKING
    assert order in case.strategy.orders()


def test_a_working_order_that_is_not_listed_stays_and_is_told_once(case: Case) -> None:
    order = case.buy(5.0, 99.0)
    case.answer([row(order)])
    told = [event for _ in range(6) for event in case.answer([])]
    assert life(order) is Life.WORKING
    assert [type(event) for event in told] == [Quarantined]


def test_a_missed_fill_is_booked_once_and_by_the_venues_order_id(case: Case) -> None:
    order = case.buy(5.0, 99.0)
    case.answer([row(order)])
    for _ in range(3):
        case.answer([row(order, filled=2.0)], [fill(None)], 2.0)
    case.bot.take(fill(order))
    assert (order.filled, case.bot.position) == (2.0, 2.0)
    assert case.bot.recorder.counts["doubled fill"] == 1


def test_without_a_list_of_fills_the_cumulative_quantity_decides(case: Case) -> None:
    order = case.buy(5.0, 99.0)
    for _ in range(2):
        case.answer([row(order, filled=3.0)])
    assert (order.filled, case.bot.position) == (3.0, 3.0)


def test_an_order_closed_at_the_venue_is_closed_here(case: Case) -> None:
    order = case.buy(5.0, 99.0)
    case.answer([row(order, standing=Standing.CANCELED, reason="by hand")], [])
    assert life(order) is Life.CANCELED
    assert order.reason == "by hand"


def test_an_order_changed_at_the_venue_is_changed_here(case: Case) -> None:
    order = case.buy(5.0, 99.0)
    case.answer([row(order, price=98.5, quantity=4.0)])
    assert (order.price, order.quantity) == (98.5, 4.0)


def test_a_foreign_order_is_adopted_and_then_counts_in_limits(case: Case) -> None:
    exposure = case.bot.kernel.portfolio.exposure("main", ABC)
    found = [event for _ in range(2) for event in case.answer([row(None)])]
    assert [type(event) for event in found] == [OrderAdopted]
    assert exposure.buys == 5 * ABC.quantity_scale
    case.bot.take(fill(None))
    case.answer([row(None, filled=5.0, standing=Standing.FILLED)], [fill(None, "t2", 3.0)], 5.0)
    assert exposure.buys == 0
    assert case.bot.position == 5.0
    assert case.strategy.orders() == []


def test_a_foreign_order_in_quarantine_changes_nothing() -> None:
    case = Case(ReconcilePolicy(orders="quarantine"))
    found = [event for _ in range(2) for event in case.answer([row(None)])]
    assert [type(event) for event in found] == [Quarantined]
    assert case.bot.kernel.portfolio.exposure("main", ABC).buys == 0


def test_a_difference_in_position_is_adjusted_once_it_has_stood_in_several_answers(
    case: Case,
) -> None:
    found = [case.answer([], [], 7.0) for _ in range(4)]
    assert [len(each) for each in found] == [0, 0, 1, 0]
    assert case.bot.position == 7.0
    (adjusted,) = case.strategy.adjusted
    assert (adjusted.before, adjusted.after, adjusted.price) == (0.0, 7.0, 99.0)
    assert case.strategy.position(ABC.id).quantity == 7.0  # the account's only strategy
    assert case.strategy.position(ABC.id).average_price == 99.0


def test_the_same_difference_has_the_same_id() -> None:
    ids = []
    for _ in range(2):
        case = Case(ReconcilePolicy(polls=1))
        (adjusted,) = case.answer([], [], -3.0)
        assert isinstance(adjusted, PositionAdjusted)
        ids.append(adjusted.id)
    assert ids[0] == ids[1]


def test_a_difference_that_goes_away_is_not_adjusted(case: Case) -> None:
    for position in (7.0, 7.0, 0.0, 7.0, 7.0):
        assert case.answer([], [], position) == []


def test_a_position_that_the_venue_never_lists_is_kept(case: Case) -> None:
    case.bot.take(fill(None))
    truth = VenueTruth(
        venue="SIM",
        account="main",
        ts_asked=case.now,
        ts_recv=case.now,
        positions=(),
        unlisted=(ABC.id,),
    )
    assert [event for _ in range(4) for event in case.reconciler.events(truth)] == []
    assert case.bot.position == 2.0


def test_a_foreign_position_in_quarantine_is_told_and_left_out() -> None:
    case = Case(ReconcilePolicy(polls=1, positions="quarantine"))
    found = [event for _ in range(2) for event in case.answer([], [], 7.0)]
    assert [type(event) for event in found] == [Quarantined]
    assert case.bot.position == 0.0


def test_money_that_nothing_explains_is_a_cash_event(case: Case) -> None:
    venue = case.bot.venue
    truth = venue.truth(case.now)
    (balance,) = truth.balances or ()
    poorer = msgspec.structs.replace(balance, total=balance.total - 12.5)
    answer = msgspec.structs.replace(truth, balances=(poorer,))
    found: list[object] = []
    for _ in range(4):
        for event in case.reconciler.events(answer):
            case.bot.take(event)
            found.append(event)
    (cash,) = found
    assert isinstance(cash, CashAdjusted)
    assert cash.amount == -12.5


def test_profit_taken_in_another_order_of_fills_is_no_difference_in_money(case: Case) -> None:
    begun = float(case.bot.kernel.portfolio.accounts["main"].balances["USD"])
    for trade, side, price in (("1", 1, 100.0), ("2", 1, 102.0), ("3", -1, 104.0)):
        booked = msgspec.structs.replace(fill(None, trade), side=Side(side), price=price)
        case.bot.take(booked)
    assert case.bot.position == 2.0
    sold_first = begun + 2 * (104.0 - 100.0)
    assert sold_first != float(case.bot.kernel.portfolio.accounts["main"].balances["USD"])

    def told(money: float, average_price: float) -> list[object]:
        at = {"account": "main", "ts_event": case.now, "ts_recv": case.now}
        truth = VenueTruth(
            venue="SIM",
            account="main",
            ts_asked=case.now,
            ts_recv=case.now,
            positions=(
                PositionRecord(
                    **at,  # type: ignore[arg-type] # what every record has
                    instrument=ABC.id,
                    quantity=2.0,
                    average_price=average_price,
                ),
            ),
            balances=(BalanceRecord(**at, currency="USD", total=money),),  # type: ignore[arg-type] # as above
        )
        return [event for _ in range(4) for event in case.reconciler.events(truth)]

    assert told(sold_first, 102.0) == []
    (cash,) = told(sold_first + 5.0, 102.0)
    assert isinstance(cash, CashAdjusted)
    assert cash.amount == 5.0


def test_a_position_without_price_moves_at_the_mark(case: Case) -> None:
    adjusted = PositionAdjusted(
        id="x",
        account="main",
        instrument=ABC.id,
        ts_event=case.now,
        ts_recv=case.now,
        before=0.0,
        after=2.0,
        price=math.nan,
        reason="test",
    )
    case.bot.take(adjusted)
    assert case.bot.position == 2.0
    assert case.strategy.position(ABC.id).quantity == 0.0  # nobody's
