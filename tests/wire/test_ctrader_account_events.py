"""What cTrader tells of an account's money, margin and rights, against the simulator in memory."""

import pytest

from connectors.ctrader.codec import encode
from connectors.ctrader.framing import framed
from connectors.ctrader.schema import account_pb2, trading_pb2
from connectors.ctrader.schema.account_pb2 import ProtoOADepositWithdraw
from connectors.ctrader.schema.trading_pb2 import ProtoOAExecutionEvent
from connectors.ctrader.simulator.listing import account_number
from engine.model.commands import (
    ClosePosition,
)
from engine.model.notices import AccountChanged, MarginCalled
from engine.model.reports import (
    CashAdjusted,
    OrderFilled,
    OrderRejected,
)
from engine.model.truth import BalanceRecord, PositionRecord
from tests.wire.ctrader_rig import EURUSD, SECOND, Rig, only, order, position


@pytest.fixture
def rig() -> Rig:
    made = Rig()
    made.start()
    made.quote(1.1, 1.1002)
    return made


def test_deposit_moves_cash_and_balance(rig: Rig) -> None:
    moved = ProtoOADepositWithdraw(
        operationType="BALANCE_WITHDRAW",
        balanceHistoryId=1,
        balance=9_000_000,
        delta=1_000_000,
        changeBalanceTimestamp=rig.now // 1_000_000,
        moneyDigits=2,
    )
    event = ProtoOAExecutionEvent(
        ctidTraderAccountId=account_number("hedged"),
        executionType="DEPOSIT_WITHDRAW",
        depositWithdraw=moved,
    )
    rig.wires["demo"].session.receive(framed(encode(event)), rig.now)
    rig.carry()
    cash, balance = rig.take()
    assert isinstance(cash, CashAdjusted)
    assert (cash.amount, cash.reason, cash.currency) == (-10_000.0, "withdraw", "USD")
    assert isinstance(balance, BalanceRecord)
    assert balance.total == 90_000.0


MILLION = 1_000_000.0


def tell(rig: Rig, message: object) -> None:
    """Let the venue tell something of the hedging account."""
    rig.wires["demo"].session.receive(framed(encode(message)), rig.now)  # type: ignore[arg-type]
    rig.carry()


def test_margin_of_a_position_is_part_of_the_balance(rig: Rig) -> None:
    rig.drive(rig.venue.resync("hedged", rig.now))
    rig.execute(order(rig, "a", quantity=MILLION))
    rig.take()
    rig.execute(order(rig, "b", quantity=MILLION))
    (changed,) = only(rig.take(), BalanceRecord)
    both = 10_000.0 + (2 * MILLION * 1.1002 - MILLION) / 50
    assert changed.used_margin == pytest.approx(both, abs=0.02)
    truth = rig.drive(rig.venue.resync("hedged", rig.now))
    assert [each.used_margin for each in truth.balances or ()] == [changed.used_margin]


def test_margin_call_names_its_level(rig: Rig) -> None:
    rig.execute(order(rig, quantity=4 * MILLION))
    rig.take()
    rig.quote(1.092, 1.0922)
    (call,) = only(rig.take(), MarginCalled)
    assert (call.account, call.level) == ("hedged", 100.0)


def test_stop_out_is_a_fill_of_nobodys_order_and_is_told(rig: Rig) -> None:
    rig.execute(order(rig, quantity=4 * MILLION))
    rig.take()
    rig.quote(1.0784, 1.0786)
    events = rig.take()
    (fill,) = only(events, OrderFilled)
    assert (fill.venue_order_id, fill.quantity) == ("6000002", 4 * MILLION)
    (told,) = only(events, AccountChanged)
    assert told.text.startswith("stop-out: order 6000002 closed position 5000001")
    assert only(events, PositionRecord)[-1].quantity == 0.0


def test_change_of_a_threshold_is_told(rig: Rig) -> None:
    event = account_pb2.ProtoOAMarginCallUpdateEvent(ctidTraderAccountId=account_number("hedged"))
    event.marginCall.marginCallType = account_pb2.ProtoOANotificationType.MARGIN_LEVEL_THRESHOLD_1
    event.marginCall.marginLevelThreshold = 120.0
    tell(rig, event)
    assert [each.text for each in only(rig.take(), AccountChanged)] == [
        "a margin call comes at 120 % from now on"
    ]


def test_swap_is_cash_once_its_position_is_closed(rig: Rig) -> None:
    rig.execute(order(rig, quantity=MILLION))
    name = position(rig)
    rig.now += 10 * 3_600 * SECOND
    rig.quote(1.1, 1.1002)
    rig.take()
    for wires in rig.wires.values():
        wires.connect()  # the night was too long for a connection
    rig.execute(ClosePosition("c", "m", "hedged", EURUSD, rig.now, name, MILLION))
    events = rig.take()
    assert [(each.reason, each.amount) for each in only(events, CashAdjusted)] == [("swap", -65.0)]
    assert only(events, BalanceRecord)[-1].total == pytest.approx(100_000 - 200 - 65)


def test_rights_and_leverage_that_change_are_told(rig: Rig) -> None:
    event = account_pb2.ProtoOATraderUpdatedEvent(ctidTraderAccountId=account_number("hedged"))
    event.trader.CopyFrom(
        account_pb2.ProtoOATrader(
            ctidTraderAccountId=account_number("hedged"),
            balance=9_000_000,
            balanceVersion=3,
            depositAssetId=1,
            leverageInCents=5_000,
            accessRights="CLOSE_ONLY",
            moneyDigits=2,
        )
    )
    tell(rig, event)
    events = rig.take()
    assert [each.total for each in only(events, BalanceRecord)] == [90_000.0]
    assert [each.text for each in only(events, AccountChanged)] == [
        "its leverage is 1:50 instead of 1:100",
        "it may only close positions",
    ]


def test_bonus_is_no_cash_but_told(rig: Rig) -> None:
    event = trading_pb2.ProtoOAExecutionEvent(
        ctidTraderAccountId=account_number("hedged"), executionType="BONUS_DEPOSIT_WITHDRAW"
    )
    event.bonusDepositWithdraw.CopyFrom(
        account_pb2.ProtoOABonusDepositWithdraw(
            operationType="BONUS_DEPOSIT",
            bonusHistoryId=1,
            managerBonus=50_000,
            managerDelta=50_000,
            ibBonus=0,
            ibDelta=0,
            changeBonusTimestamp=1,
            moneyDigits=2,
        )
    )
    tell(rig, event)
    (told,) = rig.take()
    assert isinstance(told, AccountChanged)
    assert told.text == "the bonus, which is no balance, is 500 now"


def test_payment_at_the_venue_is_cash_and_balance(rig: Rig) -> None:
    rig.broker.advance(rig.now)
    rig.broker.adjust("netting", -250.5, "withdrawal")
    rig.carry()
    events = rig.take()
    assert [(each.account, each.amount) for each in only(events, CashAdjusted)] == [
        ("netting", -250.5)
    ]
    assert {each.total for each in only(events, BalanceRecord)} == {99_749.5}


@pytest.mark.parametrize("mode", ["event", "late"])
def test_rejection_by_event_is_told_once(mode: str) -> None:
    rig = Rig(quirks={"rejects": mode})
    rig.start()
    rig.quote(1.1, 1.1002)
    large = order(rig, account="netting", quantity=9.5 * MILLION)
    said = [*rig.execute(large), *only(rig.take(), OrderRejected)]
    assert [type(each) for each in said] == [OrderRejected]
    assert "NOT_ENOUGH_MONEY" in said[0].reason  # type: ignore[attr-defined]
