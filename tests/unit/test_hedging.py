"""Hedging accounts: a position for each opening order, and only what names one reduces."""

import pytest

from engine.control.views import positions
from engine.gate.limits import Limits
from engine.journal.entries import Entry, Kind
from engine.ledger.account import AccountSpec
from engine.model.adjustments import PositionAdjusted
from engine.model.commands import ClosePosition, Side, SubmitOrder
from engine.model.reports import DenialReason, OrderFilled, OrderUnknown
from engine.model.risk import (
    FIRM,
    Cause,
    Flatten,
    LatchSet,
    OverrideGranted,
    RiskState,
)
from engine.model.truth import PositionRecord, VenueTruth
from engine.model.zones import SECOND_NS
from engine.orders.order import Order
from engine.recovery import adjusting
from engine.recovery.books import Books
from engine.recovery.holdings import HoldingsCheck
from engine.recovery.policy import ReconcilePolicy
from engine.strategy.accounts import LegView
from tests.unit.rig import ABC, Probe, Rig, watching

BUY, SELL = Side.BUY, Side.SELL


def desk(limits: Limits = Limits()) -> Rig:  # noqa: B008 - frozen
    account = AccountSpec(
        id="main", venue="SIM", currency="USD", balances={"USD": 100_000}, hedging=True
    )
    rig = Rig(watching(), limits=limits, accounts=[account])
    rig.trade(100.0)
    return rig


def opened(rig: Rig, side: Side, size: float, name: str, price: float = 100.0) -> Order:
    """Open a position of the venue."""
    order = rig.do(lambda probe: probe.submit(ABC.id, side, size))
    rig.fill(order, size, price, position_id=name)
    return order


def legs(rig: Rig) -> dict[str, float]:
    return {leg.id: leg.quantity for leg in rig.probe.position(ABC.id).legs}


def leg(rig: Rig, name: str) -> LegView:
    return next(each for each in rig.probe.position(ABC.id).legs if each.id == name)


def close(rig: Rig, name: str, size: float | None = None) -> Order:
    order = rig.do(lambda probe: probe.close(leg(rig, name), size))
    assert order is not None
    return order


def test_both_sides_are_held_beside_each_other_and_net_in_the_position() -> None:
    rig = desk()
    opened(rig, BUY, 10, "P1")
    opened(rig, SELL, 4, "P2", 101.0)
    assert legs(rig) == {"P1": 10.0, "P2": -4.0}
    assert rig.probe.position(ABC.id).quantity == 6.0
    assert [each.average_price for each in rig.probe.position(ABC.id).legs] == [100.0, 101.0]


def test_money_is_that_of_both_sides_together() -> None:
    rig = desk()
    opened(rig, BUY, 10, "P1", 100.0)
    opened(rig, SELL, 10, "P2", 102.0)
    rig.trade(107.0)
    each = sum(leg.unrealised_pnl for leg in rig.probe.position(ABC.id).legs)
    assert each == pytest.approx(20.0)
    assert rig.probe.account().equity == pytest.approx(100_020.0)


def test_close_names_the_position_and_reduces_that_one_alone() -> None:
    rig = desk()
    opened(rig, BUY, 10, "P1")
    opened(rig, BUY, 5, "P2")
    order = close(rig, "P1", 4)
    assert rig.wire.sent[-1] == ClosePosition(
        order.id, "one", "main", ABC.id, order.ts_submitted, "P1", 4.0
    )
    rig.fill(order, 4, 100.0, position_id="P1")
    assert (legs(rig), order.status) == ({"P1": 6.0, "P2": 5.0}, "filled")


def test_no_more_of_a_position_is_closed_than_there_is() -> None:
    rig = desk()
    opened(rig, BUY, 10, "P1")
    first = close(rig, "P1", 7)
    assert close(rig, "P1", 4).reason == "nothing_to_reduce"
    assert close(rig, "P1", 11).reason == "nothing_to_reduce"
    assert close(rig, "P1").quantity == 3.0
    rig.cancel(first)
    assert close(rig, "P1").quantity == 7.0


def test_order_that_names_a_position_is_denied_when_it_is_not_there_or_on_its_side() -> None:
    rig = desk()
    opened(rig, BUY, 10, "P1")
    gone = leg(rig, "P1")
    wrong = rig.do(lambda probe: probe.buy(ABC.id, 1, 90.0, position=gone))
    assert wrong.reason == "nothing_to_reduce"
    rig.fill(close(rig, "P1"), 10, 100.0, position_id="P1")
    late = rig.do(lambda probe: probe.sell(ABC.id, 1, 110.0, position=gone))
    assert late.reason == "nothing_to_reduce"
    nameless = rig.do(lambda probe: probe.sell(ABC.id, 1, reduce_only=True))
    assert nameless.reason == "order_invalid"


