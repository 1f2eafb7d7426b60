"""The kernel: one event at a time, intents after the callback, faults kept to their strategy."""

import pytest

from engine.model.market import Bar, InstrumentStatus, QuoteTick, TradeTick, TradingState
from engine.model.reports import (
    OrderAccepted,
    OrderCanceled,
    OrderDenied,
    OrderFilled,
)
from engine.model.zones import SECOND_NS
from engine.orders.order import Order
from tests.unit.rig import (
    ABC,
    MINUTE,
    NAN,
    START,
    XYZ,
    History,
    Probe,
    Rig,
    flat_bar,
    names,
    on,
    once,
    watching,
)

# Intents


def test_intents_are_gated_after_the_callback_and_in_order() -> None:
    seen: list[int] = []

    def act(probe: Probe) -> None:
        first = probe.buy(ABC.id, 1)
        probe.buy(ABC.id, 2, 99.0)
        probe.cancel(first)
        seen.append(len(rig.wire.sent))

    rig = Rig(watching(on(QuoteTick, act)))
    rig.quote(99, 101)
    assert seen == [0]
    assert names(list(rig.wire.sent)) == ["SubmitOrder", "SubmitOrder", "CancelOrder"]
    assert [each.quantity for each in rig.wire.orders] == [1.0, 2.0]


def test_order_is_there_at_once_and_open_until_it_is_denied() -> None:
    orders: list[Order] = []

    def act(probe: Probe) -> None:
        orders.append(probe.buy(ABC.id, 0.5))
        assert orders[0].status == "pending_new"
        assert probe.orders() == orders

    rig = Rig(watching(once(QuoteTick, act)))
    rig.quote(99, 101)
    assert orders[0].status == "denied"
    assert rig.probe.orders() == []


def test_denial_arrives_as_an_event_and_what_follows_from_it_is_gated_too() -> None:
    def act(probe: Probe, event: object) -> None:
        if isinstance(event, QuoteTick):
            probe.buy(ABC.id, 0.5)
            probe.buy(ABC.id, 1)
        elif isinstance(event, OrderDenied):
            probe.buy(ABC.id, 2)

    rig = Rig(watching(act))
    rig.quote(99, 101)
    assert names(rig.probe.heard) == ["QuoteTick", "OrderDenied", *["OrderSubmitted"] * 2]
    assert rig.probe.of(OrderDenied)[0].reason == "quantity_too_small"
    assert [each.quantity for each in rig.wire.orders] == [1.0, 2.0]


def test_no_callback_is_entered_while_another_one_of_the_strategy_runs() -> None:
    inside: list[str] = []

    def act(probe: Probe, event: object) -> None:
        assert inside == []
        inside.append(type(event).__name__)
        if len(probe.heard) < 6:
            probe.buy(ABC.id, 0.5)
            probe.buy(ABC.id, 1, 99.0)
            probe.cancel_all()
        inside.clear()

    rig = Rig(watching(act))
    rig.quote(99, 101)
    rig.fill(rig.probe.orders()[0], 1, 99.0)
    assert rig.stops == []
    assert len(rig.probe.heard) > 10


def test_strategies_are_called_in_the_order_in_which_they_subscribed() -> None:
    called: list[int] = []
    rig = Rig(
        watching(on(TradeTick, lambda _: called.append(0))),
        watching(on(TradeTick, lambda _: called.append(1))),
        watching(on(TradeTick, lambda _: called.append(2))),
    )
    rig.trade(100.0)
    assert called == [0, 1, 2]


def test_intents_of_a_strategy_are_sent_before_the_next_one_is_called() -> None:
    sent: list[int] = []
    rig = Rig(
        watching(on(TradeTick, lambda probe: probe.buy(ABC.id, 1))),
        watching(on(TradeTick, lambda _: sent.append(len(rig.wire.sent)))),
    )
    rig.trade(100.0)
    assert sent == [1]


# State


def test_market_state_and_clock_are_published_before_any_callback() -> None:
    seen: list[tuple[object, ...]] = []

    def look(probe: Probe, event: object) -> None:
        seen.append((
            probe.now, probe.quote(ABC.id), probe.trade(ABC.id), probe.bar(ABC.id),
            probe.mark(ABC.id), event,
        ))  # fmt: skip

    rig = Rig(watching(look))
    rig.quote(99, 101)
    quote = rig.probe.heard[-1]
    assert seen[-1] == (START + SECOND_NS, quote, None, None, 100.0, quote)
    rig.trade(100.5)
    trade = rig.probe.heard[-1]
    assert seen[-1] == (START + 2 * SECOND_NS, quote, trade, None, 100.0, trade)
    rig.bar(103.0)
    bar = rig.probe.heard[-1]
    assert seen[-1] == (START + 2 * SECOND_NS + MINUTE, quote, trade, bar, 100.0, bar)


def test_position_and_order_are_up_to_date_when_a_fill_is_heard() -> None:
    seen: list[tuple[float, float, str]] = []

    def look(probe: Probe, event: object) -> None:
        if isinstance(event, OrderFilled):
            order = probe.order(event)
            assert order is not None
            seen.append((probe.position(ABC.id).quantity, order.filled, order.status.value))

    rig = Rig(watching(look))
    rig.trade(100.0)
    order = rig.do(lambda probe: probe.buy(ABC.id, 5))
    rig.accept(order)
    rig.fill(order, 2, 100.0)
    rig.fill(order, 3, 100.0)
    assert seen == [(2.0, 2.0, "partially_filled"), (5.0, 5.0, "filled")]


