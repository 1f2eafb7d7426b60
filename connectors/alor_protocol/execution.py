"""Carry out commands of the engine: which venue order is meant, and what the answer means for it.

Keeps no state but through the placements.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from connectors.alor_protocol.flows.commands import Declined, send
from connectors.alor_protocol.mapping import commands
from connectors.alor_protocol.mapping.cache import InstrumentCache
from connectors.alor_protocol.mapping.records import OrderRow, stop_number
from connectors.alor_protocol.messages.requests import OrderRequest
from connectors.alor_protocol.placements import Placement, Placements
from connectors.alor_protocol.settings import Settings
from connectors.alor_protocol.tokens import Login
from connectors.frame.flow import Flow, done
from engine.errors import NotSent, TokenRefused, UsageError, ValueRefused
from engine.model.commands import CancelOrder, Command, ReplaceOrder, SubmitOrder
from engine.model.reports import CancelRejected, OrderRejected, OrderReport, ReplaceRejected
from engine.model.truth import Standing

Reports = tuple[OrderReport, ...]

_NO_TOKEN = "data without a token is 15 minutes old: nothing is sent"  # noqa: S105 - a reason
_UNKNOWN = "the venue's number of the order is not known"


class Execution:
    """Carry out commands for one login."""

    def __init__(
        self, settings: Settings, login: Login, cache: InstrumentCache, placements: Placements
    ) -> None:
        self._settings = settings
        self._login = login
        self._cache = cache
        self._placements = placements

    def execute(self, command: Command, now: int) -> Flow[Reports]:
        """Return the flow of a command; what the venue cannot do is refused without sending."""
        if isinstance(command, SubmitOrder):
            return self._submit(command, now)
        if isinstance(command, ReplaceOrder):
            return self._replace(command, now)
        if isinstance(command, CancelOrder):
            return self._cancel(command, now)
        raise UsageError(
            f"{self._settings.venue} nets positions: it has no {type(command).__name__}"
        )

    def _submit(self, command: SubmitOrder, now: int) -> Flow[Reports]:
        def refused(reason: str, ts: int) -> Reports:
            return (OrderRejected(**_head(command, ts), reason=reason),)

        if not self._login.token:
            return done(refused(_NO_TOKEN, now))
        try:
            traded = self._cache.named(command.instrument)
            portfolio = self._settings.portfolios[command.account]
            request = commands.submit(command, traded, portfolio, self._settings)
        except (ValueRefused, UsageError) as error:
            return done(refused(str(error), now))
        self._placements.sent(command)
        return self._submitted(command, request, refused)

    def _submitted(
        self, command: SubmitOrder, request: OrderRequest, refused: Callable[[str, int], Reports]
    ) -> Flow[Reports]:
        outcome = yield from send(request, self._settings, self._login)
        if isinstance(outcome, Declined):
            return refused(outcome.reason, outcome.ts_recv)
        placement = self._placements.get(command.client_order_id)
        assert placement is not None, command.client_order_id
        row = _row_of(command, outcome.number, command.quantity, outcome.ts_recv)
        return tuple(self._placements.answered(placement, row, outcome.ts_recv))

    def _replace(self, command: ReplaceOrder, now: int) -> Flow[Reports]:
        def refused(reason: str, ts: int) -> Reports:
            return (ReplaceRejected(**_head(command, ts), request=command.request, reason=reason),)

        placement = self._placements.get(command.client_order_id)
        live = None if placement is None else placement.live
        if placement is None or live is None:
            return done(refused(_UNKNOWN, now))
        remaining = command.quantity - placement.filled
        try:
            request = commands.replace(
                command,
                msgspec.structs.replace(placement.command, type=live.type),
                live.number.removeprefix("stop/"),
                remaining,
                self._cache.named(command.instrument),
                self._settings.portfolios[command.account],
                self._settings,
            )
        except (ValueRefused, UsageError) as error:
            return done(refused(str(error), now))
        self._placements.replacing(placement, command.request)
        row = _row_of(
            msgspec.structs.replace(
                placement.command,
                type=live.type,
                price=request.price,
                stop=request.trigger_price,
            ),
            "",
            remaining,
            now,
        )
        return self._replaced(placement, row, request, refused)

    def _replaced(
        self,
        placement: Placement,
        row: OrderRow,
        request: OrderRequest,
        refused: Callable[[str, int], Reports],
    ) -> Flow[Reports]:
        try:
            outcome = yield from send(request, self._settings, self._login)
        except TokenRefused:
            placement.replacing = False
            raise
        except NotSent as fault:
            left = self._placements.not_replaced(placement, row.ts_event)
            return (*refused(str(fault), row.ts_event), *left)
        ts = outcome.ts_recv
        if isinstance(outcome, Declined):
            return (*refused(outcome.reason, ts), *self._placements.not_replaced(placement, ts))
        number = _number(outcome.number, row)
        row = msgspec.structs.replace(row, number=number, ts_event=ts)
        return tuple(self._placements.answered(placement, row, ts))

    def _cancel(self, command: CancelOrder, now: int) -> Flow[Reports]:
        placement = self._placements.get(command.client_order_id)
        live = None if placement is None else placement.live
        if live is None:
            report = CancelRejected(**_head(command, now), request=command.request, reason=_UNKNOWN)
            return done((report,))
        request = commands.cancel(
            command,
            live.type,
            live.number.removeprefix("stop/"),
            self._cache.named(command.instrument),
            self._settings.portfolios[command.account],
        )
        return self._canceled(command, request)

    def _canceled(self, command: CancelOrder, request: OrderRequest) -> Flow[Reports]:
        """Send a cancel; that the order is gone, and what it filled, the stream will tell."""
        outcome = yield from send(request, self._settings, self._login)
        if isinstance(outcome, Declined):
            head = _head(command, outcome.ts_recv)
            return (CancelRejected(**head, request=command.request, reason=outcome.reason),)
        return ()


def _head(command: SubmitOrder | ReplaceOrder | CancelOrder, ts: int) -> dict[str, Any]:
    return {
        "client_order_id": command.client_order_id,
        "instrument": command.instrument,
        "account": command.account,
        "ts_event": ts,
        "ts_recv": ts,
    }


def _row_of(command: SubmitOrder, number: str, quantity: float, ts: int) -> OrderRow:
    """Return the row that an accepted command stands for, until the stream brings the venue's."""
    row = OrderRow(
        number=number,
        account=command.account,
        instrument=command.instrument,
        side=command.side,
        type=command.type,
        quantity=quantity,
        filled=0.0,
        standing=Standing.WORKING,
        ts_event=ts,
        comment=command.client_order_id,
        price=command.price,
        stop=command.stop,
    )
    return msgspec.structs.replace(row, number=_number(number, row))


def _number(number: str, row: OrderRow) -> str:
    """Return the name of a number; those of stop orders are kept apart."""
    return stop_number(number) if commands.is_conditional(row.type) else number
