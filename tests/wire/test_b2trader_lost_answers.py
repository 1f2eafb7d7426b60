"""An order of B2TRADER whose answer was lost is looked for in what the venue executed."""

import pytest

from connectors.b2trader.venue import B2Trader
from connectors.frame.flow import drive
from engine.errors import NotSent
from engine.model.commands import OrderType, Side
from engine.model.truth import VenueTruth
from tests.wire.b2trader_wire import SECOND, T0, answers, item_frame, started, submit, told, venue


def executed(**changes: object) -> dict[str, object]:
    return {
        "executionId": "E",
        "orderId": "01LOST",
        "positionId": "P",
        "side": "Buy",
        "baseAmount": "10000",
        "executionPrice": "0.93",
        "createdAt": "2025-05-20T17:22:32Z",
        "commissions": [{"assetId": "eur", "amount": "0.5"}],
    } | changes


def compared(desk_venue: B2Trader, closed: list[object], *executions: object) -> VenueTruth:
    """Compare with the venue when a position is open, and orders have closed others."""
    made = [{"executions": list(executions)}] * (1 + len(closed))
    return drive(desk_venue.resync("main", T0 + SECOND), answers({"orders": closed}, *made))


def with_lost(**changes: object) -> B2Trader:
    """Return a venue with an open position, to which an order was sent whose answer was lost."""
    made = venue()
    session = made.account_session
    started(session)
    held = {"positionId": "P", "marketId": "cfd.eur_chf", "side": "Buy", "positionLotAmount": "0.1"}
    told(session, item_frame(1, {"item": [held]}))
    made.desk.sending(submit(**changes))
    made.desk.unknown("bot-1-1", T0 + SECOND)
    return made


@pytest.mark.parametrize(
    "changes", [{"type": OrderType.MARKET, "price": None}, {"price": 0.93}, {"price": 0.94}]
)
def test_order_whose_answer_was_lost_is_found_among_executions(changes: dict[str, object]) -> None:
    made = with_lost(**changes)
    truth = compared(made, [], executed())
    assert truth.fills is not None
    [fill] = truth.fills
    assert (fill.client_order_id, fill.quantity, fill.price) == ("bot-1-1", 10_000.0, 0.93)
    assert (fill.fee, fill.fee_currency) == (0.5, "EUR")
    assert truth.absent == ()
    again = drive(made.resync("main", T0 + SECOND), answers({"executions": [executed()]}))
    assert again.fills == ()


def test_order_that_closed_a_position_is_found_among_the_closed_ones() -> None:
    made = with_lost(side=Side.SELL, type=OrderType.MARKET, price=None)
    closing = {"orderId": "01LOST", "marketId": "cfd.eur_chf", "side": "Sell"}
    row = executed(side="Sell", positionId="GONE")
    truth = compared(made, [closing | {"positionCloseLotAmount": "0.1"}], row)
    assert truth.fills is not None
    assert [fill.client_order_id for fill in truth.fills] == ["bot-1-1"]


@pytest.mark.parametrize(
    "changes",
    [
        {"baseAmount": "9000"},
        {"side": "Sell"},
        {"executionPrice": "0.9301"},
        {"createdAt": "2025-05-20T17:24:32Z"},
        {"positionId": "ELSEWHERE"},
    ],
)
def test_execution_that_could_not_be_of_the_lost_order_is_not_taken_for_it(
    changes: dict[str, object],
) -> None:
    made = with_lost()
    assert compared(made, [], executed(**changes)).fills == ()
    with pytest.raises(NotSent):
        made.desk.of_client("bot-1-1")


def test_lost_orders_of_two_prices_that_an_execution_may_be_freeze_the_market() -> None:
    made = with_lost()
    made.desk.sending(submit(client_order_id="bot-1-2", price=0.94))
    made.desk.unknown("bot-1-2", T0 + SECOND)
    assert compared(made, [], executed()).fills == ()
    with pytest.raises(NotSent, match="01LOST may be it"):
        made.desk.sending(submit(client_order_id="bot-1-3", price=0.91))


def test_only_an_order_that_cannot_rest_is_absent() -> None:
    assert compared(with_lost(), []).absent == ()
    assert compared(with_lost(type=OrderType.MARKET, price=None), []).absent == ("bot-1-1",)
