"""The simulated venue in time: what happens first at one moment, and how long messages travel."""

import pytest

from backtest.latency import Latency
from backtest.venue import NextOpen
from engine.kernel import INTENTS_MAX
from engine.model.commands import Side, SubmitOrder
from engine.model.market import TradeTick
from engine.model.reports import (
    CashAdjusted,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReport,
)
from engine.model.zones import SECOND_NS
from engine.orders.order import Order
from engine.strategy.context import Timer
from tests.unit.rig import ABC, XYZ, Probe, on
from tests.unit.stage import BARS, MINUTE, Stage

SECOND = SECOND_NS


def times(reports: list[OrderReport]) -> list[tuple[int, int]]:
    return [(each.ts_event, each.ts_recv) for each in reports]


def test_at_one_moment_come_reports_rows_timers_expiries_cash_opens_and_commands() -> None:
    moment = 10 * SECOND
    stage = Stage(
        of={ABC.id: Latency(response=4 * SECOND), XYZ.id: Latency(order=5 * SECOND)}, funding_s=10
    )
    stage.opens = [NextOpen(moment, moment + MINUTE, 100.0, 100.0)]
    stage.quote(1 * SECOND, 99, 101, XYZ.id)
    stage.quote(1 * SECOND, 99, 101, BARS.id)
    stage.quote(1 * SECOND, 99, 101)
    stage.do(lambda probe: probe.buy(BARS.id, 1))  # waits for the open
    stage.do(lambda probe: probe.buy(XYZ.id, 1))  # what funding is paid on
    stage.quote(2 * SECOND, 99, 101)
    stage.do(lambda probe: probe.buy(XYZ.id, 1, 90.0, expires=moment))
    stage.until(5 * SECOND)
    stage.quote(5 * SECOND, 99, 101)
    stage.do(lambda probe: probe.buy(XYZ.id, 2, 91.0))  # arrives at the moment
    stage.quote(6 * SECOND, 99, 101)
    stage.do(lambda probe: probe.buy(ABC.id, 1, 92.0))  # accepted at 6 s, heard of at the moment
    stage.probe.at(moment)
    log: list[object] = stage.kernel.decisions  # type: ignore[assignment] # one log of all
    stage.probe.act = lambda _probe, event: log.append(event)
    stage.quote(moment - 1, 99, 101)
    stage.kernel.decisions.clear()
    stage.quote(moment, 99, 101)
    stage.until(moment + 1)
    seen = [each for each in stage.kernel.decisions if not isinstance(each, SubmitOrder)]
    told = list(dict.fromkeys((type(each).__name__, id(each)) for each in seen))
    assert [name for name, _ in told] == [
        "OrderAccepted",
        "QuoteTick",
        "Timer",
        "OrderExpired",
        "CashAdjusted",
        "OrderFilled",
        "OrderAccepted",
    ]
    assert isinstance(seen[-1], OrderAccepted)


def test_rows_of_a_moment_come_before_commands_of_that_moment() -> None:
    stage = Stage()
    stage.probe.act = on(TradeTick, lambda probe: probe.buy(ABC.id, 1))
    stage.quote(0, 99, 101)
    stage.trade(SECOND, 100.0)
    stage.quote(SECOND, 104, 106)
    stage.until(SECOND + 1)
    (fill,) = stage.reports(OrderFilled)
    assert isinstance(fill, OrderFilled)
    assert (fill.price, fill.ts_event) == (106.0, SECOND)


@pytest.mark.parametrize(
    ("seconds", "accepted", "canceled"),
    [
        ((0, 0, 0), (0, 0), (10, 10)),
        ((3, 0, 0), (3, 3), (10, 10)),
        ((0, 4, 0), (0, 0), (14, 14)),
        ((0, 0, 5), (0, 5), (10, 15)),
        ((3, 4, 5), (3, 8), (14, 19)),
    ],
)
def test_commands_and_reports_travel_for_their_latency(
    seconds: tuple[int, int, int], accepted: tuple[int, int], canceled: tuple[int, int]
) -> None:
    scale = SECOND
    order, cancel, response = seconds
    stage = Stage(Latency(order * scale, cancel * scale, response * scale))
    stage.quote(0, 99, 101)
    stage.do(lambda probe: probe.buy(ABC.id, 1, 90.0))
    stage.quote(10 * scale, 99, 101)
    stage.do(lambda probe: probe.cancel_all())
    stage.until(60 * scale)
    assert times(stage.reports(OrderAccepted)) == [tuple(each * scale for each in accepted)]
    assert times(stage.reports(OrderCanceled)) == [tuple(each * scale for each in canceled)]


