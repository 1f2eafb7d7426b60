"""Brackets and one-cancels-the-other pairs, emulated in the engine so that every venue has them.

The legs rest at the venue as ordinary orders; nothing here sends by itself, it only adds intents.
"""

from collections.abc import Collection, Mapping
from typing import Protocol

from engine.errors import ValueRefused
from engine.model.commands import Protection, Side
from engine.model.groups import BracketSaved, GroupSaved, PairSaved
from engine.model.reports import DenialReason
from engine.orders.life import Life, Status
from engine.orders.order import Order
from engine.orders.protection import Levels, levels, wrong_side


class Legs(Protocol):
    """Make and change a group's orders for the strategy it belongs to; quantities in units."""

    def leg(
        self, entry: Order, side: Side, units: int, price: float | None, stop: float | None
    ) -> Order:
        """Submit one reduce-only leg of a bracket: a limit with `price`, a stop with `stop`."""

    def cancel(self, order: Order) -> object:
        """Cancel a leg."""

    def resize(self, order: Order, units: int) -> None:
        """Change a leg's total quantity."""


class OrderGroup(Protocol):
    """React to what happens to an order of the group."""

    def on_change(self) -> None:
        """Bring the group in line after an order of it has changed and its state is up to date."""

    def aims(self, order: Order) -> bool:
        """Say whether an order is meant to fill, and is not an exit that waits for its price."""

    @property
    def orders(self) -> tuple[Order, ...]:
        """Return the orders made so far."""

    def saved(self) -> GroupSaved:
        """Return what `revived` makes the group from again, with its orders."""


class OneCancelsOther:
    """Keep two orders of one side of which one shall fill: what one fills, the other shrinks by.

    Once together they have filled the quantity, what is still open is canceled. Both rest at the
    venue, so a race between two fills is possible where messages take time; make them reduce-only
    where they protect a position.
    """

    def __init__(self, legs: Legs, first: Order, second: Order, units: int) -> None:
        self._legs = legs
        self._units = units
        self.first = first
        self.second = second
        first.group = second.group = self

    @property
    def orders(self) -> tuple[Order, Order]:
        """Return both orders."""
        return self.first, self.second

    def aims(self, order: Order) -> bool:
        """Count one of the two, and none where they protect a position."""
        return not order.reduce_only and (order is self.first or not self.first.is_open)

    def on_change(self) -> None:
        """Cancel or shrink what is open as the other fills."""
        _share(self._legs, self._units, self.orders)

    def saved(self) -> PairSaved:
        """Return the pair as the journal keeps it."""
        return PairSaved(first=self.first.id, second=self.second.id, units=self._units)