def test_sell_without_a_name_opens_and_is_no_exit() -> None:
    rig = desk()
    opened(rig, BUY, 10, "P1")
    rig.kernel.process(LatchSet(FIRM, Cause.PAUSED, RiskState.REDUCING, "anna", "news", rig.now))
    assert rig.do(lambda probe: probe.sell(ABC.id, 5)).reason == "paused"
    assert close(rig, "P1", 5).is_open
    resting = rig.do(lambda probe: probe.sell(ABC.id, 5, 110.0, position=leg(rig, "P1")))
    sent = rig.wire.sent[-1]
    assert resting.is_open
    assert isinstance(sent, SubmitOrder)
    assert (sent.position_id, sent.reduce_only) == ("P1", True)


def test_entering_reducing_cancels_what_opens_and_leaves_what_closes() -> None:
    rig = desk()
    opened(rig, BUY, 10, "P1")
    opening = rig.do(lambda probe: probe.sell(ABC.id, 5, 110.0))
    closing = rig.do(lambda probe: probe.sell(ABC.id, 5, 110.0, position=leg(rig, "P1")))
    rig.accept(opening, closing)
    rig.kernel.process(LatchSet(FIRM, Cause.PAUSED, RiskState.REDUCING, "anna", "news", rig.now))
    assert [each.client_order_id for each in rig.wire.cancels] == [opening.id]


def test_worst_case_counts_closing_orders_of_both_sides() -> None:
    rig = desk(Limits(position=12))
    opened(rig, BUY, 10, "P1")
    opened(rig, SELL, 8, "P2")
    assert rig.do(lambda probe: probe.buy(ABC.id, 10)).is_open
    rig = desk(Limits(position=12))
    opened(rig, BUY, 10, "P1")
    opened(rig, SELL, 8, "P2")
    close(rig, "P2")
    assert rig.do(lambda probe: probe.buy(ABC.id, 3)).reason == "position_limit"
    assert rig.do(lambda probe: probe.buy(ABC.id, 2)).is_open


def test_gross_value_counts_both_sides_and_net_value_one() -> None:
    rig = desk(Limits(gross=2_000.0, net=1_000.0))
    opened(rig, BUY, 10, "P1")
    opened(rig, SELL, 9, "P2")
    assert rig.do(lambda probe: probe.sell(ABC.id, 2)).reason == "gross_limit"
    assert rig.do(lambda probe: probe.sell(ABC.id, 1)).is_open
    rig = desk(Limits(gross=5_000.0, net=1_000.0))
    opened(rig, BUY, 10, "P1")
    assert rig.do(lambda probe: probe.buy(ABC.id, 1)).reason == "net_limit"


def test_close_by_instrument_and_flatten_close_each_position_by_its_name() -> None:
    for flattened in (False, True):
        rig = desk()
        opened(rig, BUY, 10, "P1")
        opened(rig, SELL, 10, "P2")
        if flattened:
            rig.kernel.process(Flatten(FIRM, "anna", "news", rig.now))
        else:
            rig.do(lambda probe: probe.close(ABC.id))
        closes = [each for each in rig.wire.sent if isinstance(each, ClosePosition)]
        assert [(each.position_id, each.quantity) for each in closes] == [("P1", 10), ("P2", 10)]


def test_target_closes_the_other_side_before_it_opens() -> None:
    rig = desk()
    opened(rig, BUY, 10, "P1")
    rig.do(lambda probe: probe.target_position(ABC.id, -5))
    close, entry = rig.wire.sent[-2:]
    assert isinstance(close, ClosePosition)
    assert isinstance(entry, SubmitOrder)
    assert (close.position_id, close.quantity) == ("P1", 10.0)
    assert (entry.side, entry.quantity, entry.position_id) == (SELL, 5.0, "")


def test_fill_of_an_exit_that_the_venue_keeps_finds_its_strategy() -> None:
    rig = desk()
    opened(rig, BUY, 10, "P1")
    rig.tell(
        OrderFilled,
        "",
        trade_id="T9",
        venue_order_id="V9",
        side=SELL,
        quantity=10.0,
        price=95.0,
        position_id="P1",
    )
    assert (legs(rig), rig.probe.position(ABC.id).quantity) == ({}, 0.0)
    assert [each.trade_id for each in rig.probe.of(OrderFilled)][-1] == "T9"
    assert rig.probe.account().equity == pytest.approx(100_000.0 - 50.0)