def test_replace_travels_as_an_order_does() -> None:
    stage = Stage(Latency(order=3 * SECOND, cancel=9 * SECOND))
    stage.quote(0, 99, 101)
    stage.do(lambda probe: probe.buy(ABC.id, 1, 90.0))
    stage.quote(10 * SECOND, 99, 101)
    stage.do(lambda probe: probe.replace(probe.orders()[0], price=91.0))
    stage.until(60 * SECOND)
    assert times(stage.reports(OrderReplaced)) == [(13 * SECOND, 13 * SECOND)]


def test_order_meets_the_market_as_it_is_when_it_arrives() -> None:
    stage = Stage(Latency(order=2 * SECOND))
    stage.quote(0, 99, 101)
    stage.do(lambda probe: probe.buy(ABC.id, 1))
    stage.quote(1 * SECOND, 109, 111)
    stage.quote(3 * SECOND, 119, 121)
    (fill,) = stage.reports(OrderFilled)
    assert isinstance(fill, OrderFilled)
    assert (fill.price, fill.ts_event) == (111.0, 2 * SECOND)


def test_fill_by_a_row_is_heard_before_the_row_and_after_its_latency() -> None:
    stage = Stage(of={ABC.id: Latency(), XYZ.id: Latency(response=2 * SECOND)})
    for name in (ABC.id, XYZ.id):
        stage.quote(0, 99, 101, name)
        stage.do(lambda probe, name=name: probe.buy(name, 1, 100.0))  # type: ignore[misc]
    stage.until(10 * SECOND)
    stage.probe.heard.clear()
    stage.quote(10 * SECOND, 99, 100)
    stage.quote(10 * SECOND, 99, 100, XYZ.id)
    stage.quote(11 * SECOND, 99, 100)
    stage.quote(12 * SECOND, 99, 100)
    heard = [(type(e).__name__, getattr(e, "instrument", "")[:3]) for e in stage.probe.heard]
    assert heard == [
        ("OrderFilled", "ABC"),
        ("QuoteTick", "ABC"),
        ("QuoteTick", "XYZ"),
        ("QuoteTick", "ABC"),
        ("OrderFilled", "XYZ"),
        ("QuoteTick", "ABC"),
    ]
    assert times(stage.reports(OrderFilled))[-1] == (10 * SECOND, 12 * SECOND)


