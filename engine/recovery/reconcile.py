"""Compare the books with what the venue says, and name each difference as an event.

Asks nobody and changes no book: the caller brings the venue's answer and processes the events.
"""

from collections.abc import Iterator

import msgspec

from engine.kernel import Kernel
from engine.model.reports import OrderFilled, OrderUnknown
from engine.model.truth import VenueTruth
from engine.orders.life import Life, Request
from engine.orders.order import Order
from engine.recovery.holdings import HoldingsCheck
from engine.recovery.orders import OrdersCheck
from engine.recovery.policy import ReconcilePolicy
from engine.recovery.trades import SeenTrades

_IN_DOUBT = (Life.SENT, Life.UNKNOWN)
_UNSURE = (Request.CANCEL_UNSURE, Request.AMEND_UNSURE)


class Reconciler:
    """Reconcile one account, answer after answer.

    `events` yields inputs for the kernel, one after another: each must have been processed before
    the next is asked for, since the books are read as they then stand.
    """

    def __init__(
        self, kernel: Kernel, account: str, policy: ReconcilePolicy, trades: SeenTrades
    ) -> None:
        self.account = account
        self._kernel = kernel
        self._policy = policy
        self._trades = trades
        self._orders = OrdersCheck(kernel, account, policy)
        self._holdings = HoldingsCheck(kernel, account, policy)
        self._rounds = 0

    @property
    def is_settled(self) -> bool:
        """Say whether nothing is in doubt any more, or nothing that asking again would answer."""
        if self._rounds == 0:
            return False
        return self._holdings.agree and (not self.doubtful or self._rounds > self._policy.polls)

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Return the orders of which nobody has told yet what became of them, or of a request."""
        return tuple(
            order.id
            for order in self._own()
            if order.leg and (order.leg.life in _IN_DOUBT or order.leg.request in _UNSURE)
        )

    @property
    def questions(self) -> tuple[str, ...]:
        """Return what another answer of the venue may settle: orders, and holdings that differ."""
        return self.doubtful if self._holdings.agree else (*self.doubtful, self.account)

    def begin(self, ts: int) -> Iterator[OrderUnknown]:
        """Yield, after a restart, that the outcome of everything that was under way is unknown."""
        for order in self._own():
            leg = order.leg
            if leg is not None and order.is_open and (leg.life is Life.SENT or leg.request):
                yield OrderUnknown(
                    client_order_id=order.id,
                    instrument=order.instrument,
                    account=self.account,
                    ts_event=ts,
                    ts_recv=ts,
                    reason="the program was started anew",
                )

    def events(self, truth: VenueTruth) -> Iterator[object]:
        """Yield what follows from an answer: fills, states of orders, adjustments."""
        self._rounds += 1
        fresh = [fill for fill in truth.fills or () if fill not in self._trades]
        for fill in sorted(fresh, key=_time):
            known = self._orders.named(fill.client_order_id, fill.venue_order_id)
            if known is None:
                self._trades.add(fill)  # the position tells what it did
            else:
                yield msgspec.structs.replace(
                    fill, client_order_id=known.id, account=self.account, ts_recv=truth.ts_recv
                )
        yield from self._orders.events(truth)
        yield from self._holdings.events(truth)

    def _own(self) -> list[Order]:
        orders = self._kernel.orders.orders.values()
        return [order for order in orders if order.account == self.account]


def _time(fill: OrderFilled) -> int:
    return fill.ts_event