def test_unknown_close_blocks_the_next_until_a_person_looks_past_it() -> None:
    rig = desk()
    opened(rig, BUY, 10, "P1")
    lost = close(rig, "P1")
    rig.tell(OrderUnknown, lost, reason="no answer")
    assert close(rig, "P1", 10).reason == "exit_unknown"
    until = rig.now + SECOND_NS * 60
    granted = OverrideGranted(FIRM, DenialReason.EXIT_UNKNOWN, until, "anna", "gone", rig.now)
    rig.kernel.process(granted)
    assert close(rig, "P1", 10).is_open


def test_strategies_of_an_account_hold_their_own_positions() -> None:
    account = AccountSpec(
        id="main", venue="SIM", currency="USD", balances={"USD": 100_000}, hedging=True
    )
    rig = Rig(Probe(), Probe(), accounts=[account])
    rig.trade(100.0)
    order = rig.do(lambda probe: probe.buy(ABC.id, 10), 1)
    rig.fill(order, 10, 100.0, position_id="P1")
    assert legs(rig) == {}
    assert [each.id for each in rig.probes[1].position(ABC.id).legs] == ["P1"]
    assert rig.do(lambda probe: probe.close(ABC.id)) is None


def venue_truth(rig: Rig, **held: float) -> VenueTruth:
    """Say what the venue has by position, at 99."""
    records = tuple(
        PositionRecord(
            account="main",
            instrument=ABC.id,
            quantity=size,
            ts_event=rig.now,
            ts_recv=rig.now,
            average_price=99.0,
            position_id=name,
        )
        for name, size in held.items()
    )
    return VenueTruth(
        venue="SIM", account="main", ts_asked=rig.now, ts_recv=rig.now, positions=records
    )


def reconciled(rig: Rig, **held: float) -> list[PositionAdjusted]:
    """Ask as often as it takes, and carry out what follows."""
    adjusting.listen(rig.kernel)
    check = HoldingsCheck(rig.kernel, "main", ReconcilePolicy())
    found = []
    for _ in range(ReconcilePolicy().polls):
        for event in check.events(venue_truth(rig, **held)):
            assert isinstance(event, PositionAdjusted)
            rig.kernel.process(event)
            found.append(event)
    return found


def test_reconciliation_compares_each_position_and_not_their_sum() -> None:
    rig = desk()
    opened(rig, BUY, 10, "P1")
    opened(rig, SELL, 4, "P2")
    assert reconciled(rig, P1=10.0, P2=-4.0) == []
    found = reconciled(rig, P1=9.0, P2=-4.0, P3=1.0)
    assert [(each.position_id, each.before, each.after) for each in found] == [
        ("P1", 10.0, 9.0),
        ("P3", 0.0, 1.0),
    ]
    assert legs(rig) == {"P1": 9.0, "P2": -4.0, "P3": 1.0}
    assert rig.probe.position(ABC.id).quantity == 6.0


def test_operators_see_each_position_under_the_accounts_sum() -> None:
    rig = desk()
    opened(rig, BUY, 10, "P1")
    opened(rig, SELL, 4, "P2")
    shown = [(each.strategy, each.position_id, each.quantity) for each in positions(rig.kernel)]
    assert shown == [("", "", 6.0), ("one", "P1", 10.0), ("one", "P2", -4.0), ("one", "", 6.0)]


def test_journal_alone_brings_back_the_positions_and_what_is_closing_them() -> None:
    rig = desk()
    opened(rig, BUY, 10, "P1")
    lost = close(rig, "P1", 4)
    entries = [
        Entry(number, Kind.INPUT if isinstance(each, OrderFilled) else Kind.DECISION, each)
        for number, each in enumerate(rig.kernel.decisions)
        if isinstance(each, OrderFilled | SubmitOrder | ClosePosition)
    ]
    again = desk()
    Books(again.kernel).bring_up(entries)
    found = again.kernel.portfolio.exposure("main", ABC).legs
    assert found is not None
    [kept] = list(found)
    assert (kept.id, kept.strategy, kept.position.quantity, kept.closing) == ("P1", "one", 10, 4)
    assert again.kernel.orders.orders[lost.id].terms.position_id == "P1"


def test_bracket_is_denied_for_its_exits_would_close_twice() -> None:
    rig = desk()
    group = rig.do(lambda probe: probe.bracket(ABC.id, BUY, 1, stop_loss=90.0, take_profit=110.0))
    assert group.entry.reason == "not_supported"
