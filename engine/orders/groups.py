"""Brackets and one-cancels-the-other pairs, emulated in the engine so that every venue has them.

The legs rest at the venue as ordinary orders; nothing here sends by itself, it only adds intents.
"""

from collections.abc import Collection
from typing import Protocol

from engine.errors import ValueRefused
from engine.model.commands import Side
from engine.model.reports import DenialReason
from engine.orders.life import Life, Status
from engine.orders.order import Order


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


class Bracket:
    """Follow an entry with a stop-loss and a take-profit that live from its first fill.

    The legs are sent for what has filled and grow with further fills; they are reduce-only and one
    cancels the other. When the entry fills on after that, new ones are sent. If the entry ends
    unfilled no leg is ever sent; a leg's price that could not be sent denies the entry.
    """

    def __init__(
        self, legs: Legs, entry: Order, stop_loss: float | None, take_profit: float | None
    ) -> None:
        self._legs = legs
        self.entry = entry
        self._stop_price = stop_loss
        self._profit_price = take_profit
        self.stop_loss: Order | None = None
        self.take_profit: Order | None = None
        self._sent: list[Order] = []
        self._withdrawn: list[Order] = []
        entry.group = self
        for price in (stop_loss, take_profit):
            entry.problem = entry.problem or _problem(entry, price)
        entry.problem = entry.problem or _wrong_side(entry, stop_loss, take_profit)

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
        left = filled - sum(order.filled_units for order in self._sent)
        if self._stop_price is not None and self._is_due(self.stop_loss, left):
            self.stop_loss = self._leg(left, None, self._stop_price)
        if self._profit_price is not None and self._is_due(self.take_profit, left):
            self.take_profit = self._leg(left, self._profit_price, None)
        self._withdrawn += _share(self._legs, filled, self._sent)

    def _is_due(self, leg: Order | None, left: int) -> bool:
        """Say whether a leg is to be sent: the first, or one after a leg that has done its work."""
        if leg is None or left <= 0:
            return left > 0
        return leg.is_closed and (leg.status == Status.FILLED or leg in self._withdrawn)

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


def _problem(entry: Order, price: float | None) -> tuple[DenialReason, str] | None:
    try:
        if price is not None:
            entry.route.instrument.price_to_grid(price)
    except (ValueRefused, TypeError, OverflowError) as error:
        return DenialReason.PRICE_INVALID, str(error)
    return None


def _wrong_side(
    entry: Order, stop_loss: float | None, take_profit: float | None
) -> tuple[DenialReason, str] | None:
    """Refuse exits that the entry's own price, or the market's, has reached already."""
    prices = (entry.price, entry.stop, entry.route.market.mark())
    near = next(price for price in prices if price is not None)
    for name, price, sign in (("stop_loss", stop_loss, 1), ("take_profit", take_profit, -1)):
        if price is not None and (near - price) * entry.side * sign <= 0:
            text = f"{name} {price:g} is on the wrong side of an entry near {near:g}"
            return DenialReason.ORDER_INVALID, text
    return None
