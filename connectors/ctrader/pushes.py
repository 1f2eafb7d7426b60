"""What the venue tells of orders, positions and money without being asked.

Shared by the connections of one login. Keeps the trading state up to date by the way.
"""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from connectors.ctrader.directory import Account, Directory
from connectors.ctrader.mapping.executions import Executions
from connectors.ctrader.mapping.money import balance_of, trader_balance, used_margin
from connectors.ctrader.mapping.records import position_record
from connectors.ctrader.mapping.traders import changes
from connectors.ctrader.schema.account_pb2 import (
    ProtoOAMarginCallTriggerEvent,
    ProtoOAMarginCallUpdateEvent,
    ProtoOAMarginChangedEvent,
    ProtoOATraderUpdatedEvent,
)
from connectors.ctrader.schema.position_pb2 import ProtoOAOrder, ProtoOAPosition
from connectors.ctrader.schema.trading_pb2 import (
    ProtoOAExecutionEvent,
    ProtoOATrailingSLChangedEvent,
)
from connectors.ctrader.trading_state import TradingState
from connectors.ctrader.wire import Pending
from connectors.frame.session import SessionEvent
from engine.model.notices import AccountChanged, MarginCalled

_Take = Callable[[Any, int, list[SessionEvent], Pending | None], None]


class Pushes:
    """Map private events of all accounts of a login."""

    def __init__(self, directory: Directory, state: TradingState) -> None:
        self._directory = directory
        self._state = state
        self._executions = Executions(directory, state)
        self._takers: dict[type[Message], _Take] = {
            ProtoOAExecutionEvent: self._execution,
            ProtoOATraderUpdatedEvent: self._trader,
            ProtoOATrailingSLChangedEvent: self._trailed,
            ProtoOAMarginChangedEvent: self._margin_changed,
            ProtoOAMarginCallTriggerEvent: self._margin_called,
            ProtoOAMarginCallUpdateEvent: self._threshold,
        }

    def take(
        self, message: Message, now: int, out: list[SessionEvent], answers: Pending | None
    ) -> bool:
        """Add what a message says to `out`, and say whether it is one that says something here.

        `answers` is the request of ours that it answers.
        """
        taker = self._takers.get(type(message))
        if taker is None:
            return False
        taker(message, now, out, answers)
        return True

    def claim(self, order: ProtoOAOrder, client_order_id: str) -> None:
        """Note whose an order is, as its maker knows."""
        if client_order_id:
            self._state.claim(order.orderId, client_order_id)

    def _execution(
        self,
        event: ProtoOAExecutionEvent,
        now: int,
        out: list[SessionEvent],
        answers: Pending | None,
    ) -> None:
        account = self._directory.account_of(event.ctidTraderAccountId)
        if account is None:
            return
        out += self._executions.events(event, account, now, is_answer=answers is not None)

    def _trader(
        self,
        event: ProtoOATraderUpdatedEvent,
        now: int,
        out: list[SessionEvent],
        answers: Pending | None,
    ) -> None:
        """Report the balance, unless a newer one is known, and what else has changed."""
        account = self._directory.account_of(event.ctidTraderAccountId)
        if account is None:
            return
        trader = event.trader
        if trader.balanceVersion >= account.balance_version:
            account.balance_version = trader.balanceVersion
            out.append(trader_balance(trader, account, self._margin(account), now))
        out += [
            AccountChanged(account=account.name, text=text, ts_recv=now)
            for text in changes(account, trader)
        ]

    def _margin_changed(
        self,
        event: ProtoOAMarginChangedEvent,
        now: int,
        out: list[SessionEvent],
        answers: Pending | None,
    ) -> None:
        """Report the margin of the account after that of one position has changed."""
        account = self._directory.account_of(event.ctidTraderAccountId)
        position = self._state.position(event.positionId)
        if account is None or position is None:
            return
        changed = ProtoOAPosition()
        changed.CopyFrom(position)
        changed.usedMargin = event.usedMargin
        if event.HasField("moneyDigits"):
            changed.moneyDigits = event.moneyDigits
        self._state.place(account.id, changed)
        if account.balance is not None:
            out.append(balance_of(account, account.balance, self._margin(account), now, now))

    def _margin_called(
        self,
        event: ProtoOAMarginCallTriggerEvent,
        now: int,
        out: list[SessionEvent],
        answers: Pending | None,
    ) -> None:
        account = self._directory.account_of(event.ctidTraderAccountId)
        if account is not None:
            level = event.marginCall.marginLevelThreshold
            out.append(MarginCalled(account=account.name, level=level, ts_recv=now))

    def _threshold(
        self,
        event: ProtoOAMarginCallUpdateEvent,
        now: int,
        out: list[SessionEvent],
        answers: Pending | None,
    ) -> None:
        account = self._directory.account_of(event.ctidTraderAccountId)
        if account is not None:
            level = event.marginCall.marginLevelThreshold
            text = f"a margin call comes at {level:g} % from now on"
            out.append(AccountChanged(account=account.name, text=text, ts_recv=now))

    def _margin(self, account: Account) -> float | None:
        return used_margin(self._state.positions_of(account.id), account)

    def _trailed(
        self,
        event: ProtoOATrailingSLChangedEvent,
        now: int,
        out: list[SessionEvent],
        answers: Pending | None,
    ) -> None:
        """Report the new stop of a position that trails; the rest of it is as it was."""
        account = self._directory.account_of(event.ctidTraderAccountId)
        position = self._state.position(event.positionId)
        if account is None or position is None:
            return
        moved = ProtoOAPosition()
        moved.CopyFrom(position)
        moved.stopLoss = event.stopPrice
        moved.utcLastUpdateTimestamp = event.utcLastUpdateTimestamp
        self._state.place(account.id, moved)
        record = position_record(moved, account, self._directory, now)
        if record is not None:
            out.append(record)
