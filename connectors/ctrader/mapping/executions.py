"""Execution events to reports, positions and money.

Decides nothing about an order's life; what answers a cancel or an amend of ours is left to whoever
asked, for only he knows the number of his request.
"""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import TypedDict

from connectors.ctrader.directory import Account, Directory
from connectors.ctrader.mapping.money import deposit, money_of_close, used_margin
from connectors.ctrader.mapping.records import (
    fill,
    is_protection,
    limit_of,
    order_time,
    position_record,
)
from connectors.ctrader.mapping.scaling import money, quantity
from connectors.ctrader.schema.position_pb2 import ProtoOADeal, ProtoOAOrder, ProtoOAPositionStatus
from connectors.ctrader.schema.trading_pb2 import ProtoOAExecutionEvent, ProtoOAExecutionType
from connectors.ctrader.trading_state import TradingState
from connectors.frame.session import VenueEvent
from engine.model.notices import AccountChanged
from engine.model.reports import (
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderRejected,
    OrderReplaced,
    OrderReport,
)

_OPEN = ProtoOAPositionStatus.POSITION_STATUS_OPEN


class Head(TypedDict):
    """Hold what every report begins with."""

    client_order_id: str
    instrument: str
    account: str
    venue_order_id: str
    ts_event: int
    ts_recv: int


def _accepted(_event: ProtoOAExecutionEvent, _digits: int, head: Head) -> OrderReport:
    return OrderAccepted(**head)


def replaced(order: ProtoOAOrder, digits: int, head: Head, request: int = 0) -> OrderReplaced:
    """Return what now holds for an order; `request` is 0 where none of ours is answered."""
    return OrderReplaced(
        **head,
        request=request,
        revision=order.utcLastUpdateTimestamp,
        quantity=quantity(order.tradeData.volume),
        price=limit_of(order, digits),
        stop=order.stopPrice if order.HasField("stopPrice") else None,
    )


def _replaced(event: ProtoOAExecutionEvent, digits: int, head: Head) -> OrderReport:
    return replaced(event.order, digits, head)


def _canceled(event: ProtoOAExecutionEvent, _digits: int, head: Head) -> OrderReport:
    filled = quantity(event.order.executedVolume)
    return OrderCanceled(**head, filled=filled, reason=event.errorCode)


def _expired(event: ProtoOAExecutionEvent, _digits: int, head: Head) -> OrderReport:
    return OrderExpired(**head, filled=quantity(event.order.executedVolume))


def _rejected(event: ProtoOAExecutionEvent, _digits: int, head: Head) -> OrderReport:
    return OrderRejected(**head, reason=event.errorCode or "the venue gave no reason")


_Make = Callable[[ProtoOAExecutionEvent, int, Head], OrderReport]

_REPORTS: MappingProxyType[int, _Make] = MappingProxyType(
    {
        ProtoOAExecutionType.ORDER_ACCEPTED: _accepted,
        ProtoOAExecutionType.ORDER_REPLACED: _replaced,
        ProtoOAExecutionType.ORDER_CANCELLED: _canceled,
        ProtoOAExecutionType.ORDER_EXPIRED: _expired,
        ProtoOAExecutionType.ORDER_REJECTED: _rejected,
    }
)
"""What an order's event says of it; fills are told by their deals."""


_FOR_THE_ASKER = (
    ProtoOAExecutionType.ORDER_REPLACED,
    ProtoOAExecutionType.ORDER_REJECTED,
    ProtoOAExecutionType.ORDER_CANCEL_REJECTED,
)
"""What says something about a request of ours when it answers one."""


class Executions:
    """Map the execution events of one login; `state` is kept up to date by the way."""

    def __init__(self, directory: Directory, state: TradingState) -> None:
        self._directory = directory
        self._state = state

    def events(
        self, event: ProtoOAExecutionEvent, account: Account, now: int, *, is_answer: bool
    ) -> Iterator[VenueEvent]:
        """Return what an event says, in this order: order, fill, position, money, what else.

        `is_answer` says that it answers a request of ours: then a replace and every refusal are
        left to whoever asked.
        """
        if event.HasField("order"):
            yield from self._order(event, account, now, is_answer=is_answer)
        if event.HasField("deal"):
            yield from self._deal(event.deal, account, now)
        if event.HasField("position"):
            yield from self._position(event, account, now)
        margin = used_margin(self._state.positions_of(account.id), account)
        if event.HasField("deal") and event.deal.HasField("closePositionDetail"):
            yield from money_of_close(event.deal, account, margin, now)
        if event.HasField("depositWithdraw"):
            yield from deposit(event.depositWithdraw, account, margin, now)
        text = _by_the_venue(event)
        if text:
            yield AccountChanged(account=account.name, text=text, ts_recv=now)

    def _order(
        self, event: ProtoOAExecutionEvent, account: Account, now: int, *, is_answer: bool
    ) -> Iterator[VenueEvent]:
        order = event.order
        self._state.note(order)
        listed = self._directory.symbol(account.id, order.tradeData.symbolId)
        make = _REPORTS.get(event.executionType)
        if listed is None or make is None or is_protection(order):
            return
        if is_answer and event.executionType in _FOR_THE_ASKER:
            return
        head = Head(
            client_order_id=self._state.client_of(order.orderId),
            instrument=listed.instrument.id,
            account=account.name,
            venue_order_id=str(order.orderId),
            ts_event=order_time(order),
            ts_recv=now,
        )
        yield make(event, listed.digits, head)

    def _deal(self, deal: ProtoOADeal, account: Account, now: int) -> Iterator[VenueEvent]:
        client = self._state.client_of(deal.orderId)
        filled = fill(deal, account, self._directory, client, now)
        if filled is not None:
            yield filled

    def _position(
        self, event: ProtoOAExecutionEvent, account: Account, now: int
    ) -> Iterator[VenueEvent]:
        """Report a position that is open or was closed by this deal.

        An order that rests has an empty position of its own, which is nothing; after a full close
        the status may read as that of a new position, so the volume counts.
        """
        position = event.position
        closes = event.HasField("deal") and event.deal.HasField("closePositionDetail")
        self._state.place(account.id, position)
        if position.positionStatus != _OPEN and not closes:
            return
        record = position_record(position, account, self._directory, now)
        if record is not None:
            yield record


def _by_the_venue(event: ProtoOAExecutionEvent) -> str:
    """Return what the venue did with an account by itself that people should hear, if anything."""
    filled = event.HasField("deal") and event.order.isStopOut
    if filled:
        return f"stop-out: order {event.order.orderId} closed position {event.order.positionId}"
    if event.HasField("bonusDepositWithdraw"):
        bonus = event.bonusDepositWithdraw
        digits = bonus.moneyDigits if bonus.HasField("moneyDigits") else 2
        total = money(bonus.managerBonus + bonus.ibBonus, digits)
        return f"the bonus, which is no balance, is {total:g} now"
    return ""
