"""A strategy that fails is stopped and reported, and takes neither bus nor others with it."""

import pytest

from engine import kernel as kernel_module
from engine.errors import StrategyError
from engine.model.commands import CancelOrder, SubmitOrder
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.model.reports import OrderDenied, OrderFilled, OrderSubmitted
from engine.model.zones import SECOND_NS
from engine.strategy.state import HostState
from tests.unit.rig import (
    ABC,
    MINUTE,
    START,
    XYZ,
    History,
    Probe,
    Rig,
    fail,
    flat_bar,
    names,
    on,
    watching,
)


def buy_and_fail(probe: Probe) -> None:
    probe.buy(ABC.id, 7)
    fail(probe)


def test_callback_that_raises_sends_none_of_its_intents() -> None:
    rig = Rig(watching(on(TradeTick, buy_and_fail)))
    rig.trade(100.0)
    assert rig.wire.sent == []
    (stop,) = rig.stops
    assert (stop.strategy, stop.ts) == ("one", rig.now)
    assert stop.error.startswith("ZeroDivisionError: no luck (rig.py line ")
    assert rig.probe.orders() == []


def test_strategy_that_failed_is_never_called_again_and_others_go_on() -> None:
    rig = Rig(watching(on(TradeTick, fail)), watching())
    for _ in range(2):
        rig.trade(100.0)
        rig.quote(99, 101)
        rig.bar(100.0)
    assert names(rig.probes[0].heard) == ["TradeTick"]
    assert names(rig.probes[1].heard) == ["TradeTick", "QuoteTick", "Bar"] * 2
    assert len(rig.stops) == 1


def test_strategy_that_failed_is_not_called_for_its_other_subscriptions_of_the_event() -> None:
    def start(probe: Probe) -> None:
        probe.subscribe_trades(ABC.id)
        probe.subscribe_trades(ABC.id)

    rig = Rig(Probe(start, on(TradeTick, fail)))
    rig.trade(100.0)
    assert len(rig.probe.heard) == 1
    assert len(rig.stops) == 1


def test_strategy_that_failed_hears_no_timers_or_reports_and_is_not_asked_to_stop() -> None:
    def start(probe: Probe) -> None:
        probe.subscribe_trades(ABC.id)
        probe.every(1)

    rig = Rig(Probe(start))
    rig.trade(100.0)
    order = rig.do(lambda probe: probe.buy(ABC.id, 5))
    rig.probe.act = on(TradeTick, fail)
    rig.trade(100.0)
    heard = len(rig.probe.heard)
    rig.fill(order, 5, 100.0)
    rig.wait(10 * SECOND_NS)
    rig.contexts[0].finish()
    assert len(rig.probe.heard) == heard
    assert rig.probe.position(ABC.id).quantity == 5.0


def test_fault_while_an_intent_is_gated_denies_the_rest_of_them() -> None:
    rig = Rig(watching(on(OrderSubmitted, fail)))
    rig.trade(100.0)
    first, second = rig.do(lambda probe: (probe.buy(ABC.id, 1), probe.buy(ABC.id, 2)))
    assert [each.client_order_id for each in rig.wire.orders] == [first.id]
    assert (second.status, second.reason) == ("denied", "strategy_stopped")


def test_fault_in_a_fill_callback_leaves_the_fill_booked() -> None:
    rig = Rig(watching(on(OrderFilled, fail)))
    rig.trade(100.0)
    order = rig.do(lambda probe: probe.buy(ABC.id, 5))
    rig.fill(order, 5, 100.0)
    assert rig.kernel.portfolio.accounts["main"].positions[ABC.id].size == 5.0
    assert names(list(rig.kernel.decisions))[-2:] == ["OrderFilled", "StrategyStopped"]


def test_what_a_strategy_may_not_ask_for_is_raised_while_it_starts() -> None:
    with pytest.raises(StrategyError, match=r"names instrument 'NO\.SIM'"):
        Rig(Probe(lambda probe: probe.subscribe_trades("NO.SIM")))


def test_other_faults_at_the_start_stop_the_strategy_alone() -> None:
    rig = Rig(Probe(fail), watching())
    rig.trade(100.0)
    assert rig.contexts[0].host.state == HostState.STOPPED
    assert names(rig.probes[1].heard) == ["TradeTick"]


def test_fault_during_warm_up_ends_it() -> None:
    bars = [flat_bar(ABC, START - n * MINUTE) for n in (3, 2, 1)]
    probe = Probe(lambda p: p.subscribe_bars(ABC.id, "1m", warmup=3), on(Bar, fail))
    rig = Rig(probe, history=History(bars))
    assert len(probe.heard) == 1
    assert len(rig.stops) == 1
    assert rig.contexts[0].host.state == HostState.STOPPED


def test_flatten_policy_cancels_what_is_open_and_closes_what_is_held() -> None:
    rig = Rig(watching(), flatten_on_error=True)
    rig.trade(100.0)
    filled, resting = rig.do(lambda p: (p.buy(ABC.id, 5), p.sell(XYZ.id, 1, 50.0)))
    rig.fill(filled, 5, 100.0)
    rig.accept(resting)
    before = len(rig.wire.sent)
    rig.probe.act = on(TradeTick, buy_and_fail)
    rig.trade(100.0)
    cancel, close = rig.wire.sent[before:]
    assert isinstance(cancel, CancelOrder)
    assert cancel.client_order_id == resting.id
    assert isinstance(close, SubmitOrder)
    assert (close.side, close.quantity, close.reduce_only) == (-1, 5.0, True)


def test_stop_policy_leaves_orders_and_positions_as_they_are() -> None:
    rig = Rig(watching())
    rig.trade(100.0)
    rig.fill(rig.do(lambda p: p.buy(ABC.id, 5)), 5, 100.0)
    before = len(rig.wire.sent)
    rig.probe.act = on(TradeTick, fail)
    rig.trade(100.0)
    assert rig.wire.sent[before:] == []


@pytest.mark.parametrize("flatten", [False, True])
def test_runaway_strategy_is_stopped(flatten: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_module, "INTENTS_MAX", 50)
    rig = Rig(watching(), flatten_on_error=flatten)
    rig.trade(100.0)
    rig.fill(rig.do(lambda p: p.buy(ABC.id, 5)), 5, 100.0)
    before = len(rig.wire.sent)

    def resubmit(probe: Probe, event: object) -> None:
        if isinstance(event, QuoteTick | OrderDenied):
            probe.buy(ABC.id, 0.5)

    rig.probe.act = resubmit
    rig.quote(99, 101)
    assert rig.stops[0].error == "RuntimeError: more than 50 intents from one event"
    assert len(rig.denials) >= 50
    assert rig.contexts[0].host.intents == []
    assert rig.probe.orders() == rig.probe.orders(ABC.id)[: int(flatten)]
    assert [each.side for each in rig.wire.orders[1:]] == [-1] * flatten
    assert len(rig.wire.sent) - before == flatten


def test_many_intents_from_one_event_are_fine_up_to_the_limit() -> None:
    rig = Rig(watching(on(TradeTick, lambda p: [p.buy(ABC.id, 1, 50.0) for _ in range(10_000)])))
    rig.trade(100.0)
    assert len(rig.wire.orders) == 10_000
    assert rig.stops == []