class Bracket:
    """Follow an entry with a stop-loss and a take-profit that live from its first fill.

    The legs are sent for what has filled and grow with further fills; they are reduce-only and one
    cancels the other. When the entry fills on after that, new ones are sent. If the entry ends
    unfilled no leg is ever sent. `distances` give exits by how far they are from the first fill.
    """

    def __init__(
        self,
        legs: Legs,
        entry: Order,
        stop_loss: float | None,
        take_profit: float | None,
        distances: Levels = (None, None),
    ) -> None:
        self._legs = legs
        self.entry = entry
        self._stop_price = stop_loss
        self._profit_price = take_profit
        self._distances = distances
        self.stop_loss: Order | None = None
        self.take_profit: Order | None = None
        self._sent: list[Order] = []
        self._withdrawn: list[Order] = []
        entry.group = self

    @property
    def orders(self) -> tuple[Order, ...]:
        """Return the entry and the legs sent so far."""
        return (self.entry, *self._sent)

    def aims(self, order: Order) -> bool:
        """Count the entry alone."""
        return order is self.entry

    def on_change(self) -> None:
        """Send, grow, shrink or cancel legs as the entry and the legs fill."""
        filled = self.entry.filled_units
        if filled == 0:
            return
        self._place()
        left = filled - sum(order.filled_units for order in self._sent)
        if self._stop_price is not None and self._is_due(self.stop_loss, left):
            self.stop_loss = self._leg(left, None, self._stop_price)
        if self._profit_price is not None and self._is_due(self.take_profit, left):
            self.take_profit = self._leg(left, self._profit_price, None)
        self._withdrawn += _share(self._legs, filled, self._sent)

    def _place(self) -> None:
        """Put exits that were given by distance at prices, once there is a fill to go by."""
        if self._distances == (None, None):
            return
        asked = Protection(self._stop_price, self._profit_price, *self._distances)
        self._distances = None, None
        found = levels(asked, self.entry.side, self.entry.average_price)
        self._stop_price, self._profit_price = found

    def saved(self) -> BracketSaved:
        """Return the bracket as the journal keeps it."""
        return BracketSaved(
            entry=self.entry.id,
            stop_price=self._stop_price,
            profit_price=self._profit_price,
            distances=self._distances,
            stop_loss="" if self.stop_loss is None else self.stop_loss.id,
            take_profit="" if self.take_profit is None else self.take_profit.id,
            legs=tuple(order.id for order in self._sent),
            withdrawn=tuple(order.id for order in self._withdrawn),
        )

    def take_over(self, saved: BracketSaved, orders: Mapping[str, Order]) -> None:
        """Go on with the legs of an earlier run; one that was never sent is not among `orders`."""
        self._sent = [orders[name] for name in saved.legs if name in orders]
        self._withdrawn = [orders[name] for name in saved.withdrawn if name in orders]
        self.stop_loss = orders.get(saved.stop_loss)
        self.take_profit = orders.get(saved.take_profit)
        for leg in self._sent:
            leg.group = self

    def _is_due(self, leg: Order | None, left: int) -> bool:
        """Say whether a leg is to be sent: the first, or one after a leg that has done its work.

        One that is proven never to have reached the venue is sent anew once the session that sent
        it has ended.
        """
        if leg is None or left <= 0:
            return left > 0
        done = leg.status == Status.FILLED or leg in self._withdrawn or _never_came(leg)
        return leg.is_closed and done

    def _leg(self, units: int, price: float | None, stop: float | None) -> Order:
        side = Side.SELL if self.entry.side > 0 else Side.BUY
        leg = self._legs.leg(self.entry, side, units, price, stop)
        leg.group = self
        self._sent.append(leg)
        return leg


def _share(legs: Legs, units: int, orders: Collection[Order]) -> list[Order]:
    """Let each open order be good for what `orders` together have not yet filled of `units`.

    Return those that were canceled because nothing is left. What is on its way is left alone: its
    answer is a change too.
    """
    left = units - sum(order.filled_units for order in orders)
    canceled = []
    for order in orders:
        leg = order.leg
        if leg is None or not order.is_open or order.has_request:
            continue
        if left <= 0:
            legs.cancel(order)
            canceled.append(order)
        elif leg.quantity != leg.filled + left and leg.life == Life.WORKING:
            legs.resize(order, leg.filled + left)
    return canceled


def revived(saved: GroupSaved, legs: Legs, orders: Mapping[str, Order]) -> OrderGroup | None:
    """Return a group of an earlier run; None where what it is about is not among `orders`."""
    if isinstance(saved, BracketSaved):
        entry = orders.get(saved.entry)
        if entry is None:
            return None
        bracket = Bracket(legs, entry, saved.stop_price, saved.profit_price, saved.distances)
        bracket.take_over(saved, orders)
        return bracket
    first, second = orders.get(saved.first), orders.get(saved.second)
    if first is None or second is None:
        return None
    return OneCancelsOther(legs, first, second, saved.units)


def exit_problem(
    entry: Order, stop_loss: float | None, take_profit: float | None
) -> tuple[DenialReason, str] | None:
    """Return why an entry must not be sent: an exit could not be, or would fill at once."""
    return (
        _problem(entry, stop_loss)
        or _problem(entry, take_profit)
        or wrong_side(entry, stop_loss, take_profit)
        or _hedged(entry)
    )


def _never_came(leg: Order) -> bool:
    return leg.leg is not None and leg.leg.inherited and leg.leg.life is Life.LOST


def _problem(entry: Order, price: float | None) -> tuple[DenialReason, str] | None:
    try:
        if price is not None:
            entry.route.instrument.price_to_grid(price)
    except (ValueRefused, TypeError, OverflowError) as error:
        return DenialReason.PRICE_INVALID, str(error)
    return None


def _hedged(entry: Order) -> tuple[DenialReason, str] | None:
    """Refuse two exits that would each close the whole position they name."""
    if not entry.route.account.hedging:
        return None
    text = "a hedging account has no brackets; give protection to submit()"
    return DenialReason.NOT_SUPPORTED, text