@pytest.mark.parametrize(
    ("bid", "ask", "trade", "mark"),
    [
        (99, 101, None, 100.0),
        (101, 101, None, 101.0),
        (102, 101, 100.5, 100.5),
        (NAN, 101, 7.0, 7.0),
    ],
)
def test_mark_is_the_uncrossed_mid_else_the_last_trade(
    bid: float, ask: float, trade: float | None, mark: float
) -> None:
    rig = Rig()
    if trade is not None:
        rig.trade(trade)
    rig.quote(bid, ask)
    assert rig.probe.mark(ABC.id) == mark


def test_mark_without_quote_and_trade_is_the_last_close() -> None:
    rig = Rig()
    assert rig.probe.mark(ABC.id) != rig.probe.mark(ABC.id)
    rig.bar(98.0)
    assert rig.probe.mark(ABC.id) == 98.0


def test_status_reaches_its_subscribers() -> None:
    probe = Probe(lambda p: rig.kernel.bus.on_status(ABC.id, rig.contexts[0].host, p.on_status))
    rig = Rig(probe, started=False)
    rig.start()
    status = InstrumentStatus(ABC.id, rig.now, rig.now, TradingState.HALTED)
    rig.feed(status)
    assert probe.heard == [status]


def test_decisions_record_commands_reports_and_denials_in_the_order_they_happened() -> None:
    rig = Rig(
        watching(once(TradeTick, lambda probe: (probe.buy(ABC.id, 0.5), probe.buy(ABC.id, 1))))
    )
    rig.trade(100.0)
    order = rig.probe.orders()[0]
    rig.accept(order)
    rig.do(lambda probe: probe.cancel(order))
    rig.cancel(order)
    assert names(list(rig.kernel.decisions)) == [
        "OrderDenied", "SubmitOrder", "OrderAccepted", "CancelOrder", "OrderCanceled",
    ]  # fmt: skip


# Warm-up, start and end


def test_orders_during_warm_up_are_denied_and_the_denial_is_heard() -> None:
    bar = flat_bar(ABC, START)

    def start(probe: Probe) -> None:
        probe.subscribe_bars(ABC.id, "1m", warmup=1)

    rig = Rig(Probe(start, on(Bar, lambda probe: probe.buy(ABC.id, 1))), history=History([bar]))
    assert names(rig.probe.heard) == ["Bar", "OrderDenied"]
    assert rig.denials == ["warming_up"]
    rig.bar(100.0)
    assert len(rig.wire.orders) == 1


def test_warm_up_bars_of_several_instruments_come_in_order_of_time() -> None:
    bars = [flat_bar(each, START - n * MINUTE) for each in (ABC, XYZ) for n in (2, 1, 0)]

    def start(probe: Probe) -> None:
        probe.subscribe_bars(XYZ.id, "1m", warmup=3)
        probe.subscribe_bars(ABC.id, "1m", warmup=2)

    rig = Rig(Probe(start), history=History(bars))
    heard = [(bar.instrument, (START - bar.ts_close) // MINUTE) for bar in rig.probe.of(Bar)]
    assert heard == [(XYZ.id, 2), (XYZ.id, 1), (ABC.id, 1), (XYZ.id, 0), (ABC.id, 0)]


def test_stop_is_heard_once_at_the_end() -> None:
    rig = Rig()
    rig.contexts[0].finish()
    assert rig.probe.heard == ["stop"]


def test_order_of_another_instrument_than_the_event_is_routed_to_its_own_books() -> None:
    rig = Rig(watching(on(TradeTick, lambda probe: probe.sell(XYZ.id, 0.5, 50.0))))
    rig.trade(100.0)
    order = rig.probe.orders(XYZ.id)[0]
    assert rig.probe.orders(ABC.id) == []
    rig.tell(OrderAccepted, order)
    rig.fill(order, 0.5, 50.0)
    assert rig.probe.position(XYZ.id).quantity == -0.5
    assert not rig.probe.position(ABC.id)


def test_report_after_the_end_of_an_order_reaches_the_strategy_but_closes_it_once() -> None:
    closed: list[str] = []

    class Listener:
        def on_fill(self, order: Order, fill: OrderFilled, profit: float) -> None:
            closed.append(f"fill {fill.quantity:g} {profit:g}")

        def on_closed(self, order: Order) -> None:
            closed.append(f"closed {order.status}")

    rig = Rig()
    rig.kernel.observers.append(Listener())
    rig.trade(100.0)
    order = rig.do(lambda probe: probe.buy(ABC.id, 5))
    rig.accept(order)
    rig.cancel(order)
    rig.cancel(order)
    rig.fill(order, 5, 100.0)
    assert closed == ["closed canceled", "fill 5 0"]
    assert names(rig.probe.of(OrderCanceled) + rig.probe.of(OrderFilled)) == [
        "OrderCanceled", "OrderCanceled", "OrderFilled",
    ]  # fmt: skip
