"""The reports that follow from a command itself: not sent, refused, unknown, or carried out.

Sends and repeats nothing.
"""

from engine.model.commands import CancelOrder, Command, ReplaceOrder, SetProtection
from engine.model.reports import (
    CancelRejected,
    OrderRejected,
    OrderReport,
    OrderUnknown,
    ProtectionSet,
    ReplaceRejected,
)

NOT_SENT = "not sent: "
"""How the reason of a report begins when the command surely never left us."""


def not_sent(command: Command, reason: str, now: int) -> tuple[OrderReport, ...]:
    """Return the refusal of a command that surely did not reach the venue."""
    return refused(command, NOT_SENT + reason, now)


def refused(command: Command, reason: str, now: int) -> tuple[OrderReport, ...]:
    """Return the refusal of a command on which the venue surely did not act."""
    if isinstance(command, CancelOrder | ReplaceOrder):
        kind = CancelRejected if isinstance(command, CancelOrder) else ReplaceRejected
        return (
            kind(
                client_order_id=command.client_order_id,
                instrument=command.instrument,
                account=command.account,
                ts_event=now,
                ts_recv=now,
                request=command.request,
                reason=reason,
            ),
        )
    return (
        OrderRejected(
            client_order_id=command.client_order_id,
            instrument=command.instrument,
            account=command.account,
            ts_event=now,
            ts_recv=now,
            reason=reason,
        ),
    )


def unknown(command: Command, reason: str, now: int) -> tuple[OrderReport, ...]:
    """Return that nobody knows whether the venue acted on a command."""
    return (
        OrderUnknown(
            client_order_id=command.client_order_id,
            instrument=command.instrument,
            account=command.account,
            ts_event=now,
            ts_recv=now,
            reason=reason,
        ),
    )


def protection_set(command: SetProtection, now: int) -> ProtectionSet:
    """Return that the venue keeps the exits it was asked for."""
    return ProtectionSet(
        client_order_id=command.client_order_id,
        instrument=command.instrument,
        account=command.account,
        ts_event=now,
        ts_recv=now,
        position_id=command.position_id,
        stop_loss=command.stop_loss,
        take_profit=command.take_profit,
        trailing=command.trailing,
    )
