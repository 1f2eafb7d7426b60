"""What becomes of a strategy's intents: each is gated, then sent or denied, in order.

Called by the kernel after a callback has returned, never from inside one.
"""

from typing import TYPE_CHECKING

from engine.gate.gate import Denial
from engine.model.reports import DenialReason, OrderDenied, OrderSubmitted
from engine.orders.life import Request
from engine.orders.order import Order

if TYPE_CHECKING:
    from engine.kernel import Kernel
    from engine.strategy.host import Host


def submit(kernel: "Kernel", host: "Host", order: Order, _detail: None) -> None:
    """Gate a new order and send it."""
    now = order.ts_submitted = kernel.clock.now
    route = order.route
    order.arrival_price = route.market.mark()
    units = round(order.quantity * route.instrument.quantity_scale)
    denial = host.refusal(order)
    verdict = denial or kernel.gate.submit(order, units, now)
    if isinstance(verdict, tuple):
        deny(kernel, host, order, verdict)
        return
    kernel.orders.sent(order, units)
    kernel.decisions.append(verdict.command)
    if host.on_order is not None:
        report = OrderSubmitted(
            client_order_id=order.id, instrument=order.instrument, ts_event=now, ts_recv=now
        )
        kernel.invoke(host, host.on_order, report)
    route.port.send(verdict)


def cancel(kernel: "Kernel", host: "Host", order: Order, _detail: None) -> None:
    """Gate a cancel and send it."""
    leg = order.leg
    if leg is None:
        return
    verdict = kernel.gate.cancel(leg, kernel.clock.now)
    if isinstance(verdict, tuple):
        _refused(kernel, host, order, verdict)
        return
    kernel.orders.requested(leg, Request.CANCEL)
    kernel.decisions.append(verdict.command)
    order.route.port.send(verdict)


def replace(
    kernel: "Kernel", host: "Host", order: Order, detail: tuple[float, float | None, float | None]
) -> None:
    """Gate a change of a working order and send it."""
    leg = order.leg
    if leg is None:
        return
    quantity, price, stop = detail
    verdict = kernel.gate.replace(leg, quantity, price, stop, kernel.clock.now)
    if isinstance(verdict, tuple):
        _refused(kernel, host, order, verdict)
        return
    kernel.orders.requested(
        leg, Request.AMEND, round(quantity * order.route.instrument.quantity_scale)
    )
    kernel.decisions.append(verdict.command)
    order.route.port.send(verdict)


def deny(kernel: "Kernel", host: "Host", order: Order, denial: Denial) -> None:
    """Close an order that was never sent."""
    order.reason = denial[0].value
    order.ts_closed = kernel.clock.now
    host.open_orders.pop(order.id, None)
    for observer in kernel.observers:
        observer.on_closed(order)
    _refused(kernel, host, order, denial)
    if order.group is not None:
        order.group.on_change()


def _refused(kernel: "Kernel", host: "Host", order: Order, denial: Denial) -> None:
    reason, message = denial
    now = kernel.clock.now
    report = OrderDenied(
        client_order_id=order.id,
        instrument=order.instrument,
        ts_event=now,
        ts_recv=now,
        reason=DenialReason(reason),
        message=message,
    )
    kernel.decisions.append(report)
    host.denials[reason] += 1
    if host.on_order is not None:
        kernel.invoke(host, host.on_order, report)
