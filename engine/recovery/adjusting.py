"""Carry out what reconciliation decided: positions moved, foreign orders taken into the books.

Compares nothing; `engine.recovery.reconcile` does.
"""

import math

from engine.kernel import Kernel
from engine.ledger.portfolio import fill_price
from engine.model.adjustments import OrderAdopted, PositionAdjusted
from engine.model.commands import TimeInForce
from engine.orders.life import Life, Request
from engine.recovery.naming import EXTERNAL
from engine.recovery.restore import restore_order
from engine.recovery.snapshot import OrderBooks


def listen(kernel: Kernel) -> None:
    """Let a kernel process adjustments and adopted orders."""
    kernel.on(PositionAdjusted, lambda event: adjust(kernel, event))
    kernel.on(OrderAdopted, lambda event: adopt(kernel, event))


def adjust(kernel: Kernel, event: PositionAdjusted) -> None:
    """Move a position and tell the strategies of the account."""
    kernel.clock.now = event.ts_recv
    definition = kernel.bus.market(event.instrument).instrument
    portfolio = kernel.portfolio
    account = portfolio.accounts[event.account]
    position = portfolio.exposure(event.account, definition).position
    scale = definition.quantity_scale
    moved = round(event.after * scale) - round(event.before * scale)
    price = event.price
    if math.isnan(price):
        price = position.average_price if position.quantity else 0.0
    level = fill_price(definition, price)
    profit = position.book(moved, *level)
    account.settle(definition, profit, position.money_digits)
    owner, legs = event.strategy, portfolio.exposure(event.account, definition).legs
    if legs is not None:
        owner = legs.book(event.position_id, moved, level, owner).strategy
    if owner:
        portfolio.held(owner, event.account, definition).position.book(moved, *level)
    kernel.control.moved(event.account, event.instrument)
    for host in kernel.hosts.values():
        callback = host.calls.get(PositionAdjusted)
        if callback is not None and event.account in host.accounts:
            kernel.call(host, callback, event)


def adopt(kernel: Kernel, event: OrderAdopted) -> None:
    """Take an order into the books under the strategy EXTERNAL; it then counts in every limit."""
    kernel.clock.now = event.ts_recv
    scale = kernel.bus.market(event.instrument).instrument.quantity_scale
    restore_order(
        kernel,
        OrderBooks(
            client_order_id=event.client_order_id,
            strategy=EXTERNAL,
            account=event.account,
            instrument=event.instrument,
            side=event.side,
            type=event.type,
            quantity=event.quantity,
            price=event.price,
            stop=event.stop,
            trail=None,
            time_in_force=TimeInForce.GTC,
            expire_ts=None,
            post_only=False,
            reduce_only=False,
            closing=False,
            tag="",
            venue_order_id=event.venue_order_id,
            units=round(event.quantity * scale),
            filled=round(event.filled * scale),
            life=Life.WORKING,
            request=Request.NONE,
            requests=0,
            new_quantity=0,
            revision=0,
            cumulative=0,
            dead=False,
            trades=(),
            notional=0.0,
            ts_submitted=event.ts_event,
            ts_accepted=event.ts_event,
        ),
    )
