"""The venue orders behind a client order: replaces by new number, late fills, stops, restarts."""

import msgspec
import pytest

from connectors.alor_protocol.mapping.records import OrderRow, TradeRow
from connectors.alor_protocol.placements import Placement, Placements
from engine.model.commands import OrderType, Side, SubmitOrder
from engine.model.reports import (
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    OrderTriggered,
)
from engine.model.truth import Standing

COMMAND = SubmitOrder(
    "bot-1-1", "s", "main", "GAZP.ALOR", 0, Side.BUY, OrderType.LIMIT, 100.0, price=161.15
)


def row(number: str = "41", standing: Standing = Standing.WORKING, filled: float = 0.0) -> OrderRow:
    return OrderRow(
        number=number,
        account="main",
        instrument="GAZP.ALOR",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=100.0,
        filled=filled,
        standing=standing,
        ts_event=5,
        comment="bot-1-1",
        price=161.15,
    )


def rest(number: str, quantity: float, standing: Standing = Standing.WORKING) -> OrderRow:
    return msgspec.structs.replace(row(number, standing), quantity=quantity, price=161.2)


def placed() -> tuple[Placements, Placement]:
    placements = Placements()
    placements.sent(COMMAND)
    placement = placements.get("bot-1-1")
    assert placement is not None
    assert [type(each) for each in placements.answered(placement, row(), 1)] == [OrderAccepted]
    return placements, placement


def kinds(reports: list[OrderReport]) -> list[type[OrderReport]]:
    return [type(report) for report in reports]


def test_answer_and_stream_tell_an_acceptance_once_whichever_is_first() -> None:
    placements, _ = placed()
    assert placements.on_order(row(), 2) == []
    placements = Placements()
    placements.sent(COMMAND)
    assert kinds(placements.on_order(row(), 1)) == [OrderAccepted]
    placement = placements.get("bot-1-1")
    assert placement is not None
    assert placements.answered(placement, row(), 2) == []


def test_canceled_order_tells_what_it_had_filled() -> None:
    placements, _ = placed()
    (report,) = placements.on_order(row(standing=Standing.CANCELED, filled=40.0), 2)
    assert isinstance(report, OrderCanceled)
    assert report.filled == 40.0
    assert placements.on_order(row(standing=Standing.CANCELED, filled=40.0), 3) == []


def test_older_state_never_revives_an_order() -> None:
    placements, placement = placed()
    placements.on_order(row(standing=Standing.CANCELED), 2)
    assert placements.on_order(row(), 3) == []
    assert placement.live is None


def test_complete_order_ends_without_a_word_of_its_own() -> None:
    placements, placement = placed()
    assert placements.on_order(row(standing=Standing.FILLED, filled=100.0), 2) == []
    assert placement.closed


def test_late_rejection_is_a_rejection() -> None:
    placements = Placements()
    placements.sent(COMMAND)
    rejected = msgspec.structs.replace(row(standing=Standing.REJECTED), reason="no money")
    (report,) = placements.on_order(rejected, 2)
    assert isinstance(report, OrderRejected)
    assert report.reason == "no money"


@pytest.mark.parametrize("order", ["answer first", "cancel first", "stream first"])
def test_replace_by_new_number_is_told_once_and_its_cancel_never(order: str) -> None:
    placements, placement = placed()
    placements.on_order(row(filled=30.0), 2)
    placements.replacing(placement, 1)
    canceled, new = row(standing=Standing.CANCELED, filled=30.0), rest("42", 50.0)
    steps = {
        "answer first": ["answer", canceled, new],
        "cancel first": [canceled, "answer", new],
        "stream first": [new, canceled, "answer"],
    }[order]
    reports: list[OrderReport] = []
    for step in steps:
        if isinstance(step, OrderRow):
            reports += placements.on_order(step, 3)
        else:
            reports += placements.answered(placement, new, 3)
    (replaced,) = reports
    assert isinstance(replaced, OrderReplaced)
    assert (replaced.quantity, replaced.price, replaced.request) == (80.0, 161.2, 1)
    assert replaced.venue_order_id == "42"
    assert placement.live is not None
    assert placement.live.number == "42"


def test_replacement_is_told_when_the_last_fills_of_the_old_order_are_known() -> None:
    placements, placement = placed()
    placements.replacing(placement, 1)
    assert placements.answered(placement, rest("42", 100.0), 3) == []
    (replaced,) = placements.on_order(row(standing=Standing.CANCELED, filled=20.0), 4)
    assert isinstance(replaced, OrderReplaced)
    assert (replaced.quantity, replaced.venue_order_id, replaced.ts_recv) == (120.0, "42", 4)


def test_replacement_that_fills_at_once_waits_for_the_end_of_the_old_order() -> None:
    placements, placement = placed()
    placements.replacing(placement, 1)
    placements.answered(placement, rest("42", 50.0), 3)
    filled = msgspec.structs.replace(rest("42", 50.0, Standing.FILLED), filled=50.0)
    assert placements.on_order(filled, 4) == []
    (replaced,) = placements.on_order(row(standing=Standing.CANCELED), 5)
    assert isinstance(replaced, OrderReplaced)
    assert replaced.quantity == 50.0
    assert placement.closed