def test_engine_time_of_a_report_is_when_it_is_heard_and_never_goes_back() -> None:
    stage = Stage(Latency(order=SECOND // 2, response=SECOND // 2))
    seen: list[int] = []
    stage.probe.act = lambda probe, _event: seen.append(probe.now)
    stage.probe.every(0.3)
    for second in range(5):
        stage.quote(second * SECOND, 99, 101)
        stage.do(lambda probe: (probe.buy(ABC.id, 1), probe.buy(ABC.id, 1, 90.0)))
    stage.until(10 * SECOND)
    assert seen == sorted(seen)


def test_gtd_order_expires_at_its_time_and_not_before() -> None:
    stage = Stage()
    stage.quote(0, 99, 101)
    stage.do(lambda probe: probe.buy(ABC.id, 1, 90.0, expires=5 * SECOND))
    stage.do(lambda probe: probe.buy(ABC.id, 1, 91.0, expires=3 * SECOND))
    stage.quote(4 * SECOND, 99, 101)
    stage.until(60 * SECOND)
    assert times(stage.reports(OrderExpired)) == [
        (3 * SECOND, 3 * SECOND),
        (5 * SECOND, 5 * SECOND),
    ]


def test_cancel_that_overtakes_its_order_is_refused_and_the_order_works() -> None:
    stage = Stage(Latency(order=5 * SECOND, cancel=SECOND))
    stage.quote(0, 99, 101)
    orders: list[Order] = []
    stage.do(lambda probe: orders.append(probe.buy(ABC.id, 1, 90.0)))
    stage.do(lambda probe: probe.cancel(orders[0]))
    stage.until(60 * SECOND)
    assert stage.log == ["SubmitOrder", "CancelOrder", "CancelRejected", "OrderAccepted"]
    assert orders[0].status == "new"


def test_funding_is_paid_on_what_is_held_at_its_time() -> None:
    stage = Stage(funding_s=10)
    stage.quote(0, 100, 100)
    stage.do(lambda probe: probe.buy(ABC.id, 5))
    stage.quote(12 * SECOND, 110, 110)
    stage.until(21 * SECOND)
    paid = [each for each in stage.kernel.decisions if isinstance(each, CashAdjusted)]
    assert [(each.ts_event // SECOND, each.amount) for each in paid] == [(10, -5.0), (20, -5.5)]
    assert float(stage.kernel.portfolio.accounts["main"].balances["USD"]) == 1e6 - 10.5


def test_as_many_orders_as_one_event_allows_may_be_answered_at_one_moment() -> None:
    stage = Stage()
    stage.quote(0, 99, 101)
    stage.do(lambda probe: [probe.buy(ABC.id, 1, 102.0) for _ in range(INTENTS_MAX)])
    stage.until(1)
    assert stage.log.count("OrderAccepted") == INTENTS_MAX
    assert stage.log.count("OrderFilled") == 100  # what the touch offers
    assert stage.kernel.hosts["one"].fault == ""


# Bars


def test_order_waits_for_the_next_open_over_a_gap() -> None:
    stage = Stage()
    stage.opens = [
        NextOpen(0, 0 + MINUTE, 100.0, 100.0),
        NextOpen(10 * MINUTE, 10 * MINUTE + MINUTE, 107.0, 100.0),
    ]
    stage.bar(0, (100.0, 103.0, 99.0, 102.0))
    stage.do(lambda probe: probe.buy(BARS.id, 1))
    stage.until(9 * MINUTE)
    assert stage.reports(OrderFilled) == []
    stage.bar(10 * MINUTE, (107.0, 108.0, 106.0, 107.0))
    (fill,) = stage.reports(OrderFilled)
    assert isinstance(fill, OrderFilled)
    assert (fill.price, fill.ts_event) == (107.0, 10 * MINUTE)


def test_order_without_another_bar_never_fills() -> None:
    stage = Stage()
    stage.bar(0, (100.0, 103.0, 99.0, 102.0))
    stage.do(lambda probe: probe.buy(BARS.id, 1))
    stage.until(100 * MINUTE)
    assert stage.reports(OrderFilled) == []
    assert stage.probe.orders()[0].status == "new"


def test_orders_in_line_share_the_volume_of_an_open_once() -> None:
    stage = Stage(participation=0.1)
    stage.opens = [NextOpen(n * MINUTE, n * MINUTE + MINUTE, 100.0 + n, 100.0) for n in range(1, 5)]
    stage.bar(0, (100.0, 100.0, 100.0, 100.0))
    stage.do(lambda probe: [probe.buy(BARS.id, 8) for _ in range(3)])
    for n in range(1, 4):
        price = 100.0 + n
        stage.bar(n * MINUTE, (price, price, price, price))
    fills = [each for each in stage.reports(OrderFilled) if isinstance(each, OrderFilled)]
    assert [(each.ts_event // MINUTE, each.quantity) for each in fills] == [
        (1, 8.0),
        (1, 2.0),
        (2, 6.0),
        (2, 4.0),
        (3, 4.0),
    ]


def test_exits_of_an_entry_that_a_bar_filled_meet_the_same_bar() -> None:
    stage = Stage(Latency(order=5 * SECOND, response=5 * SECOND))
    stage.opens = [NextOpen(MINUTE, MINUTE + MINUTE, 100.0, 100.0)]
    stage.bar(0, (102.0, 102.0, 102.0, 102.0))
    stage.do(lambda p: p.bracket(BARS.id, Side.BUY, 5, 101.0, stop_loss=97.0, take_profit=106.0))
    stage.bar(MINUTE, (102.0, 103.0, 96.0, 98.0))
    fills = [each for each in stage.reports(OrderFilled) if isinstance(each, OrderFilled)]
    assert [(each.side, each.price, each.ts_recv) for each in fills] == [
        (1, 101.0, 2 * MINUTE),
        (-1, 97.0, 2 * MINUTE),
    ]
    assert len(stage.reports(OrderCanceled)) == 1
    stage.until(3 * MINUTE)
    assert stage.probe.position(BARS.id).is_flat
    assert stage.probe.orders() == []


def test_reactions_inside_a_bar_that_never_end_go_on_in_the_next() -> None:
    stage = Stage()
    stage.opens = [
        NextOpen(MINUTE, MINUTE + MINUTE, 100.0, 100.0),
        NextOpen(2 * MINUTE, 2 * MINUTE + MINUTE, 100.0, 100.0),
    ]
    stage.bar(0, (100.0, 101.0, 99.0, 100.0))

    def again(probe: Probe, event: object) -> None:
        if isinstance(event, OrderFilled):
            probe.submit(BARS.id, Side(-event.side), 1, 100.0)

    stage.probe.act = again
    stage.do(lambda probe: probe.buy(BARS.id, 1, 100.0))
    stage.bar(MINUTE, (101.0, 101.0, 99.0, 100.0))
    first = len(stage.reports(OrderFilled))
    assert 100 < first < 5_000
    stage.bar(2 * MINUTE, (101.0, 101.0, 99.0, 100.0))
    assert len(stage.reports(OrderFilled)) > first


def test_order_that_the_venue_rejects_is_heard_after_the_latency() -> None:
    stage = Stage(Latency(order=SECOND, response=SECOND))
    stage.quote(0, 99, 101)
    stage.do(lambda probe: probe.buy(ABC.id, 1, 102.0, post_only=True))
    stage.until(MINUTE)
    assert times(stage.reports(OrderRejected)) == [(SECOND, 2 * SECOND)]
    assert stage.probe.of(Timer) == []
