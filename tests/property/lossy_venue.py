"""A venue that amends in place, behind a wire that loses, doubles, delays and reorders messages.

It keeps its own truth and judges nothing; who drives it decides what happens next.
"""

from dataclasses import dataclass, field

from engine.gate.limits import Limits
from engine.gate.rates import NO_RATES, RateSetup
from engine.model.commands import CancelOrder, Command, ReplaceOrder, Side, SubmitOrder
from engine.model.reports import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderLost,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    OrderUnknown,
    ReplaceRejected,
)
from engine.orders.order import Order, VenueOrder
from tests.unit.rig import ABC, Rig, make_report

LIMIT = 20
"""The largest position, long or short, that the gate allows."""


@dataclass
class Listed:
    """An order as the venue has it."""

    id: str
    side: int
    quantity: int
    filled: int = 0
    alive: bool = True
    reducing: bool = False
    amends: dict[int, int] = field(default_factory=dict)  # request -> revision
    canceled: bool = False


class World:
    """A kernel with one strategy, the venue, and what is on its way between them."""

    def __init__(self, rates: RateSetup = NO_RATES) -> None:
        self.rig = Rig(limits=Limits(position=LIMIT), rates=rates)
        self.rig.trade(1.0)
        self.listed: dict[str, Listed] = {}
        self.refused: list[str] = []
        self.outward: list[Command] = []
        self.inward: list[OrderReport] = []
        self.unanswered: list[Command] = []
        self.position = 0
        self.trades = self.revisions = 0
        self._taken = 0

    @property
    def orders(self) -> list[Order]:
        return list(self.rig.kernel.orders.orders.values())

    # What the strategy does.

    def submit(self, side: Side, quantity: int, *, reducing: bool = False) -> None:
        self.rig.do(lambda p: p.submit(ABC.id, side, quantity, 1.0, reduce_only=reducing))
        self._send()

    def replace(self, pick: int, quantity: int) -> None:
        if self.orders:
            order = self.orders[pick % len(self.orders)]
            self.rig.do(lambda probe: probe.replace(order, quantity=quantity))
            self._send()

    def cancel(self, pick: int) -> None:
        if self.orders:
            order = self.orders[pick % len(self.orders)]
            self.rig.do(lambda probe: probe.cancel(order))
            self._send()

    def _send(self) -> None:
        sent = self.rig.wire.sent
        self.outward += sent[self._taken :]
        self._taken = len(sent)

    # What the wire does.

    def arrive(self, pick: int, *, reply_lost: bool = False, refuse: bool = False) -> None:
        """Let a command reach the venue; its reply may get lost, what streams out does not."""
        if not self.outward:
            return
        command = self.outward.pop(pick % len(self.outward))
        reply = self._execute(command, refuse=refuse)
        if reply_lost:
            self.unanswered.append(command)
        else:
            self.inward.append(reply)

    def lose(self, pick: int) -> None:
        """Lose a command on its way out."""
        if self.outward:
            self.unanswered.append(self.outward.pop(pick % len(self.outward)))

    def give_up_on(self, pick: int) -> None:
        """Declare a new order lost that is still on its way, and that will arrive after all."""
        waiting = [each for each in self.outward if isinstance(each, SubmitOrder)]
        if waiting:
            name = waiting[pick % len(waiting)].client_order_id
            self._tell(self._report(OrderUnknown, name))
            self._tell(self._report(OrderLost, name))

    def deliver(self, pick: int, *, doubled: bool = False) -> None:
        """Bring a report, in any order; a doubled one will come again."""
        if self.inward:
            place = pick % len(self.inward)
            report = self.inward[place] if doubled else self.inward.pop(place)
            self._tell(report)

    def time_out(self, pick: int) -> None:
        """Miss an answer, then ask the venue what became of the command."""
        if self.unanswered:
            command = self.unanswered.pop(pick % len(self.unanswered))
            self._tell(self._report(OrderUnknown, command_order(command)))
            for report in self._status(command):
                self._tell(report)

    # What the venue does.

    def trade(self, pick: int, quantity: int) -> None:
        alive = [each for each in self.listed.values() if each.alive]
        if not alive:
            return
        found = alive[pick % len(alive)]
        size = min(quantity, found.quantity - found.filled)
        if found.reducing:
            size = min(size, max(0, -found.side * self.position))
        if not size:
            return
        found.filled += size
        found.alive = found.filled < found.quantity
        self.position += found.side * size
        self.trades += 1
        fill = self._report(
            OrderFilled,
            found.id,
            trade_id=f"T{self.trades}",
            side=Side(found.side),
            quantity=float(size),
            price=1.0,
        )
        self.inward.append(fill)

    def end(self, pick: int) -> None:
        """Let the venue cancel an order by itself."""
        alive = [each for each in self.listed.values() if each.alive]
        if alive:
            self.inward.append(self._cancel(alive[pick % len(alive)]))

    def drain(self) -> None:
        """Let everything arrive that is on its way, and ask for every answer that is missing."""
        while self.outward or self.inward or self.unanswered:
            self.arrive(0)
            self.deliver(0)
            self.time_out(0)

    def _execute(self, command: Command, *, refuse: bool) -> OrderReport:
        name = command_order(command)
        found = self.listed.get(name)
        if isinstance(command, SubmitOrder):
            if refuse:
                self.refused.append(name)
                return self._report(OrderRejected, name)
            self.listed[name] = Listed(
                name, int(command.side), round(command.quantity), reducing=command.reduce_only
            )
            accepted = self._report(OrderAccepted, name, venue_order_id=f"V{name}")
            self.inward.append(accepted)
            return accepted
        if isinstance(command, CancelOrder):
            if found is None or not found.alive:
                return self._report(CancelRejected, name, request=command.request)
            self.inward.append(self._cancel(found))
            return self.inward[-1]
        assert isinstance(command, ReplaceOrder)
        if found is None or not found.alive or command.quantity <= found.filled:
            return self._report(ReplaceRejected, name, request=command.request)
        self.revisions += 1
        found.quantity = round(command.quantity)
        found.amends[command.request] = self.revisions
        self.inward.append(self._amended(found, command.request))
        return self.inward[-1]

    def _cancel(self, found: Listed) -> OrderReport:
        found.alive, found.canceled = False, True
        return self._report(OrderCanceled, found.id, filled=float(found.filled))

    def _amended(self, found: Listed, request: int) -> OrderReport:
        return self._report(
            OrderReplaced,
            found.id,
            request=request,
            revision=found.amends[request],
            quantity=float(found.quantity),
        )

    def _status(self, command: Command) -> list[OrderReport]:
        """Answer what a status request tells of a command whose answer never came."""
        name = command_order(command)
        found = self.listed.get(name)
        if found is None:
            known = name in self.refused
            return [self._report(OrderRejected if known else OrderLost, name)]
        answers = [self._report(OrderAccepted, name)]
        if isinstance(command, ReplaceOrder):
            applied = command.request in found.amends
            answers.append(
                self._amended(found, command.request)
                if applied
                else self._report(ReplaceRejected, name, request=command.request)
            )
        if found.canceled:
            answers.append(self._report(OrderCanceled, name, filled=float(found.filled)))
        elif isinstance(command, CancelOrder):
            answers.append(self._report(CancelRejected, name, request=command.request))
        return answers

    def _report(self, kind: type[OrderReport], name: str, **fields: object) -> OrderReport:
        return make_report(kind, name, self.rig.now, **fields)

    def _tell(self, report: OrderReport) -> None:
        self.rig.kernel.process(report)


def command_order(command: Command) -> str:
    assert isinstance(command, SubmitOrder | ReplaceOrder | CancelOrder)
    return command.client_order_id


def leg_of(order: Order) -> VenueOrder:
    assert order.leg is not None
    return order.leg
