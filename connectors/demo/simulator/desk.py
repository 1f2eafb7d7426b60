"""Where the demo venue takes orders, by whichever wire they come.

Knows no frames; it answers with the messages that both wires send.
"""

from connectors.demo import mapping
from connectors.demo.messages import Amend, Done, Failed, Place, Withdraw
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.limits import RequestLimits
from connectors.simulation.records import BrokerOrder
from engine.model.commands import SubmitOrder
from engine.model.truth import Standing

KNOWN = "known"
REFUSED = "refused"
MISSING = "missing"
LIMIT = "limit"


class Desk:
    """Place, amend and withdraw orders by their labels.

    A label that an account has used is never taken again, whatever became of its order. `notes`
    remembers by order the note of its last amendment.
    """

    def __init__(self, broker: SimulatedBroker, faults: FaultPlan, limits: RequestLimits) -> None:
        self.notes: dict[str, int] = {}
        self._broker = broker
        self._faults = faults
        self._limits = limits
        self._orders: dict[tuple[str, str], BrokerOrder | None] = {}

    def take(self, message: Place | Amend | Withdraw, now: int) -> Done | Failed:
        """Carry out a request and answer it."""
        if not self._limits.admit("orders", message.account, now):
            return Failed(message.id, LIMIT, "too many requests")
        if isinstance(message, Place):
            return self._place(message, now)
        order = self._orders.get((message.account, message.label))
        if order is None:
            return Failed(message.id, MISSING, "no such order")
        if isinstance(message, Amend):
            return self._amend(message, order, now)
        return self._answer(message.id, order, self._broker.cancel(order.venue_order_id, now))

    def _place(self, message: Place, now: int) -> Done | Failed:
        key = message.account, message.label
        if key in self._orders:
            return Failed(message.id, KNOWN, f"label {message.label} is known")
        if self._faults.strikes(Fault.REJECT, message.label):
            return Failed(message.id, REFUSED, "refused by the venue")
        self._orders[key] = None
        order = self._orders[key] = self._broker.submit(_command(message, now))
        if order.standing is Standing.REJECTED:
            return Failed(message.id, REFUSED, order.reason)
        return Done(message.id, order.venue_order_id)

    def _amend(self, message: Amend, order: BrokerOrder, now: int) -> Done | Failed:
        before = self.notes.get(order.venue_order_id, 0)
        self.notes[order.venue_order_id] = message.note
        reason = self._broker.replace(
            order.venue_order_id,
            now,
            quantity=message.volume,
            price=message.limit,
            stop=message.trigger,
        )
        if reason:
            self.notes[order.venue_order_id] = before
        return self._answer(message.id, order, reason)

    def _answer(self, number: int, order: BrokerOrder, reason: str) -> Done | Failed:
        return Failed(number, REFUSED, reason) if reason else Done(number, order.venue_order_id)


def _command(message: Place, now: int) -> SubmitOrder:
    until = message.until
    return SubmitOrder(
        message.label,
        "",
        message.account,
        mapping.instrument_of(message.market),
        now,
        mapping.SIDE_OF[message.side],
        mapping.KIND_OF[message.kind],
        message.volume,
        message.limit,
        message.trigger,
        time_in_force=mapping.LIFE_OF[message.life],
        expire_ts=None if until is None else mapping.nanoseconds(until),
        post_only=message.passive,
        reduce_only=message.reduce,
    )
