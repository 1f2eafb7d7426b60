"""The reports of commands that the venue has not answered: not sent, refused, or unknown.

Sends and repeats nothing.
"""

from engine.model.commands import CancelOrder, Command, ReplaceOrder, SetProtection
from engine.model.reports import (
    CancelRejected,
    OrderRejected,
    OrderReport,
    OrderUnknown,
    ReplaceRejected,
)

NOT_SENT = "not sent: "
"""How the reason of a report begins when the command surely never left us."""


def not_sent(command: Command, reason: str, now: int) -> tuple[OrderReport, ...]:
    """Return the refusal of a command that surely did not reach the venue.

    A change of a position's protection names no order, and so has no report.
    """
    return refused(command, NOT_SENT + reason, now)


def refused(command: Command, reason: str, now: int) -> tuple[OrderReport, ...]:
    """Return the refusal of a command on which the venue surely did not act."""
    if isinstance(command, SetProtection):
        return ()
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
    if isinstance(command, SetProtection):
        return ()
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
