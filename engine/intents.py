"""What becomes of a strategy's intents: each is gated, then sent or denied, in order.

Called by the kernel after a callback has returned, never from inside one.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from engine.errors import ValueRefused
from engine.gate.approved import Approved
from engine.gate.verdict import Denial, Waiting
from engine.model.commands import ClosePosition, SetProtection, SubmitOrder
from engine.model.reports import DenialReason, OrderDenied, OrderSubmitted
from engine.orders.life import Request
from engine.orders.order import Order
from engine.strategy.state import RUNNING

_Named = TypeVar("_Named", ClosePosition, SetProtection)
_CANCEL, _AMEND = Request.CANCEL, Request.AMEND

if TYPE_CHECKING:
    from engine.kernel import Kernel
    from engine.strategy.host import Host


class Change(NamedTuple):
    """Hold what a replace asks for, on the grid; `problem` says why that could not be done."""

    quantity: float
    price: float | None
    stop: float | None
    problem: str = ""

    @classmethod
    def on_grid(
        cls, order: Order, quantity: float | None, price: float | None, stop: float | None
    ) -> "Change":
        """Return the change with what is not given left as the order has it."""
        grid = order.route.instrument
        try:
            return cls(
                order.quantity if quantity is None else grid.quantity(quantity),
                order.price if price is None else grid.price(price),
                order.stop if stop is None else grid.price(stop),
            )
        except (ValueRefused, TypeError, OverflowError) as error:
            return cls(order.quantity, order.price, order.stop, str(error))


def submit(kernel: "Kernel", host: "Host", order: Order, _detail: None) -> None:
    """Gate a new order and send it."""
    now = order.ts_submitted = kernel.clock.now
    order.arrival_price = order.route.market.mark()
    refusal = None if host.state is RUNNING else host.refusal(order)
    verdict = refusal or kernel.gate.submit(order, now)
    if not isinstance(verdict, Approved):
        if not isinstance(verdict, Waiting):
            deny(kernel, host, order, verdict)
        return
    _leave(kernel, host, order, verdict)


def close(kernel: "Kernel", host: "Host", order: Order, _detail: None) -> None:
    """Gate the close of a position by its name and send it."""
    _decide(kernel, host, order, kernel.gate.close)


def protect(kernel: "Kernel", host: "Host", order: Order, _detail: None) -> None:
    """Gate the exits that the venue shall keep at a position and send them."""
    _decide(kernel, host, order, kernel.gate.protect)


def _decide(
    kernel: "Kernel",
    host: "Host",
    order: Order,
    decide: Callable[[Order, int], Approved[_Named] | Denial | Waiting],
) -> None:
    now = order.ts_submitted = kernel.clock.now
    order.arrival_price = order.route.market.mark()
    refusal = None if host.state is RUNNING else host.refusal(order)
    verdict = refusal or decide(order, now)
    if isinstance(verdict, Approved):
        _leave(kernel, host, order, verdict)
    elif not isinstance(verdict, Waiting):
        deny(kernel, host, order, verdict)


def _leave(
    kernel: "Kernel",
    host: "Host",
    order: Order,
    approved: Approved[SubmitOrder | ClosePosition | SetProtection],
) -> None:
    """Reserve for an approved order, tell its strategy, and send it."""
    now = order.ts_submitted
    kernel.orders.sent(order)
    kernel.decisions.append(approved.command)
    if host.on_order is not None:
        report = OrderSubmitted(
            client_order_id=order.id, instrument=order.instrument, ts_event=now, ts_recv=now
        )
        kernel.invoke(host, host.on_order, report)
    order.route.port.send(approved)


def cancel(kernel: "Kernel", host: "Host", order: Order, _detail: None) -> None:
    """Gate a cancel and send it; an order that still waits for its venue's limits is withdrawn."""
    leg = order.leg
    if leg is None:
        kernel.pacing.withdraw(order)
        return
    verdict = kernel.gate.cancel(order, leg, kernel.clock.now)
    if not isinstance(verdict, Approved):
        if not isinstance(verdict, Waiting):
            refuse(kernel, host, order, verdict)
        return
    leg.request = _CANCEL
    kernel.decisions.append(verdict.command)
    order.route.port.send(verdict)


def replace(kernel: "Kernel", host: "Host", order: Order, change: Change) -> None:
    """Gate a change of a working order and send it."""
    leg = order.leg
    if leg is None:
        if order.is_open:
            text = "the order waits to be sent; cancel it and send another"
            refuse(kernel, host, order, (DenialReason.REQUEST_IN_FLIGHT, text))
        return
    if change.problem:
        refuse(kernel, host, order, (DenialReason.PRICE_INVALID, change.problem))
        return
    verdict = kernel.gate.replace(order, leg, change[:3], kernel.clock.now)
    if not isinstance(verdict, Approved):
        if not isinstance(verdict, Waiting):
            refuse(kernel, host, order, verdict)
        return
    units = round(change.quantity * order.route.quantity_scale)
    kernel.orders.requested(order, leg, _AMEND, units)
    kernel.decisions.append(verdict.command)
    order.route.port.send(verdict)


def deny(kernel: "Kernel", host: "Host", order: Order, denial: Denial) -> None:
    """Close an order that was never sent."""
    order.reason = denial[0].value
    order.ts_closed = kernel.clock.now
    host.open_orders.pop(order.id, None)
    for observer in kernel.observers:
        observer.on_closed(order)
    refuse(kernel, host, order, denial)
    if order.group is not None:
        order.group.on_change()


def refuse(kernel: "Kernel", host: "Host", order: Order, denial: Denial) -> None:
    """Tell a strategy that something it asked for is not sent."""
    reason, message = denial
    now = kernel.clock.now
    report = OrderDenied(
        client_order_id=order.id,
        instrument=order.instrument,
        ts_event=now,
        ts_recv=now,
        reason=reason,
        message=message,
    )
    kernel.decisions.append(report)
    host.denials[reason] += 1
    if host.on_order is not None:
        kernel.invoke(host, host.on_order, report)
