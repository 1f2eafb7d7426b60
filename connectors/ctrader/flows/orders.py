"""Carry out one command: the request, and what its direct answer says.

Fills and later changes come from the session; nothing is ever sent twice.
"""

from connectors.ctrader.directory import Account, Directory, Listed
from connectors.ctrader.mapping import orders as requests
from connectors.ctrader.mapping.executions import Head, replaced
from connectors.ctrader.mapping.records import order_time
from connectors.ctrader.mapping.refusals import Verdict, fault, reason, verdict
from connectors.ctrader.requests import ORDINARY, OrderRequest, Unreadable
from connectors.ctrader.schema.envelope_pb2 import ProtoErrorRes, ProtoOAErrorRes
from connectors.ctrader.schema.position_pb2 import ProtoOAOrder
from connectors.ctrader.schema.trading_pb2 import (
    ProtoOAExecutionEvent,
    ProtoOAExecutionType,
    ProtoOANewOrderReq,
    ProtoOAOrderErrorEvent,
)
from connectors.ctrader.trading_state import TradingState
from connectors.frame.flow import Answer, Call, Flow, ask
from engine.errors import OutcomeUnknown, ValueRefused
from engine.model.commands import (
    CancelOrder,
    ClosePosition,
    Command,
    ReplaceOrder,
    SetProtection,
    SubmitOrder,
)
from engine.model.outcome import protection_set
from engine.model.reports import (
    CancelRejected,
    OrderRejected,
    OrderReport,
    ReplaceRejected,
)

_REFUSALS = (ProtoOAExecutionType.ORDER_REJECTED, ProtoOAExecutionType.ORDER_CANCEL_REJECTED)
_OPEN_ENDED = (Verdict.UNKNOWN, Verdict.TOKEN)

Reports = tuple[OrderReport, ...]


class Execution:
    """Carry out commands of one login; `link` names the connection of an account."""

    def __init__(self, directory: Directory, state: TradingState) -> None:
        self._directory = directory
        self._state = state

    def execute(self, command: Command, link: str, now: int) -> Flow[Reports]:
        """Send a command and return the reports that its answer is.

        A refusal is a report. What the wire cannot say, and a change of an order whose number at
        the venue is not known yet, is refused without being sent; what would change nothing at a
        position is done already.
        """
        account = self._directory.account(command.account)
        if isinstance(command, SetProtection) and self._is_bare(command):
            return (protection_set(command, now),)
        try:
            request = self._request(command, account)
        except ValueRefused as refused:
            return _refusal(command, account, str(refused), now)
        answer = yield from ask(Call(link=link, message=request, endpoint=ORDINARY))
        problem = _problem(answer)
        if problem:
            return _refusal(command, account, problem, answer.ts_recv)
        event = answer.message
        if isinstance(command, ReplaceOrder) and isinstance(event, ProtoOAExecutionEvent):
            return self._replaced(command, account, event.order, answer.ts_recv)
        if isinstance(command, SetProtection):
            return (protection_set(command, answer.ts_recv),)
        return ()

    def _request(self, command: Command, account: Account) -> object:
        """Return the message of a command."""
        if isinstance(command, SubmitOrder):
            listed = self._listed(command)
            placing = requests.new_order(command, account.id, listed)
            if command.reduce_only and account.is_hedging and not command.position_id:
                placing.positionId = self._reduced(placing)
            return OrderRequest(command.client_order_id, placing)
        if isinstance(command, ClosePosition):
            closing = requests.closing(command, account.id)
            return OrderRequest(command.client_order_id, closing)
        if isinstance(command, SetProtection):
            number = requests.position_id(command.position_id)
            return requests.protection(command, account.id, self._state.position(number))
        order = self._state.order(command.client_order_id)
        if order is None:
            raise ValueRefused(f"the venue has not named its order for {command.client_order_id}")
        if isinstance(command, CancelOrder):
            return requests.cancellation(order, account.id)
        return requests.amendment(command, account.id, self._listed(command), order)

    def _is_bare(self, command: SetProtection) -> bool:
        """Say whether no exit is asked for and none is kept: the venue would not answer."""
        if command.stop_loss is not None or command.take_profit is not None:
            return False
        number = command.position_id
        position = self._state.position(int(number)) if number.isdigit() else None
        if position is None:
            return False
        return not (position.HasField("stopLoss") or position.HasField("takeProfit"))

    def _reduced(self, placing: ProtoOANewOrderReq) -> int:
        """Return the position that an exit reduces; without its name it would open another.

        Raises ValueRefused when no one position is as large as the order.
        """
        position = self._state.to_reduce(
            placing.ctidTraderAccountId, placing.symbolId, placing.tradeSide, placing.volume
        )
        if position is None:
            raise ValueRefused("no one position is as large as the exit; close them one by one")
        return position.positionId

    def _listed(self, command: SubmitOrder | ReplaceOrder) -> Listed:
        return self._directory.listed(command.account, command.instrument)

    def _replaced(
        self, command: ReplaceOrder, account: Account, order: ProtoOAOrder, now: int
    ) -> Reports:
        head = Head(
            client_order_id=command.client_order_id,
            instrument=command.instrument,
            account=account.name,
            venue_order_id=str(order.orderId),
            ts_event=order_time(order),
            ts_recv=now,
        )
        digits = self._listed(command).digits
        return (replaced(order, digits, head, command.request),)


def _problem(answer: Answer) -> str:
    """Return why the venue refused, empty where it did not.

    Raises OutcomeUnknown where it may have acted, and TokenRefused for a token it does not take.
    """
    message = answer.message
    if isinstance(message, ProtoOAExecutionEvent):
        is_refused = message.executionType in _REFUSALS
        return (message.errorCode or "refused without a reason") if is_refused else ""
    if isinstance(message, ProtoOAOrderErrorEvent):
        return reason(message.errorCode, message.description)
    if isinstance(message, ProtoErrorRes | ProtoOAErrorRes):
        if verdict(message.errorCode) in _OPEN_ENDED:
            raise fault(message.errorCode, message.description)
        return reason(message.errorCode, message.description)
    if isinstance(message, Unreadable):
        raise OutcomeUnknown(message.fault)
    raise OutcomeUnknown(f"a command was answered with {type(message).__name__}")


def _refusal(command: Command, account: Account, problem: str, now: int) -> Reports:
    head = Head(
        client_order_id=command.client_order_id,
        instrument=command.instrument,
        account=account.name,
        venue_order_id="",
        ts_event=now,
        ts_recv=now,
    )
    if isinstance(command, CancelOrder):
        return (CancelRejected(**head, request=command.request, reason=problem),)
    if isinstance(command, ReplaceOrder):
        return (ReplaceRejected(**head, request=command.request, reason=problem),)
    return (OrderRejected(**head, reason=problem),)