def test_replacement_is_completed_by_a_list_where_the_stream_was_lost() -> None:
    placements, placement = placed()
    placements.replacing(placement, 1)
    placements.answered(placement, rest("42", 50.0), 3)
    placements.truth([row(standing=Standing.CANCELED, filled=30.0), rest("42", 50.0)])
    (replaced,) = placements.listed()
    assert isinstance(replaced, OrderReplaced)
    assert replaced.quantity == 80.0
    assert placements.listed() == []


def test_replacement_that_only_a_list_shows_is_told_whatever_it_changed() -> None:
    placements, placement = placed()
    placements.replacing(placement, 1)
    new = msgspec.structs.replace(row("42"), price=161.3)
    placements.truth([row(standing=Standing.CANCELED), new])
    (replaced,) = placements.listed()
    assert isinstance(replaced, OrderReplaced)
    assert (replaced.quantity, replaced.price, replaced.request) == (100.0, 161.3, 1)


def test_revisions_rise_over_a_restart() -> None:
    told: list[int] = []
    for now in (10, 20):
        placements, placement = placed()
        placements.replacing(placement, 1)
        placements.on_order(row(standing=Standing.CANCELED), now)
        (replaced,) = placements.answered(placement, rest("42", 50.0), now)
        assert isinstance(replaced, OrderReplaced)
        told.append(replaced.revision)
    assert told == [10, 20]


def test_refused_replace_lets_a_cancel_through_that_was_held_back() -> None:
    placements, placement = placed()
    placements.replacing(placement, 1)
    assert placements.on_order(row(standing=Standing.CANCELED), 2) == []
    assert kinds(placements.not_replaced(placement, 3)) == [OrderCanceled]


def test_refused_replace_of_a_working_order_changes_nothing() -> None:
    placements, placement = placed()
    placements.replacing(placement, 1)
    assert placements.not_replaced(placement, 3) == []


def test_venue_that_keeps_the_number_answers_a_replace_all_the_same() -> None:
    placements, placement = placed()
    placements.replacing(placement, 1)
    (replaced,) = placements.answered(placement, rest("41", 50.0), 3)
    assert isinstance(replaced, OrderReplaced)
    assert (replaced.quantity, replaced.price) == (50.0, 161.2)


def test_triggered_stop_lives_on_as_the_order_it_became() -> None:
    placements = Placements()
    placements.sent(COMMAND)
    stop = msgspec.structs.replace(row("stop/7"), type=OrderType.STOP, stop=160.0)
    assert kinds(placements.on_order(stop, 1)) == [OrderAccepted]
    fired = msgspec.structs.replace(stop, standing=Standing.FILLED, born="41")
    assert kinds(placements.on_order(fired, 2)) == [OrderTriggered]
    placement = placements.get("bot-1-1")
    assert placement is not None
    assert not placement.closed
    nameless = msgspec.structs.replace(row(standing=Standing.FILLED, filled=100.0), comment="")
    assert placements.on_order(nameless, 3) == []
    assert placement.closed


def test_order_of_an_earlier_run_is_taken_up_and_foreign_ones_are_not() -> None:
    placements = Placements()
    assert kinds(placements.on_order(row(), 1)) == [OrderAccepted]
    foreign = msgspec.structs.replace(row("50"), comment="by hand")
    assert placements.on_order(foreign, 2) == []


def test_list_of_the_venue_has_one_record_for_each_client_order() -> None:
    placements, placement = placed()
    placements.replacing(placement, 1)
    placements.answered(placement, rest("42", 50.0), 3)
    foreign = msgspec.structs.replace(row("50"), comment="by hand")
    listed = placements.truth(
        [row(standing=Standing.CANCELED, filled=30.0), rest("42", 50.0), foreign]
    )
    assert [(each.client_order_id, each.venue_order_id) for each in listed] == [
        ("bot-1-1", "42"),
        ("", "50"),
    ]
    assert (listed[0].quantity, listed[0].filled, listed[0].standing) == (
        80.0,
        30.0,
        Standing.WORKING,
    )


def trade(number: str, comment: str = "", at: int = 1) -> TradeRow:
    return TradeRow(
        trade_id=f"t{at}",
        number=number,
        account="main",
        instrument="GAZP.ALOR",
        side=Side.BUY,
        quantity=10.0,
        price=161.1,
        fee=0.0,
        fee_currency="RUB",
        ts_event=at,
        ts_recv=at,
        comment=comment,
    )


def test_execution_is_ours_by_its_number_or_by_its_comment() -> None:
    placements, _ = placed()
    for each in (trade("41"), trade("99", "bot-1-1/3")):
        (fill,) = placements.on_trade(each, 2)
        assert isinstance(fill, OrderFilled)
        assert fill.client_order_id == "bot-1-1"


def test_unclaimed_executions_go_out_in_order_and_only_when_old_enough() -> None:
    placements = Placements()
    assert placements.on_trade(trade("77", at=1), 1) == []
    assert placements.on_trade(trade("78", at=9), 9) == []
    assert [fill.venue_order_id for fill in placements.unclaimed(5, 10)] == ["77"]
    assert placements.waiting_since == 9
